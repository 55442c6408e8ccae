"""From what weights a run starts, and what a start that fails leaves behind."""

import json
from functools import partial
from typing import Any

import pytest
import tiny_network
import torch
from click.testing import CliRunner

from colorize_core.cli.app import app
from colorize_core.models.efficientnet import LITE0
from colorize_core.models.files import export_weights, read_tensors, write_tensors
from colorize_core.models.lite import Lite
from colorize_core.models.loading import load_model
from colorize_core.models.registry import MODELS, WEIGHTS_FOLDER, build_network
from colorize_core.training import TrainingConfig, beginning, sanity, train

STILL = {"steps": 1, "rate": 0.0, "encoder_rate": 0.0, "ema": 0.0}
SETTINGS = {"batch": 2, "crop": 32, "prior_photos": 2, "workers": 0, "hints": 1.0}


@pytest.fixture(autouse=True)
def _tiny_networks(monkeypatch):
    for name, entry in tiny_network.ENTRIES.items():
        monkeypatch.setitem(MODELS, name, entry)


def tiny(photos, run, **settings):
    config = {"model": "tiny", **SETTINGS, **STILL, **settings}
    return TrainingConfig([str(photos)], run=str(run), **config)


@pytest.fixture
def weights(tmp_path):
    torch.manual_seed(5)
    path = tmp_path / "given.safetensors"
    export_weights(path, build_network("tiny").state_dict(), {})
    return path


def assert_started_from(weights, expected):
    made = read_tensors(weights)[0]
    torch.testing.assert_close(made["head.weight"], expected["head.weight"])


# Weights


def test_a_run_starts_from_the_weights_of_a_model_by_its_name(photos, tmp_path):
    config = tiny(photos, tmp_path / "run", model="lite", start_from="lite")
    assert_started_from(train(config), read_tensors(WEIGHTS_FOLDER / "lite.safetensors")[0])


def test_a_run_starts_from_the_average_in_another_runs_checkpoint(photos, tmp_path, weights):
    train(tiny(photos, tmp_path / "first", start_from=str(weights), steps=3, rate=0.1))
    checkpoint = tmp_path / "first" / "latest.safetensors"
    made = train(tiny(photos, tmp_path / "second", start_from=str(checkpoint)))
    average = read_tensors(checkpoint)[0]["ema/head.weight"].half()
    assert_started_from(made, {"head.weight": average})


def test_a_run_starts_from_pytorchs_own_files(photos, tmp_path):
    state = build_network("tiny").state_dict()
    torch.save(state, tmp_path / "given.pth")
    made = train(tiny(photos, tmp_path / "run", start_from=str(tmp_path / "given.pth")))
    assert_started_from(made, {"head.weight": state["head.weight"].half()})


def test_a_run_keeps_the_size_of_the_network_that_it_starts_from(photos, tmp_path):
    torch.manual_seed(5)
    weights = tmp_path / "smaller.safetensors"
    export_weights(weights, Lite(encoder=LITE0).state_dict(), {})
    run = partial(tiny, photos, tmp_path / "run", model="lite", start_from=str(weights))
    train(run(held_out=1, validate_every=1, validation_photos=1))
    made = train(run(held_out=1, steps=2))  # goes on from the checkpoint
    network: Any = load_model(made).network
    assert network.encoder.variant == LITE0


def test_a_model_without_weights_is_no_start(photos, tmp_path):
    config = tiny(photos, tmp_path / "run", model="eccv16", start_from="resnet")
    with pytest.raises(FileNotFoundError, match="no weights for resnet come with this package"):
        train(config)


def test_a_name_that_is_no_models_lists_those_that_are(photos, tmp_path):
    with pytest.raises(ValueError, match="no model named 'light'; there are lite, eccv16"):
        train(tiny(photos, tmp_path / "run", start_from="light"))


@pytest.mark.parametrize("loss", ["rebalanced", "mse"])
def test_weights_with_other_outputs_are_refused_in_one_line(photos, tmp_path, loss):
    outputs = 2 if loss == "rebalanced" else 313
    write_tensors(tmp_path / "w.safetensors", build_network("tiny", outputs).state_dict(), {})
    config = tiny(photos, tmp_path / "run", loss=loss, start_from=str(tmp_path / "w.safetensors"))
    with pytest.raises(ValueError, match="weights of another network than tiny") as error:
        train(config)
    assert "\n" not in str(error.value)


def test_the_models_command_says_where_weights_lie():
    lines = CliRunner().invoke(app, ["models"]).output.splitlines()
    assert f"Weights of lite: {WEIGHTS_FOLDER / 'lite.safetensors'}" in lines


# What it hands on


def test_what_the_given_weights_were_tuned_for_is_kept_unless_said_otherwise(photos, weights):
    weights.with_suffix(".json").write_text('{"temperature": 0.8, "size": 192}')
    kept = TrainingConfig.of_preset(None, ["a"], start_from=str(weights))
    assert (kept.temperature, kept.size) == (0.8, 192)
    said = TrainingConfig.of_preset(None, ["a"], start_from=str(weights), temperature=0.5)
    assert (said.temperature, said.size) == (0.5, 192)


def test_without_a_sidecar_the_defaults_hold(weights):
    config = TrainingConfig.of_preset(None, ["a"], start_from=str(weights))
    assert (config.temperature, config.size) == (0.38, 256)


def test_the_sidecar_says_what_the_run_started_from(photos, tmp_path, weights):
    earlier = {"temperature": 0.8, "recipe": {"steps": 7}, "started from": {"what": "nothing"}}
    weights.with_suffix(".json").write_text(json.dumps(earlier))
    made = train(tiny(photos, tmp_path / "run", start_from=str(weights)))
    assert json.loads(made.with_suffix(".json").read_text())["started from"] == {
        "what": "given.safetensors",
        "recipe": {"steps": 7},
        "started from": {"what": "nothing"},
    }


# What is left of a start that fails


@pytest.mark.parametrize(
    "wrong", [{"start_from": "light"}, {"prior": "no-such.json"}, {"sanity": True}]
)
def test_a_start_that_fails_leaves_no_folder(photos, tmp_path, monkeypatch, wrong):
    # Of the sanity check, one step is not enough for any network.
    monkeypatch.setattr(beginning, "overfit_one_batch", partial(sanity.overfit_one_batch, steps=1))
    with pytest.raises((ValueError, OSError)):
        train(tiny(photos, tmp_path / "runs" / "first", **wrong))
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_stops_at_its_first_step_leaves_no_folder(photos, tmp_path, monkeypatch):
    monkeypatch.setenv("TROUBLE", "0:raise")
    monkeypatch.setattr(tiny_network, "FAILS_AT", 1)
    with pytest.raises(ValueError, match="had enough"):
        train(tiny(photos, tmp_path / "runs" / "first"))
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_before_stays_when_a_start_fails(photos, tmp_path):
    (tmp_path / "runs").mkdir()
    with pytest.raises(ValueError, match="no model named"):
        train(tiny(photos, tmp_path / "runs" / "first", start_from="light"))
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    assert list((tmp_path / "runs").iterdir()) == []
