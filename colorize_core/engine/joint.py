"""Joint bilateral upsampling of ab by a lightness, kept consistent by back-projection."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

_TOLERANCE = 10.0  # difference in L at which a cell counts two thirds
_BACK_PROJECTIONS = 3


def joint_upsample(ab: Tensor, lightness: Tensor, factor: int) -> Tensor:
    """Upsample ab so that its colours change where the lightness does.

    Each pixel is a mean of the 3x3 cells around it, weighted by how near they are and by how
    much their lightness is like the pixel's own (Kopf, Cohen, Lischinski, Uyttendaele, "Joint
    Bilateral Upsampling", 2007). What the cells' means then lack is upsampled likewise and added
    (Irani and Peleg, "Improving Resolution by Image Registration", 1991), no further than to
    the lowest and highest of the 3x3 cells: edges become steep but never overshoot.

    Args:
        ab: ``(1, 2, h, w)``.
        lightness: L in 0..100, ``(1, 1, factor * h, factor * w)``.
        factor: pixels a cell, along each side.

    Returns:
        ``(1, 2, factor * h, factor * w)``.
    """
    # (1, factor ** 2, h, w): where in its cell a pixel lies comes first, so that a neighbouring
    # cell is one shift of the whole grid.
    pixels = F.pixel_unshuffle(lightness, factor)
    spread = _spreading(pixels, factor)
    cells = ab[0, :, None]
    lowest, highest = -F.max_pool2d(-cells, 3, 1, 1), F.max_pool2d(cells, 3, 1, 1)
    result = spread(cells)
    for _ in range(_BACK_PROJECTIONS):
        result = result + spread(cells - result.mean(1, keepdim=True))
        result = torch.minimum(torch.maximum(result, lowest), highest)
    return F.pixel_shuffle(result, factor).transpose(0, 1)


def _spreading(pixels: Tensor, factor: int) -> Callable[[Tensor], Tensor]:
    """Make a function to spread cells, ``(n, 1, h, w)``, over ``(n, factor ** 2, h, w)`` pixels."""
    height, width = pixels.shape[2:]
    windows = [
        (slice(top, top + height), slice(left, left + width))
        for top in range(3)
        for left in range(3)
    ]
    around = F.pad(pixels.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    nearness = _nearness(factor)
    weights = pixels.new_empty(9, *pixels.shape[1:])
    for weight, near, (rows, columns) in zip(weights, nearness, windows, strict=True):
        unlike = (pixels[0] - around[0, :, rows, columns]).square_()
        torch.div(near, unlike.add_(2.0 * _TOLERANCE**2), out=weight)
    weights /= weights.sum(0)

    def spread(cells: Tensor) -> Tensor:
        padded = F.pad(cells, (1, 1, 1, 1), mode="replicate")
        result = cells.new_zeros(len(cells), *pixels.shape[1:])
        for weight, (rows, columns) in zip(weights, windows, strict=True):
            result.addcmul_(weight, padded[:, :, rows, columns])
        return result

    return spread


def _nearness(factor: int) -> Tensor:
    """Weigh the 3x3 cells for each pixel of a cell, ``(9, factor ** 2, 1, 1)``.

    Quadratic B-splines: they reach zero where the 3x3 cells change for the next, so that no
    borders of cells are seen.
    """
    at = (torch.arange(factor) + 0.5) / factor - 0.5
    along = torch.stack((0.5 * (0.5 - at) ** 2, 0.75 - at**2, 0.5 * (0.5 + at) ** 2))
    return (along[:, None, :, None] * along[None, :, None, :]).reshape(9, factor**2, 1, 1)
