"""Colours that are copied from photographs whose colours are known."""

from typing import Any

import pytest
import skimage.data
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from colorize_core.color import ab_bins, annealed_mean
from colorize_core.color.lab import rgb_to_lab
from colorize_core.models import build_network, references
from colorize_core.models.loading import load_model
from colorize_core.models.propagation import together
from colorize_core.models.references import BELIEF, ReferenceCopying, References
from colorize_core.models.window import Window

TEAL = (-40.0, 10.0)
RED = (60.0, 40.0)
ADDED = {
    "references.look.weight",
    "references.look.bias",
    "references.belief.weight",
    "references.belief.bias",
}


@pytest.fixture
def copying() -> ReferenceCopying:
    torch.manual_seed(0)
    return ReferenceCopying(5).eval()


@pytest.fixture
def features() -> Tensor:
    """Two flat halves, the right one unlike the left one."""
    features = torch.zeros(1, 5, 8, 12)
    features[..., 6:] = 6.0
    return features


def believing(color: tuple[float, float]) -> Tensor:
    """Logits of a network that is sure of one colour."""
    distance = (ab_bins() - torch.tensor(color)).square().sum(1)
    return (-distance / 50.0)[None, :, None, None].repeat(1, 1, 8, 12)


def all_of(color: tuple[float, float], height: int = 8, width: int = 12) -> Tensor:
    return torch.tensor(color)[None, :, None, None].repeat(1, 1, height, width)


@torch.inference_mode()
def test_cells_copy_what_looks_alike_and_others_believe_the_network(copying, features):
    left_alone = features[..., :6]
    mixed = copying(believing(TEAL), features, left_alone, all_of(RED, 8, 6), (0,))
    ab = annealed_mean(mixed)[0]
    assert torch.dist(ab[:, 3, 1], torch.tensor(RED)) < 5.0
    assert torch.dist(ab[:, 3, 10], torch.tensor(TEAL)) < 5.0


@torch.inference_mode()
def test_where_things_are_plays_no_role(copying):
    torch.manual_seed(1)
    features, known = torch.rand(1, 5, 8, 12), torch.rand(1, 5, 8, 12)
    ab = 60.0 * torch.rand(1, 2, 8, 12)
    order = torch.randperm(96)
    moved = [maps.flatten(2)[..., order].unflatten(2, (12, 8)) for maps in (known, ab)]
    there = copying(believing(TEAL), features, known, ab, (0,))
    torch.testing.assert_close(copying(believing(TEAL), features, *moved, (0,)), there)


@torch.inference_mode()
def test_the_number_of_cells_plays_no_role(copying, features):
    once = copying(believing(TEAL), features, features, all_of(RED), (0,))
    twice = features.repeat(2, 1, 1, 1), all_of(RED).repeat(2, 1, 1, 1), (0, 0)
    torch.testing.assert_close(copying(believing(TEAL), features, *twice), once)


@torch.inference_mode()
def test_photos_without_references_keep_exactly_what_they_had(copying, features):
    output = believing(TEAL).repeat(3, 1, 1, 1)
    mixed = copying(output, features.repeat(3, 1, 1, 1), features, all_of(RED), (1,))
    assert torch.equal(mixed[0], output[0])
    assert torch.equal(mixed[2], output[2])
    assert not torch.equal(mixed[1], output[1])


@torch.inference_mode()
def test_the_outcome_is_a_distribution(copying, features):
    mixed = copying(believing(TEAL), features, features, all_of(RED), (0,))
    torch.testing.assert_close(mixed.logsumexp(1), torch.zeros(1, 8, 12), atol=1e-4, rtol=0)


@torch.inference_mode()
def test_all_at_once_as_on_a_gpu_comes_out_as_one_by_one(copying, monkeypatch):
    torch.manual_seed(1)
    output, features = torch.randn(5, 313, 8, 12), torch.randn(5, 5, 8, 12)
    known, ab = torch.randn(5, 5, 6, 7), 60.0 * torch.rand(5, 2, 6, 7)
    given = known, ab, (4, 1, 0, 4, 3)  # one for each of three photos, two for one, none for one
    one_by_one = copying(output, features, *given)
    gpu = torch.device("cuda")
    monkeypatch.setattr(references, "together", lambda counts, _: together(counts, gpu))
    torch.testing.assert_close(copying(output, features, *given), one_by_one)
    assert torch.equal(one_by_one[2], output[2])


@torch.inference_mode()
def test_regression_takes_the_color_itself(copying, features):
    mixed = copying(torch.zeros(1, 2, 8, 12), features, features, all_of(RED), (0,))
    torch.testing.assert_close(110.0 * mixed[0, :, 3, 3], torch.tensor(RED), atol=0.0, rtol=0.15)


@torch.inference_mode()
def test_more_cells_than_are_attended_to_are_thinned_out(copying, features):
    known = features[..., :1, :1].repeat(1, 1, 64, 64)
    mixed = copying(believing(TEAL), features, known, all_of(RED, 64, 64), (0,))
    assert torch.dist(annealed_mean(mixed)[0, :, 3, 1], torch.tensor(RED)) < 5.0


def test_references_of_a_part_are_numbered_within_it():
    references = References(torch.arange(3.0), torch.arange(3.0), (0, 2, 3))
    part = references.part(2, 4)
    assert part is not None
    assert part.of == (0, 1)
    assert part.ab.tolist() == [1.0, 2.0]
    assert references.part(1, 2) is None


# In the network


@pytest.fixture
def network(lite_weights):
    return load_model(lite_weights).network.eval()


def random_photos(count: int, side: int = 64) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    lightness = 100.0 * torch.rand(count, 1, side, side, generator=generator)
    return lightness, 80.0 * torch.rand(count, 2, side, side, generator=generator) - 40.0


@torch.inference_mode()
def test_the_weights_that_ship_take_the_colors_of_another_print_mirrored():
    network: Any = load_model("lite").network.eval()
    rgb = torch.from_numpy(skimage.data.coffee()[:384, :384].copy()).permute(2, 0, 1)[None]
    lab = F.avg_pool2d(rgb_to_lab(rgb.float() / 255.0), 3)
    lightness, ab = lab[:, :1], lab[:, 1:]
    other_print = 100.0 * (lightness.flip(3) / 100.0) ** 1.2
    true = F.avg_pool2d(ab, 4)
    far = [
        (annealed_mean(network(lightness, references=given), 1.0) - true).norm(dim=1).mean()
        for given in (None, References(other_print, ab.flip(3), (0,)))
    ]
    assert far[1] < 0.7 * far[0]


@torch.inference_mode()
def test_references_of_another_size_are_seen_alike(network):
    lightness, ab = random_photos(2)
    wide = torch.cat((lightness[1:], lightness[1:]), 3), torch.cat((ab[1:], ab[1:]), 3)
    same = network(lightness[:1], references=References(lightness[1:], ab[1:], (0,)))
    other = network(lightness[:1], references=References(*wide, (0,)))
    assert same.shape == other.shape
    assert (annealed_mean(same, 1.0) - annealed_mean(other, 1.0)).abs().mean() < 3.0


@torch.inference_mode()
def test_hints_and_windows_go_with_references(network):
    lightness, ab = random_photos(3)
    hints = torch.zeros(2, 3, 64, 64)
    hints[0, :, 20:24, 20:24] = torch.tensor([60.0, 40.0, 1.0])[:, None, None]
    references = References(lightness[2:], ab[2:], (1,))
    window = Window(16, 16, 32, 32)
    both = network(lightness[:2], hints, window, references)
    assert both.shape == (2, 313, 8, 8)
    hinted = network(lightness[:2], hints, window)
    torch.testing.assert_close(both[:1], hinted[:1], atol=1e-4, rtol=1e-4)
    assert not torch.allclose(both[1], hinted[1], atol=0.1)
    color = annealed_mean(both)[0, :, 1, 1]
    assert torch.dist(color, torch.tensor([60.0, 40.0])) < 10.0


# Weights of before there were references


def without_references(path, target):
    tensors = {n: t for n, t in load_file(path).items() if n not in ADDED}
    save_file(tensors, target)
    return tensors


@torch.inference_mode()
def test_weights_of_before_load_and_colorize_as_they_did(lite_weights, tmp_path):
    tensors = without_references(lite_weights, tmp_path / "old.safetensors")
    network: Any = load_model(tmp_path / "old.safetensors").network.eval()
    state = network.state_dict()
    assert state.keys() - tensors.keys() - ADDED == {
        name for name in state if name.endswith("num_batches_tracked") and name not in tensors
    }
    assert torch.equal(network.references.look.weight, network.propagation.look.weight)
    assert network.references.belief.weight.count_nonzero() == 0
    assert network.references.belief.bias.item() == BELIEF


@pytest.mark.parametrize("name", sorted(ADDED))
def test_weights_that_lack_a_part_of_it_are_refused(tmp_path, name):
    tensors = dict(build_network("lite").state_dict())
    del tensors[name]
    save_file(tensors, tmp_path / "x.safetensors")
    with pytest.raises(ValueError, match=f"1 tensors differ, such as {name}"):
        load_model(tmp_path / "x.safetensors")


def test_a_new_network_starts_with_what_hints_are_compared_by():
    network: Any = build_network("lite")
    assert torch.equal(network.references.look.weight, network.propagation.look.weight)
    assert list(dict(network.named_parameters()))[-4:] == [
        "references.look.weight",
        "references.look.bias",
        "references.belief.weight",
        "references.belief.bias",
    ]
