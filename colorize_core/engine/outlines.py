"""Outlines of photographs on a scan: straight sides, how far they lie askew, and torn ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

_STRAIGHT = 1.6  # pixels: how far the side of a photograph strays from a line
_ON_LINE = 0.45  # of a side, that keeps to the line: the rest may be of the border's tone
_SLOPES = np.linspace(-0.1, 0.1, 41)  # photographs lie askew by up to six degrees
_UPRIGHT = 0.008  # slope: less is half a degree, or two pixels from end to end
_ALIKE = 0.016  # by how much the slopes of one photograph's sides differ
_BLENDED = 0.5  # pixels, in which a photograph and its border are mixed
_TORN = 0.78  # of its rectangle, that a print with torn sides covers
_CORNER, _OF_CORNER = 5, 0.45  # a fifth of each side; of it, what such a print covers: no oval does
_DEEPEST = 0.15  # of a side, that a tear goes into a print
_OUTERMOST = 3  # percent of a side, that may lie outside of it: flecks of dust


Box: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Lean:
    """The sides of a photograph that lies askew, within the upright rectangle around it.

    Attributes:
        slope: pixels down for each pixel to the right, along its upper and its lower side.
        top, bottom: where these begin, on the rectangle's left, in pixels below its top.
        left, right: where the others begin, on its top, in pixels from its left.
    """

    slope: float
    top: float
    bottom: float
    left: float
    right: float

    def scaled(self, scale: float) -> Lean:
        """Give the same in a picture of so many times the size."""
        sides = (self.top, self.bottom, self.left, self.right)
        return Lean(self.slope, *(scale * side for side in sides))

    def beside(self, height: int, width: int) -> np.ndarray:
        """Mark what lies beside the photograph in the rectangle, bool ``(height, width)``."""
        down, across = np.arange(height)[:, None] + 0.5, np.arange(width) + 0.5
        along, upright = self.slope * across, -self.slope * down
        result = (down < self.top + along) | (down > self.bottom + along)
        result |= (across < self.left + upright) | (across > self.right + upright)
        return result

    def straightened(self, values: np.ndarray) -> np.ndarray:
        """Turn the photograph upright.

        Args:
            values: of the rectangle, ``(H, W)``.

        Returns:
            Those of the photograph, by its own sides.
        """
        from scipy import ndimage  # which most photos need not wait for

        length = np.hypot(1.0, self.slope)
        height = max(1, int((self.bottom - self.top) / length))
        width = max(1, int((self.right - self.left) / length))
        across, down = self._places(np.arange(width) + 0.5, np.arange(height)[:, None] + 0.5)
        return ndimage.map_coordinates(values, (down - 0.5, across - 0.5), order=1, mode="nearest")

    def part(self, top: int, left: int, bottom: int, right: int) -> tuple[Box, Lean]:
        """Find a part of the straightened photograph again.

        Args:
            top, left, bottom, right: of the part, the last two exclusive.

        Returns:
            The upright rectangle around it, in the same order, within that of the photograph, and
            its sides in that.
        """
        across, down = self._places(
            np.array([left, right, left, right]), np.array([top, top, bottom, bottom])
        )
        begin = int(max(0.0, down.min())), int(max(0.0, across.min()))
        around = (*begin, int(np.ceil(down.max())), int(np.ceil(across.max())))
        down, across = down - begin[0], across - begin[1]
        along, upright = down - self.slope * across, across + self.slope * down
        return around, Lean(self.slope, along[0], along[3], upright[0], upright[3])

    def _places(self, along: np.ndarray, beside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give places across and down in the rectangle, of ones in the straightened photograph."""
        length = np.hypot(1.0, self.slope)
        first = (self.left - self.slope * self.top) / length**2
        across = first + (along - self.slope * beside) / length
        return across, self.top + self.slope * first + (self.slope * along + beside) / length


@dataclass(frozen=True, slots=True, eq=False)
class Torn:
    """The sides of a print that are torn, within the rectangle around it.

    Attributes:
        border: what lies beside the print, bool ``(H, W)``, of any size.
    """

    border: np.ndarray

    def scaled(self, scale: float) -> Torn:
        """Give the same in a picture of so many times the size."""
        return self

    def beside(self, height: int, width: int) -> np.ndarray:
        """Mark what lies beside the print in the rectangle, bool ``(height, width)``."""
        rows = np.arange(height) * self.border.shape[0] // height
        columns = np.arange(width) * self.border.shape[1] // width
        return self.border[rows[:, None], columns]


Outline: TypeAlias = Lean | Torn


def torn_of(inside: np.ndarray) -> Torn | None:
    """Find what lies beside a print with torn sides; None if it is no such print.

    It is a rectangle by its corners, whatever its sides are like. Farther from them than a tear
    goes, what has the tone of the border is of the print.

    Args:
        inside: the pixels of the rectangle around it that are no border, bool ``(H, W)``.
    """
    height, width = (side // _CORNER + 1 for side in inside.shape)
    corners = (
        inside[rows, columns].mean()
        for rows in (slice(height), slice(-height, None))
        for columns in (slice(width), slice(-width, None))
    )
    if inside.mean() < _TORN or min(corners) < _OF_CORNER:
        return None
    border = ~inside
    down, across = (round(_DEEPEST * side) for side in inside.shape)
    border[down : inside.shape[0] - down, across : inside.shape[1] - across] = False
    return Torn(border)


def straightness(inside: np.ndarray) -> tuple[float, float]:
    """Measure how much of a shape's upper side keeps to one line along its outermost points.

    Args:
        inside: the pixels of the shape, bool ``(H, W)``.

    Returns:
        The share, 0 to 1, and the slope of the line.
    """
    depth = inside.argmax(axis=0)[inside.any(axis=0)]
    trim = round(len(depth) * 0.04)
    depth = depth[trim : len(depth) - trim].astype(float)
    if len(depth) < 8:
        return 0.0, 0.0
    places = np.arange(len(depth))
    best = 0.0, 0.0
    for slope in _SLOPES:
        level = depth - slope * places
        outermost = np.percentile(level, _OUTERMOST)
        best = max(best, (float(np.mean(abs(level - outermost) <= _STRAIGHT)), float(slope)))
    return best[0] * len(depth) / max(1, inside.shape[1] - 2 * trim), best[1]


def is_straight(inside: np.ndarray) -> bool:
    """Tell whether a shape's upper side is that of a photograph."""
    return straightness(inside)[0] >= _ON_LINE


def lean_of(inside: np.ndarray) -> Lean | None:
    """Find how a photograph lies in the rectangle around it; None where it is upright, or unsure.

    Args:
        inside: the pixels of the rectangle that are no border, bool ``(H, W)``.
    """
    # Each side as the upper one, and the sign of its slope in the rectangle.
    views = [(inside, 1), (inside[::-1], -1), (inside.T, -1), (inside[:, ::-1].T, 1)]
    seen = [(sign * slope, share) for view, sign in views for share, slope in [straightness(view)]]
    slopes = [slope for slope, share in seen if share >= _ON_LINE]
    if len(slopes) < 3:
        return None
    slope = float(np.median(slopes))
    alike = sum(abs(one - slope) <= _ALIKE for one in slopes)
    if abs(slope) < _UPRIGHT or alike < 3:
        return None
    height, width = inside.shape
    top, bottom, left, right = (_begin(view, sign * slope) for view, sign in views)
    return Lean(slope, top, height - bottom, left, width - right)


def _begin(view: np.ndarray, slope: float) -> float:
    """Give the depth at which a shape's upper side begins, on the left, if it has a slope."""
    there = np.flatnonzero(view.any(axis=0))
    level = view.argmax(axis=0)[there] - slope * there
    outermost = np.percentile(level, _OUTERMOST)
    return float(level[abs(level - outermost) <= _STRAIGHT].mean()) + _BLENDED
