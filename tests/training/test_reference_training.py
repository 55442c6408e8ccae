"""Training with second views of photos as references."""

import json

import pytest
import torch

from colorize_core.models.files import read_tensors, write_tensors
from colorize_core.models.registry import WEIGHTS_FOLDER
from colorize_core.training import TrainingConfig, train
from colorize_core.training.stopping import StoppedRunError

SETTINGS = {
    "steps": 3,
    "batch": 2,
    "crop": 32,
    "prior_photos": 2,
    "workers": 0,
    "start_from": "lite",
}
SETTINGS |= {"warm_up": 0, "rate": 1e-3, "hints": 0.0, "checkpoint_every": 1000}
LOOK = "network/references.look.weight"


def lite(photos, run, **settings):
    return TrainingConfig([str(photos)], run=str(run), **(SETTINGS | settings))


def state(run):
    return read_tensors(run / "latest.safetensors")[0]


def stopped_after(config, steps):
    """Train so many steps of a run."""
    asked = iter(range(1, steps + 1))
    with pytest.raises(StoppedRunError):
        train(config, lambda report: None, lambda: next(asked) == steps)


def test_what_is_compared_is_learnt_from_references_alone(photos, tmp_path):
    start = tmp_path / "before.safetensors"
    shipped = read_tensors(WEIGHTS_FOLDER / "lite.safetensors")[0]
    write_tensors(start, {n: t for n, t in shipped.items() if not n.startswith("references.")}, {})
    for share in (0.0, 1.0):
        config = {"steps": 1, "references": share, "start_from": str(start)}
        train(lite(photos, tmp_path / str(share), **config))
    without, learnt = state(tmp_path / "0.0"), state(tmp_path / "1.0")
    assert torch.equal(without[LOOK], without["network/propagation.look.weight"])
    assert not torch.equal(learnt[LOOK], without[LOOK])


def test_a_run_with_references_goes_on_to_the_same_weights(photos, tmp_path):
    config = {"references": 0.5, "ageing": 0.5, "batch": 4, "accumulate": 2, "window": 16}
    train(lite(photos, tmp_path / "whole", **config))
    stopped_after(lite(photos, tmp_path / "parts", **config), 1)
    train(lite(photos, tmp_path / "parts", **config))
    whole, resumed = state(tmp_path / "whole"), state(tmp_path / "parts")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_run_of_before_there_were_references_goes_on_with_them(photos, tmp_path):
    stopped_after(lite(photos, tmp_path), 2)
    path = tmp_path / "latest.safetensors"
    tensors, about = read_tensors(path)
    old = {name: tensor for name, tensor in tensors.items() if "/references." not in name}
    config = json.loads(about["config"])
    del config["references"], config["threads"]
    about = {"format": about["format"], "step": about["step"], "config": json.dumps(config)}
    write_tensors(path, old, about)
    train(lite(photos, tmp_path, references=1.0))
    resumed = state(tmp_path)
    assert not torch.equal(resumed[LOOK], resumed["network/propagation.look.weight"])
    assert "ema/references.belief.bias" in resumed


def test_networks_that_copy_no_colors_are_told(photos, tmp_path):
    config = lite(photos, tmp_path, model="eccv16", start_from=None, references=0.2)
    with pytest.raises(ValueError, match="references do not go with eccv16"):
        train(config)
