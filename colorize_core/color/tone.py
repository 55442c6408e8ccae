"""The tonal range of a photo: faded prints are shown to networks with their contrast put back.

A print that has faded, or a scan that was set too carefully, uses a part of the scale only.
Networks have learnt what grass looks like from photos that use all of it. So what they are shown is
stretched; the lightness of the picture that is written stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from torch import Tensor

Values = TypeVar("Values", Tensor, np.ndarray)

OUTLIERS = 0.5  # percent of the pixels at either end that may be dust, scratches and glare
_LEAST_RANGE = 30.0  # of L: fog and blank paper are not blown up beyond this
_FLAT = 6.0  # of L: a line whose middle 80 % vary less is border, not picture
_MOST_BORDER = 0.3  # of a side, that is taken for border
_INSET = 0.02  # of a side: how far from the border the picture is sure to begin


@dataclass(frozen=True, slots=True)
class TonalRange:
    """The values of L that become black and white.

    Attributes:
        low: the L that becomes 0.
        high: the L that becomes 100.
    """

    low: float = 0.0
    high: float = 100.0

    def stretch(self, lightness: Values) -> Values:
        """Spread this range over L in 0..100; what lies outside is clipped."""
        return ((lightness - self.low) * (100.0 / (self.high - self.low))).clip(0.0, 100.0)


FULL = TonalRange()


def tonal_range(lightness: np.ndarray) -> TonalRange:
    """Measure the range of L that a picture uses, but for half a percent at either end.

    Args:
        lightness: L in 0..100, ``(H, W)``.
    """
    low, high = np.percentile(lightness, (OUTLIERS, 100.0 - OUTLIERS))
    lacking = max(0.0, _LEAST_RANGE - (high - low)) / 2
    low, high = float(low - lacking), float(high + lacking)
    moved = max(0.0, -low) - max(0.0, high - 100.0)  # never below black or above white
    return TonalRange(low + moved, high + moved)


def within_border(lightness: np.ndarray) -> np.ndarray:
    """Find the picture in a scan: without a white border, rebate or card around it.

    Lines from the edges on that hold next to nothing are left out, up to 30 % of a side, and a
    little more, because borders are rarely straight. A plain sky at the edge goes with them, which
    does no harm to a range.

    Args:
        lightness: L in 0..100, ``(H, W)``.

    Returns:
        A view of at least 36 % by 36 % of it.
    """
    rows = _extent(lightness)
    columns = _extent(lightness[rows].T)
    return lightness[rows, columns]


def _extent(lines: np.ndarray) -> slice:
    """Tell which of the lines, the rows of an array, are picture."""
    count = len(lines)
    darkest, lightest = np.percentile(lines, (10, 90), axis=1)
    most = int(count * _MOST_BORDER)
    flat = lightest - darkest < _FLAT
    first = _leading(flat[:most])
    last = count - _leading(flat[::-1][:most])
    inset = round(count * _INSET)
    return slice(first + inset, max(first + inset + 1, last - inset))


def _leading(flags: np.ndarray) -> int:
    """Count how many flags are set before the first that is not."""
    return len(flags) if flags.all() else int(flags.argmin())
