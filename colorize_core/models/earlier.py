"""Weights of earlier versions, as the networks of today take them."""

from __future__ import annotations

import torch
from torch import Tensor

from colorize_core.models.references import BELIEF

# What weights of ``lite`` from before there were references lack, and what it starts as: a copy of
# what hints are compared by, which has learnt what shares a colour, and trust that is everywhere
# the same.
_COPIED = {
    "references.look.weight": "propagation.look.weight",
    "references.look.bias": "propagation.look.bias",
}
_BELIEF_WEIGHT, _BELIEF_BIAS = "references.belief.weight", "references.belief.bias"
# Told the decoder of the mean of all hints. One hint then changed the whole photo: a blue one on a
# sleeve made faces violet, and a true one helped less than without.
_MEAN_HINT = "scene_hint.weight"
_CALM = "calm"  # there was none: soft photos were colored like sharp ones


def up_to_date(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Add what weights of ``lite`` from earlier versions lack, and leave out what is gone.

    Weights that have any of what may be lacking, and those of other networks, stay as they are:
    what else they may lack is told when they are loaded.

    Args:
        weights: a network's, by name.
    """
    if not set(_COPIED.values()) <= weights.keys():
        return weights
    kept = {name: tensor for name, tensor in weights.items() if name != _MEAN_HINT}
    if (bias := weights.get("head.bias")) is not None:
        kept = {_CALM: torch.zeros_like(bias)} | kept
    if any(name in weights for name in (*_COPIED, _BELIEF_WEIGHT, _BELIEF_BIAS)):
        return kept
    copies = {name: weights[source].clone() for name, source in _COPIED.items()}
    channels = copies["references.look.weight"].shape[1]
    belief = {
        _BELIEF_WEIGHT: torch.zeros(1, channels, 1, 1),
        _BELIEF_BIAS: torch.tensor([BELIEF]),
    }
    return kept | copies | belief
