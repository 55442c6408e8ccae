import pytest
import torch
from torch import Tensor

from colorize_core.color import ab_bins, annealed_mean
from colorize_core.models import propagation as module
from colorize_core.models.propagation import HintPropagation, together

GPU = torch.device("cuda")
TEAL = (-40.0, 10.0)
RED = (60.0, 40.0)


@pytest.fixture
def propagation() -> HintPropagation:
    """One whose hints fade slowly, so that looks decide."""
    torch.manual_seed(0)
    propagation = HintPropagation(5).eval()
    propagation.trust.bias.data[0] = -3.0
    return propagation


@pytest.fixture
def features() -> Tensor:
    """Two flat halves, the right one unlike the left one."""
    features = torch.zeros(1, 5, 8, 12)
    features[..., 6:] = 6.0
    return features


def believing(ab: tuple[float, float], height: int = 8, width: int = 12) -> Tensor:
    """Logits of a network that is sure of one colour."""
    distance = (ab_bins() - torch.tensor(ab)).square().sum(1)
    return (-distance / 50.0)[None, :, None, None].repeat(1, 1, height, width)


def hint(color: tuple[float, float], *cells: tuple[int, int]) -> Tensor:
    hints = torch.zeros(1, 3, 8, 12)
    for row, column in cells:
        hints[0, :, row, column] = torch.tensor([*color, 1.0])
    return hints


@torch.inference_mode()
def test_a_hinted_cell_takes_the_hints_color(propagation, features):
    mixed = propagation(believing(TEAL), features, hint(RED, (3, 3)))
    assert torch.dist(annealed_mean(mixed)[0, :, 3, 3], torch.tensor(RED)) < 3.0


@torch.inference_mode()
def test_a_hint_reaches_what_looks_alike_and_stops_at_what_does_not(propagation, features):
    ab = annealed_mean(propagation(believing(TEAL), features, hint(RED, (3, 4))), 1.0)[0, 0, 3]
    assert ab[3] > 20.0 > 0.0 > ab[6]  # one cell to the left, two to the right


@torch.inference_mode()
def test_a_hint_fades_with_distance(propagation, features):
    ab = annealed_mean(propagation(believing(TEAL), features, hint(RED, (3, 5))), 1.0)[0, 0, 3]
    assert (ab[:6].diff() > 0).all()


@torch.inference_mode()
def test_the_outcome_is_a_distribution(propagation, features):
    mixed = propagation(believing(TEAL), features, hint(RED, (3, 3)))
    torch.testing.assert_close(mixed.logsumexp(1), torch.zeros(1, 8, 12), atol=1e-4, rtol=0)


@torch.inference_mode()
def test_photos_without_hints_keep_exactly_what_they_had(propagation, features):
    output = torch.cat((believing(TEAL), believing(TEAL)))
    hints = torch.cat((torch.zeros(1, 3, 8, 12), hint(RED, (3, 3))))
    mixed = propagation(output, features.repeat(2, 1, 1, 1), hints)
    assert torch.equal(mixed[0], output[0])
    assert not torch.equal(mixed[1], output[1])


@torch.inference_mode()
def test_a_photo_with_few_hints_is_not_touched_by_one_with_many(propagation, features):
    few, many = hint(RED, (3, 3)), hint(TEAL, *((row, 7) for row in range(8)))
    twice = believing(TEAL).repeat(2, 1, 1, 1), features.repeat(2, 1, 1, 1)
    together = propagation(*twice, torch.cat((few, many)))
    alone = propagation(believing(TEAL), features, few)
    torch.testing.assert_close(together[:1], alone, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_all_at_once_as_on_a_gpu_comes_out_as_one_by_one(propagation, monkeypatch):
    torch.manual_seed(1)
    output, features = torch.randn(4, 313, 8, 12), torch.randn(4, 5, 8, 12)
    few, many = hint(RED, (3, 3), (0, 11)), hint(TEAL, *((row, 7) for row in range(8)))
    hints = torch.cat((few, torch.zeros_like(few), many, few))
    one_by_one = propagation(output, features, hints)
    monkeypatch.setattr(module, "together", lambda counts, _: together(counts, GPU))
    torch.testing.assert_close(propagation(output, features, hints), one_by_one)
    assert not torch.equal(one_by_one[0], output[0])
    assert torch.equal(one_by_one[1], output[1])


@torch.inference_mode()
def test_regression_takes_the_color_itself(propagation, features):
    mixed = propagation(torch.zeros(1, 2, 8, 12), features, hint(RED, (3, 3), (3, 4)))
    torch.testing.assert_close(110.0 * mixed[0, :, 3, 3], torch.tensor(RED), atol=0.0, rtol=0.15)


@torch.inference_mode()
@pytest.mark.parametrize("side", [40, 64])
def test_of_a_wholly_painted_photo_every_cell_takes_its_color(propagation, side):
    painted = torch.tensor([*RED, 1.0])[None, :, None, None].repeat(1, 1, side, side)
    features = torch.zeros(1, 5, side, side)
    mixed = propagation(believing(TEAL, side, side), features, painted)
    far = (annealed_mean(mixed)[0] - torch.tensor(RED)[:, None, None]).norm(dim=0)
    assert far.max() < 3.0


@torch.inference_mode()
def test_twice_the_size_spreads_a_hint_over_the_same_share_of_the_photo(propagation):
    kept = []
    for factor in (1, 2):
        features = torch.zeros(1, 5, 8 * factor, 12 * factor)
        hints = torch.zeros(1, 3, 8 * factor, 12 * factor)
        hints[0, :, 2 * factor, 2 * factor] = torch.tensor([*RED, 1.0])
        output = torch.zeros(1, 2, 8 * factor, 12 * factor)
        kept.append(propagation(output, features, hints)[0, 0, 6 * factor, 8 * factor])
    torch.testing.assert_close(kept[0], kept[1])
