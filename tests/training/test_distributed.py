"""Several processes that train as one, and batches in parts: real ones, through torchrun."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import skimage.data
import tiny_network
import torch
from PIL import Image

from colorize_core.data import Photographs
from colorize_core.models.files import read_tensors, write_tensors
from colorize_core.models.registry import MODELS, build_network
from colorize_core.training import TrainingConfig, train
from colorize_core.training.beginning import stream_of
from colorize_core.training.distributed import Ranks
from colorize_core.training.loop import batches_of
from colorize_core.training.losses import ClassificationLoss, RegressionLoss

CPU = torch.device("cpu")
LONGEST = 300  # seconds; it takes ten on a quiet machine, and a rank that waits for another hours
FIRST_SHARE = 0.1  # of a gradient that Adam's first moment takes in: 1 - 0.9


@pytest.fixture(autouse=True)
def _tiny_networks(monkeypatch):
    for name, entry in tiny_network.ENTRIES.items():
        monkeypatch.setitem(MODELS, name, entry)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    """Photographs that do not weigh the same: colorful, pale and grey."""
    folder = tmp_path_factory.mktemp("uneven")
    for name in ("astronaut", "camera", "chelsea", "coffee", "moon", "rocket"):
        Image.fromarray(getattr(skimage.data, name)()).resize((128, 128)).save(
            folder / f"{name}.png"
        )
    return folder


def tiny(photos, run, **settings):
    defaults = {"model": "tiny", "steps": 1, "batch": 12, "crop": 32, "prior_photos": 4}
    defaults |= {"warm_up": 0, "clip": 0.0, "workers": 0, "hints": 1.0, "precision": "float32"}
    return TrainingConfig([str(photos)], run=str(run), **(defaults | settings))


def torchrun(ranks, config, env=None):
    """The run on so many ranks, by PyTorch's own launcher."""
    line = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    line += ["--nproc-per-node", str(ranks), tiny_network.__file__, "--", "train"]
    line += config.photos
    plain = TrainingConfig(["a"])
    for name in TrainingConfig.__slots__:
        value = getattr(config, name)
        if name not in ("photos", "validation", "run") and value != getattr(plain, name):
            line += [f"--{name.replace('_', '-')}", str(value)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | (env or {})
    return subprocess.run(
        [*line, "--run", config.run],
        env=environment,
        timeout=LONGEST,
        capture_output=True,
        text=True,
        check=False,
    )


def state(folder):
    return read_tensors(Path(folder) / "latest.safetensors")[0]


def gradients(folder):
    """What the first step's gradients were, by what the optimizer remembers of them."""
    found = {
        name: tensor / FIRST_SHARE
        for name, tensor in state(folder).items()
        if name.endswith("exp_avg")
    }
    assert len(found) == 8  # all layers but the spare one
    assert all(tensor.abs().max() > 1e-4 for tensor in found.values())
    return found


def assert_same_gradients(first, second):
    one, other = gradients(first), gradients(second)
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, other[name], atol=1e-5, rtol=0)


# Which crops a rank takes


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_photograph_is_seen_once_an_epoch(tmp_path, count):
    for shade in range(12):
        Image.new("RGB", (16, 16), (20 * shade, 0, 0)).save(tmp_path / f"{shade}.png")
    config = tiny(tmp_path, tmp_path / "run", crop=16, batch=6, steps=4)
    stream = stream_of(config, Photographs([tmp_path]))
    epochs = [Counter(), Counter()]
    for rank in range(count):
        batches = list(batches_of(stream, config, Ranks(CPU, rank, count), 0))
        assert len(batches) == 4
        for step, (crops, lightness) in enumerate(batches):
            assert len(crops) == len(lightness) == 6 // count
            epochs[step // 2].update((crops[:, 0, 0, 0] // 20).tolist())
    assert epochs == [Counter(range(12))] * 2


def test_a_run_goes_on_with_the_crops_that_come_next_on_any_number_of_ranks(photos, tmp_path):
    config = tiny(photos, tmp_path, batch=6, steps=5, ageing=0.5)
    stream = stream_of(config, Photographs([photos]))
    whole = list(batches_of(stream, config, Ranks(CPU), 3))
    parts = [list(batches_of(stream, config, Ranks(CPU, rank, 3), 3)) for rank in range(3)]
    for what in range(2):  # colours, and the lightness that is seen
        joined = [torch.cat([part[what] for part in step]) for step in zip(*parts, strict=True)]
        assert all(torch.equal(batch[what], one) for batch, one in zip(whole, joined, strict=True))


def test_a_batch_that_cannot_be_shared_is_refused():
    assert Ranks(CPU, 0, 2).share(12, 3) == 6
    with pytest.raises(
        ValueError, match=r"batch must be a multiple of 8, so that 2 ranks .* 4 parts; got 12"
    ):
        Ranks(CPU, 0, 2).share(12, 4)


# The loss of a batch in parts


@pytest.mark.parametrize(
    "loss_of", [ClassificationLoss(torch.linspace(0.1, 3, 313), 10), RegressionLoss()]
)
def test_the_losses_of_parts_add_up_to_the_whole_batchs(loss_of):
    ab = 100 * torch.rand(4, 2, 16, 16) - 50
    ab[1] *= 0.05  # near-grey
    output = torch.randn(4, 313 if isinstance(loss_of, ClassificationLoss) else 2, 4, 4)
    mass = loss_of.mass(ab, 4)
    parts = zip(output.split((1, 3)), ab.split((1, 3)), strict=True)
    total = sum(loss_of(*part, mass) for part in parts)
    torch.testing.assert_close(total, loss_of(output, ab))
    means = sum(loss_of(*part) for part in zip(output.split(2), ab.split(2), strict=True)) / 2
    assert not torch.isclose(means, total)  # so it matters


@pytest.mark.parametrize("loss", ["rebalanced", "mse"])
def test_a_batch_in_parts_gives_the_gradients_of_the_whole(uneven, tmp_path, loss):
    train(tiny(uneven, tmp_path / "whole", loss=loss))
    train(tiny(uneven, tmp_path / "parts", loss=loss, accumulate=4))
    assert_same_gradients(tmp_path / "whole", tmp_path / "parts")


# Real ranks


def test_two_ranks_give_the_gradients_of_one(uneven, tmp_path):
    train(tiny(uneven, tmp_path / "one"))
    result = torchrun(2, tiny(uneven, tmp_path / "two"))
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("Weights: ") == 1
    assert_same_gradients(tmp_path / "one", tmp_path / "two")
    recipe = json.loads((tmp_path / "two" / "tiny.json").read_text())["recipe"]
    assert recipe["ranks"] == 2


def test_two_ranks_and_parts_and_no_hints_give_the_gradients_of_one(uneven, tmp_path):
    train(tiny(uneven, tmp_path / "one", hints=0.0))
    result = torchrun(2, tiny(uneven, tmp_path / "two", hints=0.0, accumulate=3))
    assert result.returncode == 0, result.stderr
    one, two = state(tmp_path / "one"), state(tmp_path / "two")
    moments = [name for name in one if name.endswith("exp_avg")]
    assert len(moments) == 6  # the layer for hints has never been used
    assert one.keys() == two.keys()
    for name in moments:
        torch.testing.assert_close(one[name], two[name], atol=1e-6, rtol=0)


def test_ranks_of_which_one_draws_no_hints_go_on(uneven, tmp_path):
    config = tiny(uneven, tmp_path / "run", model="tiny-copy", batch=2, hints=0.3, steps=6)
    result = torchrun(2, config)
    assert result.returncode == 0, result.stderr


def test_without_a_gpu_the_running_statistics_are_those_of_rank_0(uneven, tmp_path):
    torch.manual_seed(0)
    network: Any = build_network("tiny-norm")
    write_tensors(tmp_path / "start.safetensors", network.state_dict(), {})
    config = tiny(uneven, tmp_path / "run", model="tiny-norm")
    config.start_from = str(tmp_path / "start.safetensors")
    assert torchrun(2, config).returncode == 0
    stream = stream_of(config, Photographs([uneven]))
    ((_, lightness),) = batches_of(stream, config, Ranks(CPU, 0, 2), 0)
    seen = (lightness - 50) / 100
    torch.testing.assert_close(
        state(tmp_path / "run")["network/first.1.running_mean"],
        0.1 * network.first[0](seen).mean((0, 2, 3)),
    )


def test_a_run_that_was_killed_on_two_ranks_goes_on_with_one(uneven, tmp_path):
    settings = {"steps": 8, "checkpoint_every": 2}
    train(tiny(uneven, tmp_path / "whole", **settings))
    killed = tiny(uneven, tmp_path / "killed", **settings)
    result = torchrun(2, killed, {"TROUBLE": "1:kill"})
    assert result.returncode != 0
    checkpoint = tmp_path / "killed" / "latest.safetensors"
    assert read_tensors(checkpoint)[1]["step"] == "4"
    assert not (tmp_path / "killed" / "tiny.safetensors").exists()

    train(killed)

    assert read_tensors(checkpoint)[1]["step"] == "8"
    assert (tmp_path / "killed" / "tiny.safetensors").exists()
    whole, resumed = state(tmp_path / "whole"), state(tmp_path / "killed")
    for name, tensor in whole.items():
        if name.startswith("network/"):
            torch.testing.assert_close(resumed[name], tensor, atol=1e-4, rtol=0)


def test_a_run_of_one_process_goes_on_with_two_ranks(uneven, tmp_path):
    train(tiny(uneven, tmp_path / "whole", steps=4))
    train(tiny(uneven, tmp_path / "run", steps=2))
    config = tiny(uneven, tmp_path / "run", steps=4)
    assert torchrun(2, config).returncode == 0
    whole, resumed = state(tmp_path / "whole"), state(tmp_path / "run")
    assert resumed["optimizer/0/step"] == 4
    # The rate falls along a cosine whose end has moved, so the weights are others; the crops are
    # the same, and so is nearly all of what Adam remembers of them.
    for name, tensor in whole.items():
        if name.endswith("exp_avg_sq"):
            torch.testing.assert_close(resumed[name], tensor, atol=1e-6, rtol=0.1)


def test_an_error_on_one_rank_ends_them_all(uneven, tmp_path):
    config = tiny(uneven, tmp_path / "run", steps=1000, checkpoint_every=1000)
    result = torchrun(2, config, {"TROUBLE": "0:raise"})
    assert result.returncode != 0
    assert "Error: this network has had enough" in result.stderr
