"""White balance of colours that were made up: a photograph's light may have been any."""

from __future__ import annotations

import torch
from torch import Tensor

_WARM = (4.0, 16.0)  # a and b that a warmth of 1 adds: orange, as of a lamp


def warmed(ab: Tensor, warmth: float) -> Tensor:
    """Move ab ``(N, 2, H, W)`` towards orange, or towards blue where the warmth is below 0.

    Args:
        ab: of CIELAB.
        warmth: -1..1; 0 changes nothing.
    """
    if warmth == 0.0:
        return ab
    return ab + warmth * torch.tensor(_WARM, dtype=ab.dtype, device=ab.device).reshape(1, 2, 1, 1)
