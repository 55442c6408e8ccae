"""A second, closer look at a photo, for its details alone.

A network that sees a photo at twice the size sees small things, but less of the scene: it may
take a lawn for a wall. So the colours of the scene are those of the usual look, and the closer one
says how they differ from place to place: the frequencies of one picture below a limit, and of the
other above it (Burt and Adelson, "The Laplacian Pyramid as a Compact Image Code", 1983).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

CLOSER = 2  # times the size at which the photo is usually seen
_CELLS = 4  # of the usual look, side of what counts as the scene's colours


def with_details(ab: Tensor, closer: Tensor) -> Tensor:
    """Join the colours of one look with the details of a closer one.

    Args:
        ab: of the usual look, ``(1, 2, h, w)``.
        closer: of the closer look, ``(1, 2, H, W)``, larger.

    Returns:
        ab, ``(1, 2, H, W)``. Its means over areas of 4 x 4 cells of the usual look are those of
        ``ab``, as near as the sides can be divided.
    """
    usual = F.interpolate(ab, closer.shape[2:], mode="bilinear", align_corners=False)
    difference = usual - closer
    # Taken twice: what the first leaves of the difference, because interpolating changes means.
    correction = _scene(difference, ab)
    return closer + correction + _scene(difference - correction, ab)


def _scene(values: Tensor, ab: Tensor) -> Tensor:
    """Take the low frequencies of values, as far as areas of cells of ``ab`` can hold them."""
    down, across = (max(1, round(side / _CELLS)) for side in ab.shape[2:])
    means = F.adaptive_avg_pool2d(values, (down, across))
    return F.interpolate(means, values.shape[2:], mode="bilinear", align_corners=False)
