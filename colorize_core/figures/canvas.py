"""Elements of all figures: text, a scale of colours, a colour bar, a frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from colorize_core.color.gamut import fit_gamut
from colorize_core.color.lab import lab_to_rgb

INK = (40, 40, 40)
FAINT = (205, 205, 205)
PAPER = (255, 255, 255)
MARGIN = 16
TEXT = 14
_BAR_WIDTH = 18
_BAR_SPACE = 90


def text(
    image: Image.Image, at: tuple[float, float], words: str, anchor: str = "la", size: int = TEXT
) -> None:
    """Write words; ``anchor`` is Pillow's: l, m, r across and a, m, d down."""
    font = ImageFont.load_default(size)
    ImageDraw.Draw(image).text(at, words, INK, font, anchor=anchor)


def shades(values: np.ndarray) -> np.ndarray:
    """Show numbers as colours, from dark blue over red to light yellow.

    Lightness rises evenly, so that the order is plain in print and to the colour-blind.

    Args:
        values: of any shape, in 0..1; others are clipped.

    Returns:
        sRGB, uint8 ``(*values.shape, 3)``.
    """
    return _scale()[(np.clip(values, 0.0, 1.0) * 255).round().astype(int)]


@lru_cache(maxsize=1)
def _scale() -> np.ndarray:
    along = torch.linspace(0, 1, 256)
    hue = math.radians(-75) + along * math.radians(175)
    lightness = 12 + 80 * along
    lab = torch.stack((lightness, 60 * torch.cos(hue), 60 * torch.sin(hue)))[None, :, None]
    rgb = lab_to_rgb(fit_gamut(lab))[0, :, 0].T
    return (rgb * 255).round().byte().numpy()


def with_bar(
    image: Image.Image, label: str, marks: Sequence[tuple[float, str]], title: str
) -> Image.Image:
    """Frame a figure: its title above, and the scale of :func:`shades` at its right.

    Args:
        image: the figure.
        label: what the scale shows, and its unit.
        marks: heights along the bar, 0..1 from the bottom, and what stands there.
        title: of the figure.
    """
    top = MARGIN + 3 * TEXT
    framed = Image.new("RGB", (image.width + _BAR_SPACE + 3 * MARGIN, image.height + top + MARGIN))
    framed.paste(PAPER, (0, 0, *framed.size))
    framed.paste(image, (MARGIN, top))
    left, height = image.width + 2 * MARGIN, image.height
    bar = shades(np.linspace(1, 0, height))[:, None].repeat(_BAR_WIDTH, 1)
    framed.paste(Image.fromarray(bar), (left, top))
    for share, words in marks:
        text(framed, (left + _BAR_WIDTH + 6, top + (1 - share) * (height - 1)), words, "lm")
    text(framed, (MARGIN, MARGIN), title)
    text(framed, (framed.width - MARGIN, top - 8), label, "rd")
    return framed


def beside(images: Sequence[Image.Image], labels: Sequence[str]) -> Image.Image:
    """Put images in a row, each with its label beneath, aligned at the top."""
    width = sum(image.width + MARGIN for image in images) + MARGIN
    height = max(image.height for image in images) + 2 * MARGIN + 2 * TEXT
    row = Image.new("RGB", (width, height), PAPER)
    left = MARGIN
    for image, label in zip(images, labels, strict=True):
        row.paste(image, (left, MARGIN))
        text(row, (left + image.width / 2, MARGIN + image.height + 6), label, "ma")
        left += image.width + MARGIN
    return row
