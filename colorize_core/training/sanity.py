"""Overfit one batch before a run: a network that cannot learn four photos cannot learn more."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from colorize_core.color.encoding import AB_SCALE, target_entropy
from colorize_core.color.lab import rgb_to_lab
from colorize_core.data import CropStream
from colorize_core.training.losses import ClassificationLoss, RegressionLoss, at_stride, colorful
from colorize_core.training.prior import entropy

STEPS = 100
PHOTOS = 4
BOUND = 0.2  # of the way from the floor to the blind loss
_CROP = 64
_SEARCHED = 256


@dataclass(frozen=True, slots=True)
class Sanity:
    """The outcome of overfitting one batch.

    Attributes:
        loss: the least that was reached.
        floor: the least possible: the targets' own entropy (weighted as the loss is), or 0 for
            squared error.
        blind: the least for a network that says the same everywhere: the entropy of the mean
            target, or the variance of ab / 110.
        steps: how many were taken.
    """

    loss: float
    floor: float
    blind: float
    steps: int

    @property
    def goal(self) -> float:
        """The loss to come down to: a fifth of the way from the floor to the blind loss."""
        return self.floor + BOUND * (self.blind - self.floor)

    @property
    def passed(self) -> bool:
        """Whether the loss came near its floor."""
        return self.loss <= self.goal

    @property
    def sentence(self) -> str:
        """The result for people to read."""
        return (
            f"sanity: one batch overfitted for {self.steps} steps: loss {self.loss:.4g}; "
            f"least possible {self.floor:.4g}, without looking {self.blind:.4g}: "
            f"{'passed' if self.passed else 'failed'}, the goal is {self.goal:.4g}"
        )

    def check(self) -> None:
        """Refuse to go on where the batch was not learnt.

        Raises:
            ValueError: saying what was reached.
        """
        if not self.passed:
            raise ValueError(
                f"{self.sentence}. A run would learn nothing, so it is not started: look at the "
                "photos, the network's outputs and its weights at the start"
            )


def overfit_one_batch(
    network: nn.Module,
    stream: CropStream,
    loss_of: Callable[[Tensor, Tensor], Tensor],
    device: torch.device,
    steps: int = STEPS,
) -> Sanity:
    """Train a copy of a network on one small batch until it passes, or for so many steps.

    Four crops of 64 pixels, and Adam at a rate of its own: it is the network, the targets and
    the loss that are tried, not the run's rates.

    Args:
        network: it is copied; its own weights stay as they are.
        stream: the batch is its first crops that are not near-grey.
        loss_of: the run's own.
        device: where the network is.
        steps: at most.

    Raises:
        ValueError: there are no crops with colour in them.
    """
    lab = _colorful_batch(stream).to(device)
    lightness, ab = lab[:, :1], lab[:, 1:]
    network = deepcopy(network).train()
    rate = 3e-3 if network.pretrained_encoder is not None else 3e-4  # others bear less
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    floor = blind = 0.0
    best = math.inf
    for step in range(1, steps + 1):
        output = network(lightness, None)
        if step == 1:
            floor, blind = _bounds(loss_of, ab, output)
        loss = loss_of(output, ab)
        best = min(best, loss.item())
        result = Sanity(best, floor, blind, step)
        if result.passed or not math.isfinite(loss.item()):
            break
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    return result


def _colorful_batch(stream: CropStream) -> Tensor:
    """Collect the first crops with colour in them: Lab ``(PHOTOS, 3, H, W)``."""
    small = CropStream(stream.photographs, min(stream.crop, _CROP), stream.smallest, stream.seed)
    chosen: list[Tensor] = []
    for number in range(_SEARCHED):
        lab = rgb_to_lab(small[number][None].float() / 255.0)
        if bool(colorful(lab[:, 1:])):
            chosen.append(lab)
        if len(chosen) == PHOTOS:
            return torch.cat(chosen)
    raise ValueError(
        f"sanity: of the first {_SEARCHED} crops, {len(chosen)} have colour, and {PHOTOS} are "
        "needed: take black-and-white photos out of the folders"
    )


@torch.no_grad()
def _bounds(loss_of: Callable, ab: Tensor, output: Tensor) -> tuple[float, float]:
    """Find the least loss on a batch, and the least of a network that says the same everywhere."""
    if isinstance(loss_of, RegressionLoss):
        true = at_stride(ab, output) / AB_SCALE
        return 0.0, (true - true.mean((0, 2, 3), keepdim=True)).square().sum(1).mean().item()
    assert isinstance(loss_of, ClassificationLoss)
    index, target = loss_of.encoder(at_stride(ab, output))
    share = loss_of.weights[index[:, 0]]
    share = share / share.sum()
    mean = torch.zeros_like(loss_of.weights).index_add_(
        0, index.reshape(-1), (target * share[:, None]).reshape(-1)
    )
    return (target_entropy(target) * share).sum().item(), entropy(mean)
