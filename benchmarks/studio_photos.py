"""Photographs for a studio under load, each unlike any other."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from colorize_core.color.lab import lightness_of_bytes

GRID = 16  # patches across a photo, each of its own grey
SEEN = 64  # pixels across, at which photos are compared


def unlike_any_other(visitor: int, photo: int, side: int) -> np.ndarray:
    """Draw a grey photo, uint8 ``(side, side)``: smooth patches for this photo alone."""
    patches = np.random.default_rng((visitor, photo)).integers(20, 236, (GRID, GRID), np.uint8)
    return np.asarray(Image.fromarray(patches).resize((side, side), Image.Resampling.BICUBIC))


def lightness_at_a_glance(pixels: np.ndarray) -> np.ndarray:
    """Compute L at 64 x 64 pixels."""
    lightness = Image.fromarray(lightness_of_bytes(pixels))
    return np.asarray(lightness.resize((SEEN, SEEN), Image.Resampling.BOX))


def png(pixels: np.ndarray) -> bytes:
    """Encode a photo as a file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()
