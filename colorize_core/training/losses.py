"""The losses: cross entropy against soft targets, rebalanced or plain, and MSE on ab.

Each is a mean over pixels, weighted. Near-grey photographs are left out by giving their pixels no
weight, as the authors' released code does.

A batch can be worked through in parts, on one machine or on several: each part's loss is then
divided by the ``mass`` of the whole batch, the sum of all of its pixels' weights. The parts' losses
add up to the whole batch's loss, and so do their gradients. The mean of the parts' own losses would
be something else, because parts with common colours or grey photographs weigh less.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from colorize_core.color.encoding import AB_SCALE, SoftEncoder
from colorize_core.color.rebalance import class_weights
from colorize_core.data.resizing import NEAR_GREY
from colorize_core.training.config import TrainingConfig


def colorful(ab: Tensor, threshold: float = NEAR_GREY) -> Tensor:
    """Mark photographs with any |a| or |b| above the threshold: 1, else 0, ``(N, 1, 1)``."""
    return (ab.abs().amax((1, 2, 3)) > threshold).to(ab)[:, None, None]


def soft_cross_entropy(logits: Tensor, index: Tensor, weight: Tensor) -> Tensor:
    """Compute the cross entropy in nats against sparse soft targets.

    Args:
        logits: ``(N, 313, H, W)``.
        index: the target's bins, int64 ``(N, K, H, W)``.
        weight: their probabilities, ``(N, K, H, W)``, summing to 1 over K.

    Returns:
        ``(N, H, W)``.
    """
    return logits.logsumexp(1) - (logits.gather(1, index) * weight).sum(1)


class ClassificationLoss:
    """Class-rebalanced cross entropy (equations 2 to 4); plain where all weights are 1.

    Args:
        class_weights: ``(313,)``, looked up at the bin nearest to the true colour.
        neighbours: bins that take part in a soft target.
        device: where targets are made.
    """

    def __init__(
        self, class_weights: Tensor, neighbours: int, device: torch.device | str = "cpu"
    ) -> None:
        self.weights = class_weights.to(device)
        self.encoder = SoftEncoder(neighbours, device=device)

    def mass(self, ab: Tensor, stride: int, kept: Tensor | None = None) -> Tensor:
        """Sum the weights of all pixels of true ab ``(N, 2, H, W)``, at a stride."""
        index, _ = self.encoder(F.avg_pool2d(ab, stride))
        return self._pixel_weights(index, ab, kept).sum()

    def __call__(
        self, logits: Tensor, ab: Tensor, mass: Tensor | None = None, kept: Tensor | None = None
    ) -> Tensor:
        """Compare logits ``(N, 313, h, w)`` with true ab ``(N, 2, H, W)``, h and w dividing both.

        Args:
            logits: of a batch, or of a part of one.
            ab: the true colours.
            mass: of the whole batch; None where this is all of it.
            kept: 1 for the photographs that count, else 0, ``(N, 1, 1)``; None for those that are
                :func:`colorful`. A grey window of a colorful photo counts.
        """
        index, weight = self.encoder(at_stride(ab, logits))
        pixel_weight = self._pixel_weights(index, ab, kept)
        loss = soft_cross_entropy(logits.float(), index, weight)
        mass = pixel_weight.sum() if mass is None else mass
        return (loss * pixel_weight).sum() / mass.clamp(min=1e-6)

    def _pixel_weights(self, index: Tensor, ab: Tensor, kept: Tensor | None) -> Tensor:
        return self.weights[index[:, 0]] * (colorful(ab) if kept is None else kept)


class RegressionLoss:
    """Squared error of ab / 110, the paper's first baseline."""

    def mass(self, ab: Tensor, stride: int, kept: Tensor | None = None) -> Tensor:
        """Count the pixels of true ab ``(N, 2, H, W)`` that matter, at a stride."""
        kept = colorful(ab) if kept is None else kept
        return kept.sum() * (ab[0, 0].numel() // stride**2)

    def __call__(
        self, output: Tensor, ab: Tensor, mass: Tensor | None = None, kept: Tensor | None = None
    ) -> Tensor:
        """Compare output ``(N, 2, h, w)`` with true ab ``(N, 2, H, W)``.

        Args:
            output: of a batch, or of a part of one.
            ab: the true colours.
            mass: of the whole batch; None where this is all of it.
            kept: as for :class:`ClassificationLoss`.
        """
        kept = colorful(ab) if kept is None else kept
        error = (output.float() - at_stride(ab, output) / AB_SCALE) ** 2
        mass = kept.sum() * output[0, 0].numel() if mass is None else mass
        return (error.sum(1) * kept).sum() / mass.clamp(min=1e-6)


def at_stride(ab: Tensor, output: Tensor) -> Tensor:
    """Reduce true ab to the size of a network's output: the mean over each cell's pixels."""
    return F.avg_pool2d(ab, ab.shape[-1] // output.shape[-1])


def make_loss(
    config: TrainingConfig, prior: Tensor, device: torch.device
) -> ClassificationLoss | RegressionLoss:
    """Make a run's loss; ``plain`` is ``rebalanced`` with every class weighing the same."""
    if config.loss == "mse":
        return RegressionLoss()
    alpha = config.alpha if config.loss == "rebalanced" else 0.0
    return ClassificationLoss(class_weights(prior, config.gamma, alpha), config.neighbours, device)
