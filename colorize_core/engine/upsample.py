"""Upsampling from the network's stride to the photo's pixels, along the photo's own edges.

Two steps: joint bilateral upsampling to a size between (:mod:`colorize_core.engine.joint`), and
from there to the photo's size, in strips, ab as a local linear function of L.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from colorize_core.engine.joint import joint_upsample
from colorize_core.engine.resize import areas

_FACTOR = 4  # of the first step; the networks' stride, so that it ends at what they saw
_SHORT_SIDE = 512  # of what the first step makes, at most: its memory is not bounded by strips
_FLAT = 20.0  # variance of L below which ab hardly follows L


def upsampler(ab: Tensor, lightness: Tensor) -> Callable[[slice], Tensor]:
    """Make ready an upsampling guided by lightness that can give any rows of the result.

    Where all of ``ab`` is one colour, so is the result.

    Args:
        ab: ``(1, 2, h, w)``.
        lightness: the photo's L, finite, in 0..100, ``(H, W)``.

    Returns:
        A function from a slice of rows to their ab, ``(1, 2, rows, W)``.
    """
    height, width = lightness.shape
    lines = interpolate(lines_over_lightness(ab, lightness), width, torch.arange(width), dim=3)

    def upsampled(rows: slice) -> Tensor:
        strip = interpolate(lines, height, torch.arange(rows.start, rows.stop), dim=2)
        return strip[:, 2:].addcmul_(strip[:, :2], lightness[rows])

    return upsampled


def lines_over_lightness(ab: Tensor, lightness: Tensor) -> Tensor:
    """Take the first step: ab as linear functions of L, at a size between.

    Args:
        ab: ``(1, 2, h, w)``.
        lightness: the photo's L, finite, in 0..100, ``(H, W)``.

    Returns:
        The slopes of a and b and their offsets, ``(1, 4, H', W')``. Interpolated linearly to the
        photo's size, slope times L plus offset is the result.
    """
    slope, offset = _linear_in_lightness(ab, lightness[None, None])
    return torch.cat((slope, offset), 1)


def _linear_in_lightness(ab: Tensor, lightness: Tensor) -> tuple[Tensor, Tensor]:
    """Fit slope and offset of ab over L, each ``(1, 2, h, w)``, at a size between.

    As in the fast guided filter (He and Sun, 2015), but each line goes through its pixel's own
    colour, so that at the size between nothing is smoothed.
    """
    factor = max(1, min(_FACTOR, _SHORT_SIDE // min(ab.shape[2:])))
    guide = areas(lightness, (factor * ab.shape[2], factor * ab.shape[3]))
    if factor > 1:
        ab = joint_upsample(ab, guide, factor)
    mean, mean_ab = _mean(guide), _mean(ab)
    covariance = _mean(ab * guide) - mean_ab * mean
    variance = (_mean(guide * guide) - mean * mean).clamp_(min=0.0)
    slope = _without_overshoot(covariance / (variance + _FLAT), ab, guide)
    return _mean(slope), _mean(ab - slope * guide)


def _without_overshoot(slope: Tensor, ab: Tensor, guide: Tensor) -> Tensor:
    """Limit slopes: no L of the 3x3 pixels around leads beyond the ab of the 3x3 pixels."""
    above, below = _around(ab, torch.maximum) - ab, ab - _around(ab, torch.minimum)
    lighter = _around(guide, torch.maximum) - guide
    darker = guide - _around(guide, torch.minimum)
    rise = torch.minimum(above / (lighter + 1.0), below / (darker + 1.0))
    fall = torch.minimum(below / (lighter + 1.0), above / (darker + 1.0))
    return torch.minimum(torch.maximum(slope, -fall), rise)


def _mean(values: Tensor) -> Tensor:
    """Average the 3x3 pixels, borders repeated."""
    return _around(values, torch.add) / 9.0


def _around(values: Tensor, join: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Join the 3x3 pixels, borders repeated; ten times faster than torch's pooling."""
    height, width = values.shape[2:]
    padded = F.pad(values, (1, 1, 1, 1), mode="replicate")
    rows = join(join(padded[:, :, :height], padded[:, :, 1:-1]), padded[:, :, 2:])
    return join(join(rows[..., :width], rows[..., 1:-1]), rows[..., 2:])


def interpolate(values: Tensor, length: int, positions: Tensor, dim: int) -> Tensor:
    """Interpolate linearly along one dimension, pixel centres aligned, borders repeated.

    Args:
        values: of any shape.
        length: of the dimension when all of it is interpolated.
        positions: which of these to give, integers in 0..length - 1.
        dim: the dimension.
    """
    source = values.shape[dim]
    before, share = between(source, length, positions)
    after = (before + 1).clamp(max=source - 1)
    share = share.view(*(-1 if d == dim else 1 for d in range(values.ndim)))
    return torch.lerp(values.index_select(dim, before), values.index_select(dim, after), share)


def between(source: int, length: int, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Find where positions lie in the dimension to interpolate from.

    Args:
        source: length of the dimension that is interpolated.
        length: of the result.
        positions: in the result, integers in 0..length - 1.

    Returns:
        The index before each, int64, and how far it is from there to the next one, 0..1.
    """
    at = ((positions + 0.5) * (source / length) - 0.5).clamp(0, source - 1)
    before = at.floor().long()
    return before, at - before
