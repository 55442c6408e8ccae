"""The 313 quantized ab colours, and what of Lab sRGB can show.

The paper (section 2.1) keeps the points of a grid of step 10 that are in gamut. Which those are
is derived here, not read from a file: grid points inside the convex hull of the sRGB cube's ab
projection, grown by one step in all eight directions.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from colorize_core.color.lab import linear_channels, rgb_to_lab

BIN_COUNT = 313
BIN_STEP = 10
_GRID_LIMIT = 120
_DIRECTIONS = 720
TOLERANCE = 1e-4  # linear light: far below half an 8-bit step
STEPS = 12  # of the search for the chroma that fits


@lru_cache(maxsize=1)
def _bins() -> np.ndarray:
    # The projection's hull is spanned by the cube's surface; its edges, finely cut, suffice.
    ramp = np.linspace(0.0, 1.0, 256)
    fixed = np.array(np.meshgrid([0.0, 1.0], [0.0, 1.0])).reshape(2, -1).T
    edges = [
        np.insert(np.broadcast_to(pair, (256, 2)), axis, ramp, axis=1)
        for axis in range(3)
        for pair in fixed
    ]
    projection = rgb_to_lab(np.concatenate(edges))[:, 1:]
    steps = np.arange(-_GRID_LIMIT, _GRID_LIMIT + 1, BIN_STEP)
    grid = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1)
    inside = _in_hull(grid.reshape(-1, 2), projection).reshape(grid.shape[:2])
    padded = np.pad(inside, 1)
    rows, columns = len(inside), len(inside[0])
    grown = np.zeros_like(inside)
    for row in range(3):
        for column in range(3):
            grown |= padded[row : row + rows, column : column + columns]
    return grid[grown].astype(np.float32)


def ab_bins() -> Tensor:
    """List the centres of the 313 bins: float32 ``(313, 2)``, ordered by a, then b.

    a runs over -90..100, b over -110..100, in steps of 10.
    """
    return torch.from_numpy(_bins().copy())


def in_gamut_ab(lab: Tensor, tolerance: float = TOLERANCE) -> Tensor:
    """Tell which colours sRGB can show: Lab ``(*, 3, H, W)`` to bool ``(*, 1, H, W)``."""
    return (_room(*lab.unbind(-3)) >= -tolerance).unsqueeze(-3)


def fit_gamut(lab: Tensor, steps: int = STEPS) -> Tensor:
    """Bring colours into sRGB by reducing chroma, at constant lightness and hue.

    Clipping RGB instead would change the lightness, which is the photograph. Colours that are
    in gamut are returned as they are; of the others, the largest share of the chroma that fits
    is found by bisection to within ``2**-steps``.

    Args:
        lab: ``(*, 3, H, W)``, L in 0..100.
        steps: halvings of the search interval.

    Returns:
        Lab of the same shape, in gamut.
    """
    outside = (_room(*lab.unbind(-3)) < -TOLERANCE).flatten().nonzero().squeeze(1)
    if not len(outside):
        return lab
    whole = lab.unbind(-3)
    lightness, a, b = (channel.flatten()[outside] for channel in whole)
    low = torch.zeros_like(lightness)
    high = torch.ones_like(lightness)
    for _ in range(steps):
        middle = (low + high) / 2
        fits = _room(lightness, a * middle, b * middle) >= -TOLERANCE
        low = torch.where(fits, middle, low)
        high = torch.where(fits, high, middle)
    fitted = (
        channel.flatten().index_copy(0, outside, part * low).view_as(channel)
        for channel, part in zip(whole[1:], (a, b), strict=True)
    )
    return torch.stack((whole[0], *fitted), -3)


def _room(lightness: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Measure how far within 0..1 a colour's linear channels are; negative outside sRGB."""
    red, green, blue = linear_channels(lightness, a, b)
    lowest = torch.minimum(torch.minimum(red, green), blue)
    highest = torch.maximum(torch.maximum(red, green), blue)
    return torch.minimum(lowest, 1.0 - highest)


def _in_hull(points: np.ndarray, cloud: np.ndarray) -> np.ndarray:
    """Tell which points, ``(N, 2)``, are in a cloud's convex hull: never beyond all of it.

    At so many directions the hull is at most 0.001 too large for ab.
    """
    angles = np.arange(_DIRECTIONS) * (2 * np.pi / _DIRECTIONS)
    directions = np.stack((np.cos(angles), np.sin(angles)))
    return (points @ directions <= (cloud @ directions).max(0)).all(1)
