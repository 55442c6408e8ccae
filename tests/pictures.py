"""Looking at pictures that were written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def is_color(path: Path) -> bool:
    """Whether a file holds a whole picture that is not grey."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    return abs(pixels[..., 0] - pixels[..., 2]).max() > 3
