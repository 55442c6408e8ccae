"""The parts of a run: settings, schedule, average, initialisation."""

import json
import math
import pickle
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from colorize_core.data import Photographs
from colorize_core.models import build_network
from colorize_core.models.registry import model_entry
from colorize_core.models.window import ALIGNMENT
from colorize_core.training import TrainingConfig
from colorize_core.training.average import MovingAverage
from colorize_core.training.beginning import stream_of
from colorize_core.training.config import KEPT
from colorize_core.training.initialisation import lsuv
from colorize_core.training.schedule import rate_factor
from colorize_core.training.settings import SettingError, settings_of


def test_settings_survive_json():
    config = TrainingConfig(["a"], drop_at=(0.25, 0.5), loss="mse", start_from="b")
    assert TrainingConfig.from_json(config.to_json()) == config


def test_unknown_settings_are_named():
    with pytest.raises(ValueError, match="unknown training settings: colour"):
        TrainingConfig.from_json('{"photos": [], "colour": 1}')


@pytest.mark.parametrize(
    "setting",
    [
        {"loss": "other"},
        {"optimizer": "sgd"},
        {"schedule": "flat"},
        {"crop": 100},
        {"steps": 0},
        {"batch": 0},
        {"gamma": 1.5},
        {"distance": -1.0},
        {"recognition": 0.5, "loss": "mse"},
        {"hints": -0.1},
        {"ageing": 1.1},
        {"cool_down": -0.1},
        {"window": -16},
        {"window": 144},
        {"window": 64, "distance": 0.1},
        {"smallest_crop": 0.0},
        {"smallest_crop": 0.9, "largest_crop": 0.8},
        {"largest_crop": 1.1},
        {"accumulate": 0},
        {"accumulate": 3, "batch": 32},
        {"held_out": -1},
        {"held_out": 1, "validation": ["b"]},
        {"preset": "unheard-of"},
        {"precision": "int8"},
        {"drop_at": (0.5,)},
        {"betas": (0.9, 0.9, 0.9)},
        {"keep": "best"},
        {"patience": 3},
    ],
)
def test_settings_that_cannot_be_meant_are_named(setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        TrainingConfig(["a"], **setting)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("rate", -1.0, "at least 0"),
        ("encoder_rate", math.nan, "at least 0"),
        ("ema", 2.0, "at least 0 and below 1"),
        ("temperature", -1.0, "above 0 and at most 1"),
        ("size", -3, "at least 32 and at most 2048"),
        ("clip", -1.0, "at least 0"),
        ("warm_up", -5, "at least 0"),
        ("workers", -2, "at least 0"),
        ("betas", (2.0, 2.0), "numbers, each at least 0 and below 1"),
        ("alpha", math.nan, "at least 0"),
        ("weight_decay", -1.0, "at least 0"),
        ("shift", math.inf, "finite"),
        ("calm", -0.1, "at least 0"),
        ("drop_at", (0.5, 1.5), "numbers, each at least 0 and at most 1"),
        ("neighbours", 314, "at least 1 and at most 313"),
        ("seed", -1, "at least 0 and at most 16777215"),
        ("crop", 100, "at least 8 and a multiple of 8"),
        ("steps", 2.5, "a whole number"),
        ("batch", True, "a whole number"),
        ("rate", "fast", "a number"),
        ("sanity", 1, "True or False"),
        ("run", 5, "a text"),
        ("photos", "holidays", "a list of texts"),
        ("optimizer", "sgd", "one of adamw, adam"),
        ("preset", "other", "one of eccv16-paper, few-photos"),
    ],
)
def test_a_value_outside_is_refused_by_name_range_and_value(name, value, wanted):
    with pytest.raises(SettingError) as refusal:
        TrainingConfig(**({"photos": ["a"]} | {name: value}))
    assert str(refusal.value) == f"{name} must be {wanted}; got {value!r}"


def test_numbers_of_numpys_will_do():
    config = TrainingConfig(["a"], rate=np.float32(0.5), steps=np.int64(7), clip=1)
    assert (config.rate, config.steps) == (0.5, 7)


def test_paths_may_be_paths():
    config = TrainingConfig([Path("a")], run=Path("b"), validation=[Path("c")], prior=Path("d"))
    assert (config.photos, config.run, config.validation, config.prior) == (["a"], "b", ["c"], "d")
    assert TrainingConfig.from_json(config.to_json()) == config


def test_a_refusal_comes_whole_from_another_process():
    copied = pickle.loads(pickle.dumps(SettingError("rate", "must be at least 0; got -1")))
    assert (copied.name, str(copied)) == ("rate", "rate must be at least 0; got -1")


def test_every_setting_is_told_once():
    assert set(settings_of(TrainingConfig)) == {item.name for item in fields(TrainingConfig)}
    assert settings_of(TrainingConfig)["window"].values.multiple == ALIGNMENT


def test_what_a_checkpoint_of_before_says_of_its_run_is_understood():
    """The settings of a run that the first version of this package began, and goes on with."""
    earlier = {"photos": ["a"], "warm_up": 200, "betas": [0.9, 0.99], "drop_at": [0.5, 0.8]}
    earlier |= {"drop_to": [0.1, 0.01], "steps": 94_000, "window": 64, "seed": 21, "preset": None}
    config = TrainingConfig.from_json(json.dumps(earlier))
    assert config.changes_since(earlier) == {}
    assert {"model", "loss", "held_out"} == set(KEPT)


def test_the_rate_rises_linearly_then_falls_along_a_cosine():
    config = TrainingConfig(["a"], steps=110, warm_up=10)
    assert rate_factor(config, 0) == pytest.approx(0.1)
    assert rate_factor(config, 9) == pytest.approx(1.0)
    assert rate_factor(config, 60) == pytest.approx(0.5)
    assert rate_factor(config, 110) == pytest.approx(0.0)


def test_the_rate_falls_by_tenths_in_steps():
    config = TrainingConfig(["a"], steps=100, warm_up=1, schedule="steps", drop_at=(0.5, 0.8))
    assert [rate_factor(config, step) for step in (49, 50, 79, 80)] == pytest.approx(
        [1.0, 0.1, 0.1, 0.01]
    )


def test_the_rate_of_a_trapezoid_falls_at_the_end_alone():
    config = TrainingConfig(["a"], steps=100, warm_up=10, schedule="trapezoid", cool_down=0.2)
    assert rate_factor(config, 4) == pytest.approx(0.5)
    assert {rate_factor(config, step) for step in range(10, 81)} == {1.0}
    assert [rate_factor(config, step) for step in (90, 99)] == pytest.approx([0.5, 0.05])


def test_the_papers_rates_are_those_of_its_three_stretches():
    config = TrainingConfig.of_preset("eccv16-paper", ["a"])
    rates = [config.rate * rate_factor(config, step) for step in (0, 199_999, 200_000, 374_999)]
    assert rates == pytest.approx([3e-5, 3e-5, 1e-5, 1e-5])
    rates = [config.rate * rate_factor(config, step) for step in (375_000, 449_999)]
    assert rates == pytest.approx([3e-6, 3e-6])


def test_the_papers_recipe_is_told_in_full():
    recipe = TrainingConfig.of_preset("eccv16-paper", ["a"]).recipe()
    told = {"model": "eccv16", "batch": 40, "crop": 176, "optimizer": "adam", "betas": (0.9, 0.99)}
    told |= {"weight_decay": 1e-3, "warm_up": 0, "clip": 0.0, "ema": 0.0, "temperature": 0.38}
    told |= {"steps": 450_000, "rate": 3e-5, "preset": "eccv16-paper", "loss": "rebalanced"}
    assert recipe.items() >= told.items()


@pytest.mark.parametrize(("steps", "expected"), [(60, 6), (1000, 100), (10_000, 300), (5, 0)])
def test_a_warm_up_is_no_longer_than_a_tenth_of_the_run_unless_it_is_given(steps, expected):
    assert TrainingConfig(["a"], steps=steps).warm_up == expected
    assert TrainingConfig(["a"], steps=steps, warm_up=300).warm_up == 300


def test_few_photos_start_from_the_weights_that_ship_and_keep_the_best():
    config = TrainingConfig.of_preset("few-photos", ["a"])
    assert (config.start_from, config.held_out, config.keep) == ("lite", 20, "best")
    sidecar = json.loads(model_entry("lite").sidecar.read_text())
    assert (config.temperature, config.size) == (sidecar["temperature"], sidecar["size"])
    assert config.warm_up == 30


def test_few_photos_can_be_validated_with_others():
    config = TrainingConfig.of_preset("few-photos", ["a"], validation=["b"])
    assert (config.held_out, config.validation) == (0, ["b"])


def test_settings_that_are_given_come_before_a_presets():
    config = TrainingConfig.of_preset("eccv16-paper", ["a"], batch=80, held_out=5)
    assert (config.batch, config.crop, config.held_out) == (80, 176, 5)
    with pytest.raises(ValueError, match="preset must be one of eccv16-paper"):
        TrainingConfig.of_preset("other", ["a"])


def test_crops_of_one_size_show_that_share_of_every_photo(tmp_path):
    down, across = np.mgrid[0:256, 0:320]
    ramp = np.stack((across * 255 // 319, down, np.zeros_like(down)), -1).astype(np.uint8)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    config = TrainingConfig.of_preset("eccv16-paper", [str(tmp_path)])
    stream = stream_of(config, Photographs([tmp_path]))
    crops = torch.stack([stream[number] for number in range(20)]).int()
    assert crops.shape == (20, 3, 176, 176)
    spread = crops[:, 1, -1, 0] - crops[:, 1, 0, 0]  # rows of the photo, one level each
    assert bool(((spread >= 174) & (spread <= 177)).all())
    assert len(crops[:, 1, 0, 0].unique()) > 5
    mirrored = crops[:, 0, 0, 0] > crops[:, 0, 0, -1]
    assert 0 < int(mirrored.sum()) < 20


def test_an_average_without_memory_is_the_network():
    network = torch.nn.Linear(3, 3)
    average = MovingAverage(network, decay=0.0)
    torch.nn.init.uniform_(network.weight)
    average.update(network, step=5)
    assert torch.equal(average.state["weight"], network.weight)


def test_the_average_moves_by_the_share_that_the_decay_leaves():
    network = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(network.weight)
    average = MovingAverage(network, decay=0.75)
    torch.nn.init.ones_(network.weight)
    average.update(network, step=10_000)
    assert average.state["weight"].item() == pytest.approx(0.25)
    average.update(network, step=10_000)
    assert average.state["weight"].item() == pytest.approx(1 - 0.75**2)


def test_the_average_forgets_the_start_quickly():
    network = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(network.weight)
    average = MovingAverage(network, decay=0.999)
    torch.nn.init.ones_(network.weight)
    average.update(network, step=0)
    assert average.state["weight"].item() == pytest.approx(0.9)


def test_lsuv_gives_every_convolution_unit_variance():
    torch.manual_seed(0)
    network = build_network("eccv16")
    lightness = torch.rand(2, 1, 32, 32) * 100
    lsuv(network, lightness)
    deviations = []
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            module.register_forward_hook(
                lambda _m, _i, output: deviations.append(float(output.detach().std()))
            )
    network(lightness)
    assert len(deviations) == 23
    assert all(math.isclose(value, 1.0, abs_tol=0.2) for value in deviations)
