"""The parts of a run: settings, schedule, average, initialisation."""

import math

import pytest
import torch

from colorize_core.models import build_network
from colorize_core.training import TrainingConfig
from colorize_core.training.average import MovingAverage
from colorize_core.training.initialisation import lsuv
from colorize_core.training.schedule import rate_factor


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
        {"hints": -0.1},
        {"smallest_crop": 0.0},
    ],
)
def test_settings_that_cannot_be_meant_are_named(setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        TrainingConfig(["a"], **setting)


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
