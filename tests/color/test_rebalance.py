import pytest
import torch

from colorize_core.color import class_weights, log_rarity, nearest_bins, prior_of, uniform_prior


@pytest.fixture
def prior() -> torch.Tensor:
    """Mass on every bin, over five orders of magnitude."""
    generator = torch.Generator().manual_seed(0)
    return torch.exp(12.0 * torch.rand(313, generator=generator, dtype=torch.float64))


def expected_weight(prior: torch.Tensor, weights: torch.Tensor) -> float:
    return (prior / prior.sum() * weights.double()).sum().item()


@pytest.mark.parametrize(("gamma", "alpha"), [(0.5, 1.0), (0.1, 0.5), (0.0, 1.0)])
def test_mean_weight_under_the_prior_is_one(prior, gamma, alpha):
    weights = class_weights(prior, gamma, alpha)
    assert expected_weight(prior, weights) == pytest.approx(1.0, abs=1e-5)


def test_weights_follow_the_papers_formula(prior):
    p = prior / prior.sum()
    proportional = 1.0 / (0.5 * p + 0.5 / 313)
    expected = (proportional / (p * proportional).sum()).float()
    torch.testing.assert_close(class_weights(prior, gamma=0.5, alpha=1.0), expected)


def test_weights_by_hand():
    # Half of the mass on one bin, the rest even: 1 / (p/2 + u/2) with u = 1/313.
    prior = torch.full((313,), 0.5 / 312, dtype=torch.float64)
    prior[7] = 0.5
    common, rare = 2.0 / (0.5 + 1 / 313), 2.0 / (0.5 / 312 + 1 / 313)
    mean = 0.5 * common + 0.5 * rare
    weights = class_weights(prior)
    assert weights[7].item() == pytest.approx(common / mean, rel=1e-5)
    assert weights[8].item() == pytest.approx(rare / mean, rel=1e-5)


def test_alpha_is_the_exponent_of_rarity(prior):
    plain, squared = (class_weights(prior, alpha=alpha).double() for alpha in (1.0, 2.0))
    torch.testing.assert_close(
        squared[3] / squared[9], (plain[3] / plain[9]) ** 2, rtol=1e-4, atol=0
    )


@pytest.mark.parametrize(("gamma", "alpha"), [(1.0, 1.0), (0.5, 0.0)])
def test_all_weights_are_one_without_rebalancing(prior, gamma, alpha):
    torch.testing.assert_close(class_weights(prior, gamma, alpha), torch.ones(313))


def test_scale_of_the_prior_does_not_matter(prior):
    torch.testing.assert_close(class_weights(prior * 1e6), class_weights(prior))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0])
def test_weights_of_bins_that_never_occur_are_finite(prior, gamma):
    prior[50:200] = 0.0
    assert class_weights(prior, gamma).isfinite().all()


def test_bins_that_never_occur_weigh_as_much_as_the_rarest(prior):
    prior[50:200] = 0.0
    weights = class_weights(prior)
    assert weights[50] == weights.max()
    assert weights.max() == weights[prior > 0].max()


@pytest.mark.parametrize("gamma", [-0.1, 1.1])
def test_gamma_outside_of_0_to_1_is_refused(prior, gamma):
    with pytest.raises(ValueError, match=r"gamma must be within 0\.\.1"):
        class_weights(prior, gamma)


def test_prior_sums_to_the_number_of_pixels():
    ab = 80.0 * torch.randn(2, 6, 7, 2, generator=torch.Generator().manual_seed(0))
    index, weight = (x.movedim(-1, 1) for x in nearest_bins(ab))
    assert prior_of(index, weight).sum().item() == pytest.approx(2 * 6 * 7, rel=1e-6)


def test_prior_puts_weights_on_their_bins():
    index = torch.tensor([4, 9, 9, 4]).view(1, 2, 2, 1)
    weight = torch.tensor([0.75, 0.5, 0.25, 0.5]).view(1, 2, 2, 1)
    mass = prior_of(index, weight)
    assert (mass[4].item(), mass[9].item()) == (1.25, 0.75)


def test_uniform_prior_is_even_and_sums_to_one():
    assert uniform_prior().unique().numel() == 1
    assert uniform_prior().sum().item() == pytest.approx(1.0)


def test_rarity_is_minus_the_logarithm_of_the_probability():
    prior = uniform_prior() * 7.0
    torch.testing.assert_close(log_rarity(prior), torch.full((313,), 313.0).log())


def test_of_the_rarest_bins_none_stands_out():
    prior = torch.ones(313, dtype=torch.float64)
    prior[:3] = torch.tensor([0.0, 1e-9, 1e-4])
    rarity = log_rarity(prior)
    assert rarity[0] == rarity[1] == rarity[2] == rarity.max()
    assert rarity.max().item() == pytest.approx(11.513, abs=1e-3)
