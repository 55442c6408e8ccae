"""Numbers of the 313 bins, drawn where the bins lie on the ab plane."""

from __future__ import annotations

import math

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from colorize_core.color.gamut import BIN_STEP, ab_bins, fit_gamut
from colorize_core.color.lab import lab_to_rgb
from colorize_core.figures.canvas import FAINT, INK, PAPER, beside, shades, text, with_bar

CELL = 18  # pixels a bin
_LIMIT = 120  # of a and b
_SHOWN_LIGHTNESS = 65.0
_DECADES = 6  # most that the scale spans; what is rarer is drawn as the rarest


def cell_of(a: float, b: float) -> tuple[int, int, int, int]:
    """Find the box of a bin in the plane's picture: left, top, right, bottom, all inclusive."""
    left = round((a + _LIMIT) / BIN_STEP) * CELL
    top = round((_LIMIT - b) / BIN_STEP) * CELL
    return left, top, left + CELL - 2, top + CELL - 2


def plane_figure(values: Tensor, title: str, label: str) -> Image.Image:
    """Draw positive numbers of the bins on a logarithmic scale, beside the bins' own colours.

    Args:
        values: ``(313,)``, non-negative. Bins at zero stay grey.
        title: of the figure.
        label: what the numbers are.

    Raises:
        ValueError: all values are zero.
    """
    numbers = values.double().cpu().numpy()
    if not (numbers > 0).any():
        raise ValueError(f"{title}: all values are zero")
    high = math.log10(numbers.max())
    low = max(math.log10(numbers[numbers > 0].min()), high - _DECADES)
    share = (np.log10(np.maximum(numbers, 10.0**low)) - low) / max(1e-9, high - low)
    colors = shades(share)
    colors[numbers == 0] = FAINT
    pair = beside(
        [_drawn(colors), _drawn(bin_colors())],
        [label, f"the bins' own colours at L = {_SHOWN_LIGHTNESS:.0f}, as far as sRGB goes"],
    )
    return with_bar(pair, label, _marks(low, high), title)


def bin_colors() -> np.ndarray:
    """Compute the bins' own colours at L = 65, as far as sRGB goes: uint8 ``(313, 3)``."""
    bins = ab_bins()
    lab = torch.cat((torch.full((len(bins), 1), _SHOWN_LIGHTNESS), bins), 1)
    rgb = lab_to_rgb(fit_gamut(lab.T[None, :, :, None]))[0, :, :, 0].T
    return (rgb * 255).round().byte().numpy()


def _drawn(colors: np.ndarray) -> Image.Image:
    side = (2 * _LIMIT // BIN_STEP + 1) * CELL
    picture = Image.new("RGB", (side, side), PAPER)
    draw = ImageDraw.Draw(picture)
    for (a, b), color in zip(ab_bins().tolist(), colors.tolist(), strict=True):
        draw.rectangle(cell_of(a, b), fill=tuple(color))
    for value in (-100, -50, 50, 100):
        across, down = cell_of(value, 0)[0] + CELL / 2, cell_of(0, value)[1] + CELL / 2
        text(picture, (across, side - 2), f"{value}", "md", 11)
        text(picture, (2, down), f"{value}", "lm", 11)
    text(picture, (side - 4, side - 2), "a", "rd")
    text(picture, (4, 2), "b", "la")
    draw.rectangle(cell_of(0, 0), outline=INK)
    return picture


def _marks(low: float, high: float) -> list[tuple[float, str]]:
    """Choose the two ends and the powers of ten between them that have room."""
    spread = max(1e-9, high - low)
    inner = [
        ((power - low) / spread, f"{10.0**power:g}")
        for power in range(math.ceil(low), math.floor(high) + 1)
    ]
    ends = [(0.0, f"{10.0**low:.2g}"), (1.0, f"{10.0**high:.2g}")]
    return ends + [(share, words) for share, words in inner if 0.05 < share < 0.95]
