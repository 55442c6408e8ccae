"""Strokes of a brush, and the hints they stand for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from colorize_core.engine import Hint

_MOST_DABS = 4000  # of all strokes together
_NEEDS = "a stroke needs a color, a radius and points"


def hints_of_strokes(strokes: Sequence[dict[str, Any]]) -> tuple[Hint, ...]:
    """Turn strokes into hints, dab by dab, as the command line takes them.

    Args:
        strokes: each with ``color``, ``radius`` and ``points``, in pixels of the photo.

    Raises:
        ValueError: a stroke makes no sense, or there are too many.
    """
    hints: list[Hint] = []
    for stroke in strokes:
        radius, points = line_of(stroke)
        color = stroke.get("color")
        if color is None:
            raise ValueError(_NEEDS)
        for x, y in _along(points, max(1.0, radius)):
            hints.append(Hint(x, y, color, radius))
            if len(hints) > _MOST_DABS:
                raise ValueError("that is too much paint; clear some, or use a larger brush")
    return tuple(hints)


def strokes_of_hints(hints: Iterable[Hint], size: tuple[int, int]) -> list[dict[str, Any]]:
    """Turn hints into strokes; dabs in a row become one stroke.

    Args:
        hints: in pixels of the photo.
        size: height and width of the photo.
    """
    strokes: list[dict[str, Any]] = []
    for hint in hints:
        radius = 0.01 * min(size) if hint.radius is None else hint.radius
        point = [hint.x, hint.y]
        brush = {"color": hint.color, "radius": radius}
        points = strokes[-1]["points"] if strokes and brush.items() <= strokes[-1].items() else []
        if points and math.dist(points[-1], point) <= max(1.0, radius):
            points.append(point)
        else:
            strokes.append({**brush, "points": [point]})
    return strokes


def line_of(stroke: dict[str, Any]) -> tuple[float, list[tuple[float, float]]]:
    """Read radius and points of a stroke.

    Raises:
        ValueError: it makes no sense.
    """
    try:
        radius = float(stroke["radius"])
        points = [(float(x), float(y)) for x, y in stroke["points"]]
        if not all(map(math.isfinite, [radius, *(value for point in points for value in point)])):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise ValueError(_NEEDS) from None
    return radius, points


def _along(points: Sequence[tuple[float, float]], step: float) -> Iterator[tuple[float, float]]:
    """Yield points of a line, no further apart than a step; a line may be endless."""
    yield from points[:1]
    for (x0, y0), (x1, y1) in pairwise(points):
        count = max(1, math.ceil(math.hypot(x1 - x0, y1 - y0) / step))
        for part in range(1, count + 1):
            yield x0 + (x1 - x0) * part / count, y0 + (y1 - y0) * part / count
