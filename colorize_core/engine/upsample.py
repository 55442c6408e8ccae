"""From the network's stride to the photo's pixels."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

_STRIP_PIXELS = 1 << 18


def upsample_strips(ab: Tensor, size: tuple[int, int]) -> Iterator[tuple[slice, Tensor]]:
    """Bilinear upsampling in strips of rows; the strips put together are the whole.

    Args:
        ab: ``(1, 2, h, w)``.
        size: height and width of the whole result.

    Yields:
        The rows of the result, and ``(1, 2, rows, W)``.
    """
    height, width = size
    wide = _interpolate(ab, width, torch.arange(width), dim=3)
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        yield slice(top, bottom), _interpolate(wide, height, torch.arange(top, bottom), dim=2)


def _interpolate(values: Tensor, length: int, positions: Tensor, dim: int) -> Tensor:
    """Linear interpolation along one dimension, pixel centres aligned, borders repeated."""
    source = values.shape[dim]
    at = ((positions + 0.5) * (source / length) - 0.5).clamp(0, source - 1)
    before = at.floor().long()
    after = (before + 1).clamp(max=source - 1)
    share = (at - before).view(*(-1 if d == dim else 1 for d in range(values.ndim)))
    return torch.lerp(values.index_select(dim, before), values.index_select(dim, after), share)
