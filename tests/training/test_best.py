"""The best weights of a run, and stopping when it no longer gets better."""

import json
import shutil

import pytest
import tiny_network
import torch
from test_distributed import torchrun

from colorize_core.models.files import read_tensors
from colorize_core.models.registry import MODELS
from colorize_core.training import TrainingConfig, keeping, train
from colorize_core.training.best import BEST, Best
from colorize_core.training.checkpoints import LATEST

SETTINGS = {"steps": 6, "batch": 2, "crop": 32, "prior_photos": 2, "workers": 0, "hints": 1.0}
SETTINGS |= {"held_out": 1, "validate_every": 1, "checkpoint_every": 6, "ema": 0.0}


@pytest.fixture(autouse=True)
def _tiny_networks(monkeypatch):
    for name, entry in tiny_network.ENTRIES.items():
        monkeypatch.setitem(MODELS, name, entry)


def tiny(photos, run, **settings):
    return TrainingConfig([str(photos)], run=str(run), model="tiny", **(SETTINGS | settings))


def figures(raw, rebalanced=0.0):
    values = {"auc_raw_above_grey": raw, "auc_rebalanced_above_grey": rebalanced}
    return values | {"chroma_ratio": 1.0}


@pytest.fixture
def validations(monkeypatch):
    """Runs whose validations give such figures one after another, and the states they are of."""
    states = {}

    def give(*raw):
        class Scripted:
            def __init__(self, *_):
                pass

            def __call__(self, state, grid):
                step = int(grid.stem)
                states[step] = {name: tensor.clone() for name, tensor in state.items()}
                return figures(raw[step - 1])

        monkeypatch.setattr(keeping, "Validation", Scripted)
        return states

    return give


def told_by(config):
    notes = []
    weights = train(config, lambda progress: notes.extend(progress.notes))
    return read_tensors(weights)[0], json.loads(weights.with_suffix(".json").read_text()), notes


def is_of(weights, state):
    return torch.equal(weights["head.weight"], state["head.weight"].half())


def test_a_run_ends_with_the_weights_of_its_best_validation(photos, tmp_path, validations):
    states = validations(1.0, 2.0, 5.0, 4.0, 5.0, 3.0)
    weights, sidecar, _ = told_by(tiny(photos, tmp_path, keep="best"))
    assert is_of(weights, states[3])
    assert not is_of(weights, states[6])
    assert sidecar["step"] == 3


def test_unless_asked_it_ends_with_the_last(photos, tmp_path, validations):
    states = validations(6.0, 5.0, 4.0, 3.0, 2.0, 1.0)
    weights, sidecar, _ = told_by(tiny(photos, tmp_path))
    assert is_of(weights, states[6])
    assert sidecar["step"] == 6
    assert not (tmp_path / BEST).exists()


def test_it_stops_when_its_patience_is_at_an_end(photos, tmp_path, validations):
    states = validations(1.0, 2.0, 1.5, 1.9, 9.0, 9.0)
    weights, sidecar, notes = told_by(tiny(photos, tmp_path, keep="best", patience=2))
    assert max(states) == 4
    assert is_of(weights, states[2])
    assert sidecar["step"] == 2
    assert notes == ["stopped early: none of 2 validations was better than that of step 2"]
    assert read_tensors(tmp_path / LATEST)[1]["step"] == "4"


def test_the_same_command_does_not_go_on_with_a_run_that_stopped_early(
    photos, tmp_path, validations
):
    states = validations(1.0, 2.0, 1.5, 1.9, 9.0, 9.0)
    config = tiny(photos, tmp_path, keep="best", patience=2)
    first = told_by(config)[0]
    states.clear()
    again = told_by(config)[0]
    assert states == {}
    assert torch.equal(first["head.weight"], again["head.weight"])


def test_with_more_patience_it_goes_on(photos, tmp_path, validations):
    states = validations(1.0, 2.0, 1.5, 1.9, 9.0, 8.0)
    train(tiny(photos, tmp_path, keep="best", patience=2))
    weights, sidecar, _ = told_by(tiny(photos, tmp_path, keep="best", patience=3))
    assert is_of(weights, states[5])
    assert sidecar["step"] == 5


def test_a_run_that_was_killed_chooses_as_one_that_was_not(photos, tmp_path, validations):
    scripted = (1.0, 5.0, 3.0, 4.0, 2.0, 1.0)
    validations(*scripted)
    config = tiny(photos, tmp_path / "killed", keep="best", checkpoint_every=1)
    train(config)
    # As it was after step 4, with the best weights of step 2 beside it.
    four = tiny(photos, tmp_path / "four", keep="best", checkpoint_every=1, steps=4)
    train(four)
    for name in (LATEST, BEST):
        shutil.copy(tmp_path / "four" / name, tmp_path / "killed" / name)
    weights, sidecar, _ = told_by(config)
    assert sidecar["step"] == 2
    assert is_of(weights, read_tensors(tmp_path / "four" / BEST)[0])


def test_a_new_run_in_the_same_folder_forgets_the_best_of_an_old_one(photos, tmp_path, validations):
    validations(*[9.0] * 6)
    train(tiny(photos, tmp_path, keep="best"))
    (tmp_path / LATEST).unlink()
    validations(1.0, 2.0, 3.0, 4.0, 5.0, 4.0)
    _, sidecar, _ = told_by(tiny(photos, tmp_path, keep="best"))
    assert sidecar["step"] == 5


def test_raw_and_rebalanced_count_together(tmp_path):
    best = Best(tiny("a", tmp_path, keep="best"), goes_on=False)
    state = {"x": torch.zeros(1)}
    best.take(1, figures(1.0, 4.0), state)
    best.take(2, figures(2.0, 2.5), state)
    assert best.step == 1
    best.take(3, figures(0.0, 5.5), state)
    assert best.step == 3


def test_a_damaged_file_of_the_best_weights_is_named(photos, tmp_path, validations):
    validations(*range(6))
    config = tiny(photos, tmp_path, keep="best")
    train(config)
    (tmp_path / BEST).write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"best\.safetensors"):
        train(config)


@pytest.mark.parametrize("wish", [{"keep": "best"}, {"patience": 3}])
def test_without_photographs_to_validate_with_there_is_no_best(wish):
    with pytest.raises(ValueError, match="give held_out or validation"):
        TrainingConfig(["a"], **wish)
    TrainingConfig(["a"], validation=["b"], **wish)


def test_two_ranks_stop_together(photos, tmp_path):
    # At a rate of 0 no validation is better than the first.
    config = tiny(photos, tmp_path, steps=20, patience=2, rate=0.0, keep="best")
    result = torchrun(2, config)
    assert result.returncode == 0, result.stderr
    assert read_tensors(tmp_path / LATEST)[1]["step"] == "3"
