"""Chroma in the border of a scan, and in the photo within it, with and without finding photos.

    python benchmarks/borders.py VALIDATION.tar...

Photographs of the halves for reporting get borders of grey 255 to 20, unequally wide, with grain.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image

from colorize_core import Colorizer, rgb_to_lab
from colorize_core.data.sources import Photographs, evenly, read_bytes

_LIGHT = (255, 250, 245, 240, 235, 225, 215, 205, 190, 170, 150, 130)
_DARK = (110, 100, 90, 80, 70, 60, 50, 45, 40, 35, 30, 20)
GREYS = _LIGHT + _DARK


def chroma(image: np.ndarray) -> np.ndarray:
    """Compute chroma of sRGB, uint8 ``(H, W, 3)``."""
    return np.hypot(*np.moveaxis(rgb_to_lab(image / np.float32(255.0))[..., 1:], -1, 0))


def on_paper(
    photo: np.ndarray, tone: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Lay a grey photo on paper: the page, and which of its pixels are photo."""
    height, width = photo.shape
    top, bottom, left, right = (
        int(random.uniform(0.05, 0.12) * min(photo.shape)) for _ in range(4)
    )
    page = np.full((top + height + bottom, left + width + right), float(tone))
    page[top : top + height, left : left + width] = photo
    page += random.normal(0, 1.5, page.shape)
    inside = np.zeros(page.shape, bool)
    inside[top : top + height, left : left + width] = True
    return page.clip(0, 255).astype(np.uint8), inside


def main() -> None:
    """Measure a model on photographs with borders."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sources", nargs="+", type=Path, help="photographs: folders or tar files")
    photos = Photographs(parser.parse_args().sources).half("reporting")
    random, colorizer = np.random.default_rng(0), Colorizer()
    print(
        "paper    border: off / kept   photo's chroma over its own alone: off / kept   photos found"
    )
    table = []
    for tone, entry in zip(GREYS, evenly(photos, len(GREYS)), strict=True):
        photo = np.asarray(Image.open(io.BytesIO(read_bytes(entry))).convert("L"))
        page, inside = on_paper(photo, tone, random)
        alone = chroma(colorizer(page[inside].reshape(photo.shape))).mean()
        row: list[float] = []
        for border in ("off", "keep"):
            painted = chroma(colorizer(page, border=border))
            row += [painted[~inside].mean(), painted[inside].mean() / alone]
        found = len(colorizer.predict(page).frames)
        table.append(row)
        print(f"{tone:5}  {row[0]:14.2f} / {row[2]:.2f} {row[1]:34.2f} / {row[3]:.2f} {found:14}")
    mean = np.mean(table, axis=0)
    print(f" mean  {mean[0]:14.2f} / {mean[2]:.2f} {mean[1]:34.2f} / {mean[3]:.2f}")


if __name__ == "__main__":
    main()
