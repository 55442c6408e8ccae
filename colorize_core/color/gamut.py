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

from colorize_core.color.lab import linear_of_lab, rgb_to_lab

BIN_COUNT = 313
BIN_STEP = 10
_GRID_LIMIT = 120
_TOLERANCE = 1e-4  # linear light: far below half an 8-bit step


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
    inside = _inside_hull(grid.reshape(-1, 2), projection).reshape(grid.shape[:2])
    padded = np.pad(inside, 1)
    rows, columns = len(inside), len(inside[0])
    grown = np.zeros_like(inside)
    for row in range(3):
        for column in range(3):
            grown |= padded[row : row + rows, column : column + columns]
    return grid[grown].astype(np.float32)


def ab_bins() -> Tensor:
    """The centres of the 313 bins: float32 ``(313, 2)``, ordered by a, then b.

    a runs over -90..100, b over -110..100, in steps of 10.
    """
    return torch.from_numpy(_bins().copy())


def in_gamut_ab(lab: Tensor, tolerance: float = _TOLERANCE) -> Tensor:
    """Which colours sRGB can show: Lab ``(*, 3, H, W)`` to bool ``(*, 1, H, W)``."""
    linear = linear_of_lab(lab)
    return ((linear >= -tolerance) & (linear <= 1.0 + tolerance)).all(-3, keepdim=True)


def fit_gamut(lab: Tensor, steps: int = 12) -> Tensor:
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
    outside = ~in_gamut_ab(lab).squeeze(-3)
    if not bool(outside.any()):
        return lab
    by_color = lab.movedim(-3, -1)
    colors = by_color[outside].T.unsqueeze(-1)  # (3, M, 1)
    lightness, ab = colors[:1], colors[1:]
    low = torch.zeros_like(lightness)
    high = torch.ones_like(lightness)
    for _ in range(steps):
        middle = (low + high) / 2
        fits = in_gamut_ab(torch.cat((lightness, ab * middle)))
        low = torch.where(fits, middle, low)
        high = torch.where(fits, high, middle)
    fitted = by_color.clone()
    fitted[outside] = torch.cat((lightness, ab * low)).squeeze(-1).T
    return fitted.movedim(-1, -3)


def _inside_hull(points: np.ndarray, cloud: np.ndarray) -> np.ndarray:
    hull = _convex_hull(cloud)
    following = np.roll(hull, -1, axis=0)
    edge = following - hull
    offset = points[:, None] - hull[None]
    cross = edge[None, :, 0] * offset[..., 1] - edge[None, :, 1] * offset[..., 0]
    return (cross >= 0).all(1)


def _convex_hull(cloud: np.ndarray) -> np.ndarray:
    """The hull of a planar cloud, counter-clockwise."""
    from scipy.spatial import ConvexHull

    return cloud[ConvexHull(cloud).vertices]
