import math

import pytest
import torch

from colorize_core.color import SoftEncoder, class_weights, rgb_to_lab
from colorize_core.color.encoding import target_entropy
from colorize_core.models import build_network
from colorize_core.training.initialisation import lsuv
from colorize_core.training.losses import (
    ClassificationLoss,
    RegressionLoss,
    at_stride,
    colorful,
    soft_cross_entropy,
)

CROP = 64


@pytest.fixture
def batch():
    """Lightness and ab of two smooth and colorful pictures."""
    down, across = torch.meshgrid(*[torch.linspace(0, 1, CROP)] * 2, indexing="ij")
    first = torch.stack((across, down, 1 - across))
    second = torch.stack((0.2 + 0.6 * down, 0.5 * across, 0.9 * across * down))
    lab = rgb_to_lab(torch.stack((first, second)))
    return lab[:, :1], lab[:, 1:]


def test_cross_entropy_equals_that_against_the_dense_target():
    torch.manual_seed(0)
    logits = torch.randn(2, 313, 3, 5)
    index, weight = SoftEncoder()(torch.rand(2, 2, 3, 5) * 100 - 50)
    dense = torch.zeros(2, 313, 3, 5).scatter_(1, index, weight)
    expected = -(dense * logits.log_softmax(1)).sum(1)
    torch.testing.assert_close(soft_cross_entropy(logits, index, weight), expected)


def test_uniform_logits_cost_the_logarithm_of_the_number_of_bins(batch):
    loss = ClassificationLoss(torch.ones(313), 10)(torch.zeros(2, 313, 16, 16), batch[1])
    assert loss.item() == pytest.approx(math.log(313), abs=1e-4)


def test_a_heavier_class_counts_in_proportion_to_its_weight():
    ab = torch.zeros(1, 2, 4, 8)
    ab[..., 4:] = 60.0
    bins = SoftEncoder(1)(ab[..., ::4, ::4])[0][0, 0, 0]
    weights = torch.ones(313)
    weights[bins[1]] = 3.0
    logits = torch.zeros(1, 313, 1, 2)
    logits[0, bins[0], 0, :] = 5.0
    single = [
        soft_cross_entropy(logits, *SoftEncoder()(at_stride(ab, logits)))[0, 0, i] for i in (0, 1)
    ]
    loss = ClassificationLoss(weights, 10)(logits, ab)
    assert loss.item() == pytest.approx((single[0] + 3 * single[1]).item() / 4, rel=1e-5)


def test_near_grey_photos_are_left_out(batch):
    _, ab = batch
    grey = torch.stack((ab[0], ab[1].clamp(-5, 5)))
    assert colorful(grey).flatten().tolist() == [1.0, 0.0]
    logits = torch.randn(2, 313, 16, 16)
    loss = ClassificationLoss(class_weights(torch.rand(313)), 10)
    torch.testing.assert_close(loss(logits, grey), loss(logits[:1], grey[:1]))
    output = torch.randn(2, 2, 16, 16)
    torch.testing.assert_close(RegressionLoss()(output, grey), RegressionLoss()(output[:1], ab[:1]))


def test_a_batch_of_grey_photos_costs_nothing():
    assert ClassificationLoss(torch.ones(313), 10)(
        torch.randn(1, 313, 2, 2), torch.zeros(1, 2, 8, 8)
    ) == pytest.approx(0.0)


def _overfitted(name, outputs, loss_of, batch, steps, rate, goal):
    """Train on one batch until the loss is below the goal, or for so many steps."""
    torch.manual_seed(0)
    lightness, ab = batch
    network = build_network(name, outputs)
    network.initialise()
    if name == "eccv16":
        lsuv(network, lightness)
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    network.train()
    best = math.inf
    for _ in range(steps):
        loss = loss_of(network(lightness), ab)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        best = min(best, loss.item())
        if best < goal:
            break
    return best


@pytest.mark.parametrize(("name", "steps", "rate"), [("lite", 200, 3e-3), ("eccv16", 150, 3e-4)])
def test_cross_entropy_of_an_overfitted_batch_meets_the_targets_entropy(batch, name, steps, rate):
    ab = batch[1]
    targets = SoftEncoder(10)(at_stride(ab, ab[..., ::4]))
    entropy = target_entropy(targets[1]).mean().item()
    goal = entropy + 0.1
    plain = ClassificationLoss(torch.ones(313), 10)
    reached = _overfitted(name, 313, plain, batch, steps, rate, goal)
    assert entropy - 1e-3 <= reached < goal


@pytest.mark.parametrize(("name", "steps", "rate"), [("lite", 100, 3e-3), ("eccv16", 80, 3e-4)])
def test_squared_error_of_an_overfitted_batch_vanishes(batch, name, steps, rate):
    ab = at_stride(batch[1], batch[1][..., ::4]) / 110.0
    spread = (ab**2).sum(1).mean().item()
    goal = 0.01 * spread
    assert _overfitted(name, 2, RegressionLoss(), batch, steps, rate, goal) < goal
