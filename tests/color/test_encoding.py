import math

import numpy as np
import pytest
import torch
from skimage import color as skimage_color

from colorize_core.color import SoftEncoder, ab_bins, annealed_mean, nearest_bins
from colorize_core.color.encoding import target_entropy

COUNT = 200_000
CHUNK = 10_000
HALF_CELL_DIAGONAL = 0.25 * math.sqrt(2)


@pytest.fixture(scope="module")
def uniform_ab() -> torch.Tensor:
    """Ab of colours drawn uniformly from the sRGB cube, by scikit-image."""
    rgb = np.random.default_rng(0).random((COUNT, 3))
    return torch.from_numpy(skimage_color.rgb2lab(rgb)[:, 1:]).float()


def decoded(index: torch.Tensor, weight: torch.Tensor, temperature: float) -> torch.Tensor:
    """Decode sparse targets ``(M, K)`` with the annealed mean to ``(M, 2)``."""
    parts = []
    for bins, weights in zip(index.split(CHUNK), weight.split(CHUNK), strict=True):
        dense = torch.zeros(len(bins), 313).scatter_(1, bins, weights)
        logits = dense.log().T[None, :, :, None]
        parts.append(annealed_mean(logits, temperature)[0, :, :, 0].T)
    return torch.cat(parts)


def peaked_logits(index: int, height: float = 5.0) -> torch.Tensor:
    logits = torch.zeros(1, 313, 1, 1)
    logits[0, index] = height
    return logits


@pytest.mark.parametrize(
    ("neighbours", "temperature", "mean", "largest"),
    [(1, 1.0, 3.82, 7.06), (10, 1.0, 0.24, 0.36), (5, 1.0, 0.22, 0.71), (10, 0.38, 1.81, 2.71)],
)
def test_encoding_and_decoding_loses_no_more_than_the_quantization(
    uniform_ab, neighbours, temperature, mean, largest
):
    index, weight = nearest_bins(uniform_ab, neighbours)
    error = (decoded(index, weight, temperature) - uniform_ab).norm(dim=1)
    assert error.mean() <= mean + 0.02
    assert error.max() <= largest + 0.05


@pytest.mark.parametrize(("neighbours", "nats"), [(5, 1.26), (10, 1.44)])
def test_entropy_of_targets(uniform_ab, neighbours, nats):
    weight = nearest_bins(uniform_ab, neighbours)[1]
    entropy = target_entropy(weight.T[None, :, :, None])
    assert entropy.mean().item() == pytest.approx(nats, abs=0.02)


def test_entropy_of_equal_weights_is_the_logarithm_of_their_count():
    entropy = target_entropy(torch.full((1, 4, 2, 3), 0.25))
    torch.testing.assert_close(entropy, torch.full((1, 2, 3), math.log(4)))


def test_nearest_bins_are_those_of_a_full_sort():
    ab = torch.tensor([[12.0, 3.0], [-41.0, 27.5], [96.0, 80.0]])
    distance = (ab[:, None].double() - ab_bins().double()).norm(dim=2)
    assert torch.equal(nearest_bins(ab, 4)[0], distance.argsort(dim=1)[:, :4])


def test_soft_weights_are_a_gaussian_of_the_distance():
    # (2, 0) is 2 from the bin (0, 0) and 8 from (10, 0).
    weight = nearest_bins(torch.tensor([[2.0, 0.0]]), 2, sigma=5.0)[1][0]
    ratio = math.exp((2**2 - 8**2) / (2 * 5**2))
    assert (weight[1] / weight[0]).item() == pytest.approx(ratio, rel=1e-3)


@pytest.mark.parametrize("neighbours", [1, 5, 10])
def test_soft_weights_sum_to_one(uniform_ab, neighbours):
    total = nearest_bins(uniform_ab[:1000], neighbours)[1].sum(1)
    torch.testing.assert_close(total, torch.ones(1000))


def test_lookup_weights_sum_to_one(uniform_ab):
    weight = SoftEncoder()(uniform_ab[:1000].T[None, :, :, None])[1]
    torch.testing.assert_close(weight.sum(1), torch.ones(1, 1000, 1))


def test_lookup_gives_indices_and_weights_per_pixel():
    index, weight = SoftEncoder(neighbours=5)(torch.zeros(2, 2, 3, 4))
    assert index.shape == weight.shape == (2, 5, 3, 4)
    assert index.dtype == torch.int64


def test_lookup_encodes_colors_as_the_centres_of_their_cells(uniform_ab):
    centres = (uniform_ab[:20_000] / 0.5).floor() * 0.5 + 0.25
    jitter = torch.rand(centres.shape, generator=torch.Generator().manual_seed(0))
    ab = centres + 0.48 * (jitter - 0.5)
    index, weight = (x[0, :, :, 0].T for x in SoftEncoder(cell=0.5)(ab.T[None, :, :, None]))
    exact_index, exact_weight = nearest_bins(centres)
    assert torch.equal(index[:, 0], exact_index[:, 0])
    torch.testing.assert_close(weight, exact_weight, atol=1e-3, rtol=0)


def test_lookup_is_off_by_half_a_cell_at_most(uniform_ab):
    ab = uniform_ab[:20_000]
    index, weight = (x[0, :, :, 0].T for x in SoftEncoder(cell=0.5)(ab.T[None, :, :, None]))
    error = (decoded(index, weight, 1.0) - ab).norm(dim=1)
    exact_error = 0.36
    assert error.max() <= exact_error + HALF_CELL_DIAGONAL + 0.05


def test_lookup_takes_colors_outside_of_the_table_as_its_border():
    outside = torch.tensor([-500.0, 500.0]).view(1, 2, 1, 1)
    border = torch.tensor([-119.9, 119.9]).view(1, 2, 1, 1)
    encoder = SoftEncoder()
    assert torch.equal(encoder(outside)[0], encoder(border)[0])


def test_temperature_towards_zero_gives_the_mode():
    ab = annealed_mean(peaked_logits(100), 1e-3)[0, :, 0, 0]
    torch.testing.assert_close(ab, ab_bins()[100])


def test_temperature_one_gives_the_mean():
    generator = torch.Generator().manual_seed(0)
    probability = torch.rand(313, generator=generator)
    probability /= probability.sum()
    ab = annealed_mean(probability.log().view(1, 313, 1, 1), 1.0)[0, :, 0, 0]
    torch.testing.assert_close(ab, (probability[:, None] * ab_bins()).sum(0), atol=1e-3, rtol=0)


def test_paper_temperature_on_two_bins():
    # Of two bins with probabilities 0.8 and 0.2 the first gets 1 / (1 + (0.2 / 0.8) ** (1 / 0.38)).
    first, second = 40, 200
    logits = torch.full((1, 313, 1, 1), -math.inf)
    logits[0, first], logits[0, second] = math.log(0.8), math.log(0.2)
    share = 1.0 / (1.0 + 0.25 ** (1.0 / 0.38))
    expected = share * ab_bins()[first] + (1.0 - share) * ab_bins()[second]
    torch.testing.assert_close(annealed_mean(logits, 0.38)[0, :, 0, 0], expected)


def test_the_default_temperature_is_the_papers():
    logits = peaked_logits(100, 1.0)
    assert torch.equal(annealed_mean(logits), annealed_mean(logits, 0.38))


def test_adding_a_constant_to_logits_changes_nothing():
    logits = peaked_logits(17)
    torch.testing.assert_close(annealed_mean(logits + 7.0), annealed_mean(logits))


@pytest.mark.parametrize("temperature", [0.0, -0.38, math.nan])
def test_temperatures_not_above_zero_are_refused(temperature):
    with pytest.raises(ValueError, match="temperature must be above 0"):
        annealed_mean(peaked_logits(0), temperature)
