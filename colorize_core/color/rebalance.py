"""The prior over the ab bins, and the class weights that undo it (section 2.2).

Most pixels of natural photographs are nearly grey; without weights a network learns to say so
everywhere.
"""

from __future__ import annotations

import torch
from torch import Tensor

from colorize_core.color.gamut import BIN_COUNT

PAPER_GAMMA = 0.5
PAPER_ALPHA = 1.0
_RAREST = 1e-5  # of all pixels; what is rarer was counted on too few to tell how rare it is


def prior_of(index: Tensor, weight: Tensor) -> Tensor:
    """Sum up soft targets' mass on each bin: ``(N, K, H, W)`` twice to float64 ``(313,)``.

    Not normalized, so that batches can be summed.
    """
    mass = torch.zeros(BIN_COUNT, dtype=torch.float64, device=index.device)
    return mass.index_add_(0, index.reshape(-1), weight.reshape(-1).double())


def uniform_prior() -> Tensor:
    """Put the same mass on every bin, float64 ``(313,)``."""
    return torch.full((BIN_COUNT,), 1.0 / BIN_COUNT, dtype=torch.float64)


def class_weights(prior: Tensor, gamma: float = PAPER_GAMMA, alpha: float = PAPER_ALPHA) -> Tensor:
    """Compute weights ((1 - gamma) p + gamma u) ** -alpha, scaled so that their mean under p is 1.

    Args:
        prior: ``(313,)``, non-negative, of any scale.
        gamma: share of the uniform distribution u (over the bins that occur) mixed in, 0..1.
        alpha: how strongly rarity counts: 0 not at all, 1 in the paper.

    Returns:
        float32 ``(313,)``. Bins that never occur weigh as much as the rarest.
    """
    if not 0.0 <= gamma <= 1.0:
        raise ValueError(f"gamma must be within 0..1, got {gamma}")
    p = prior.double() / prior.double().sum()
    occurs = p > 0
    mixed = (1 - gamma) * p + gamma * occurs / occurs.sum()
    floor = mixed[occurs].min()
    weights = mixed.clamp(min=floor) ** -alpha
    return (weights / (p * weights).sum()).float()


def log_rarity(prior: Tensor) -> Tensor:
    """Compute -log p of every bin, which makes up for rarity when added to logits.

    Training with class weights w gives a distribution in proportion to w * p, so rebalancing can
    be added or taken back afterwards (logit adjustment: Menon et al., "Long-tail learning via
    logit adjustment", 2021).

    Args:
        prior: ``(313,)``, non-negative, of any scale.

    Returns:
        float32 ``(313,)``, nats. Bins below a share of 1e-5 count as of that share.
    """
    p = prior.double() / prior.double().sum()
    return -p.clamp(min=_RAREST).log().float()
