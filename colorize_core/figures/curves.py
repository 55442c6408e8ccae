"""Learning curves: a panel for each figure that a run wrote down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw

from colorize_core.figures.canvas import FAINT, INK, MARGIN, PAPER, text

_WIDTH, _HEIGHT = 520, 240
_LEFT, _TOP, _RIGHT, _BOTTOM = 70, 34, 16, 30
_COLUMNS = 2
_LINE = (196, 62, 28)
_SMOOTH_FROM = 40  # points; fewer are drawn as they are


def curves_figure(curves: Mapping[str, Sequence[tuple[int, float]]]) -> Image.Image:
    """Draw panels of curves.

    Args:
        curves: name -> steps and values in order. Of long ones a running mean is drawn over the
            values; values that are not finite are left out.

    Raises:
        ValueError: there are no curves.
    """
    if not curves:
        raise ValueError("there are no learning curves to draw")
    rows = -(-len(curves) // _COLUMNS)
    columns = min(_COLUMNS, len(curves))
    sheet = Image.new("RGB", (columns * _WIDTH + MARGIN, rows * _HEIGHT + MARGIN), PAPER)
    for number, (name, points) in enumerate(curves.items()):
        at = (number % _COLUMNS * _WIDTH, number // _COLUMNS * _HEIGHT)
        sheet.paste(_panel(name, points), at)
    return sheet


def running_mean(values: np.ndarray, reach: int) -> np.ndarray:
    """Average each value with its neighbours, so many on either side.

    Near the ends there are fewer, and as many on one side as on the other, so that a straight
    line stays where it is.
    """
    sums = np.concatenate(([0.0], np.cumsum(values)))
    place = np.arange(len(values))
    reaches = np.minimum(reach, np.minimum(place, place[::-1]))
    return (sums[place + reaches + 1] - sums[place - reaches]) / (2 * reaches + 1)


def _panel(name: str, points: Sequence[tuple[int, float]]) -> Image.Image:
    panel = Image.new("RGB", (_WIDTH, _HEIGHT), PAPER)
    draw = ImageDraw.Draw(panel)
    text(panel, (_LEFT, _TOP - 8), name, "ld")
    box = (_LEFT, _TOP, _WIDTH - _RIGHT, _HEIGHT - _BOTTOM)
    draw.rectangle(box, outline=FAINT)
    finite = np.array([point for point in points if np.isfinite(point[1])], dtype=float)
    if not len(finite):
        text(panel, (_LEFT + 8, _TOP + 8), "no finite values")
        return panel
    steps, values = finite.T
    across = box[0] + 1 + _share(steps, steps) * (box[2] - box[0] - 2)
    lines = [(values, _LINE)]
    if len(values) >= _SMOOTH_FROM:
        lines = [(values, FAINT), (running_mean(values, len(values) // 40), _LINE)]
    for line, color in lines:
        _line(draw, across, box[3] - 1 - _share(line, values) * (box[3] - box[1] - 2), color)
    _ticks(panel, box, steps, values)
    return panel


def _share(values: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Place values between the least and the most of others: 0..1; the middle if all alike."""
    spread = of.max() - of.min()
    return (values - of.min()) / spread if spread else np.full(len(values), 0.5)


def _line(
    draw: ImageDraw.ImageDraw, across: np.ndarray, down: np.ndarray, color: tuple[int, int, int]
) -> None:
    points = list(zip(across.tolist(), down.tolist(), strict=True))
    if len(points) == 1:
        (x, y) = points[0]
        draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=color)
    else:
        draw.line(points, fill=color, width=2)


def _ticks(panel: Image.Image, box: tuple[int, ...], steps: np.ndarray, values: np.ndarray) -> None:
    text(panel, (box[0] - 6, box[1]), f"{values.max():.4g}", "rm", 11)
    text(panel, (box[0] - 6, box[3]), f"{values.min():.4g}", "rm", 11)
    text(panel, (box[0], box[3] + 6), f"step {steps.min():.0f}", "la", 11)
    text(panel, (box[2], box[3] + 6), f"{steps.max():.0f}", "ra", 11)
    ImageDraw.Draw(panel).line((box[0], box[3], box[2], box[3]), fill=INK)
