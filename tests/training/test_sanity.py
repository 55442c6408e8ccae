"""The sanity check before a run: can the network learn one batch?"""

import math
from functools import partial

import pytest
import skimage.data
import torch
from PIL import Image

from colorize_core.data import CropStream, Photographs
from colorize_core.models import build_network
from colorize_core.models.files import read_tensors
from colorize_core.training import TrainingConfig, beginning, train
from colorize_core.training.initialisation import lsuv
from colorize_core.training.losses import ClassificationLoss, RegressionLoss
from colorize_core.training.sanity import overfit_one_batch


def small(photos, run, **settings):
    defaults = {"steps": 3, "batch": 2, "crop": 64, "prior_photos": 4, "warm_up": 1, "workers": 0}
    defaults |= {"checkpoint_every": 1, "validate_every": 2, "validation_photos": 2}
    return TrainingConfig([str(photos)], run=str(run), **(defaults | settings))


@pytest.mark.parametrize(
    ("name", "loss"), [("lite", "rebalanced"), ("lite", "mse"), ("eccv16", "rebalanced")]
)
def test_a_sound_network_learns_one_batch_and_keeps_its_weights(photos, name, loss):
    torch.manual_seed(0)
    stream = CropStream(Photographs([photos]), 64)
    network = build_network(name, 2 if loss == "mse" else 313)
    network.initialise()
    if name == "eccv16":
        lsuv(network, torch.rand(2, 1, 64, 64) * 100)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    loss_of = RegressionLoss() if loss == "mse" else ClassificationLoss(torch.ones(313), 10)
    sanity = overfit_one_batch(network, stream, loss_of, torch.device("cpu"))
    assert sanity.passed, sanity.sentence
    assert sanity.floor <= sanity.loss < sanity.blind
    if loss == "rebalanced":
        # Photographs spread over the plane: between the targets' own entropy and all bins alike.
        assert 1.3 < sanity.floor < 1.5
        assert sanity.blind < math.log(313)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


class Deaf(torch.nn.Module):
    """Gives the same answer everywhere."""

    def __init__(self):
        super().__init__()
        self.answer = torch.nn.Parameter(torch.zeros(313, 1, 1))
        self.pretrained_encoder = torch.nn.Identity()  # bears the higher rate

    def forward(self, lightness, hints):
        count, _, height, width = lightness.shape
        return (20 * self.answer).expand(count, 313, height // 4, width // 4)


def test_a_network_that_does_not_look_fails_above_the_blind_loss(photos):
    stream = CropStream(Photographs([photos]), 64)
    loss_of = ClassificationLoss(torch.ones(313), 10)
    sanity = overfit_one_batch(Deaf(), stream, loss_of, torch.device("cpu"), steps=400)
    assert sanity.loss == pytest.approx(sanity.blind, abs=0.05)
    assert sanity.loss >= sanity.blind - 1e-4
    with pytest.raises(ValueError, match=r"failed.*it is not started"):
        sanity.check()


def test_a_sane_run_says_so_and_ends_with_the_same_weights(photos, tmp_path):
    seen = []
    checked = train(small(photos, tmp_path / "checked", sanity=True), seen.append)
    plain = train(small(photos, tmp_path / "plain"))
    assert seen[0].step == 0
    assert "passed" in seen[0].notes[0]
    one, other = read_tensors(checked)[0], read_tensors(plain)[0]
    assert all(torch.equal(one[name], other[name]) for name in other)


def test_an_insane_run_does_not_start(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(beginning, "overfit_one_batch", partial(overfit_one_batch, steps=1))
    with pytest.raises(ValueError, match=r"for 1 steps.*failed"):
        train(small(photos, tmp_path, sanity=True))
    assert not (tmp_path / "latest.safetensors").exists()


def test_a_batch_without_color_is_no_test(tmp_path):
    Image.fromarray(skimage.data.camera()).save(tmp_path / "camera.png")
    stream = CropStream(Photographs([tmp_path]), 64)
    with pytest.raises(ValueError, match="have colour"):
        overfit_one_batch(
            Deaf(), stream, ClassificationLoss(torch.ones(313), 10), torch.device("cpu")
        )
