"""What another photo's colours bring, where it shows the same, and cost, where it does not.

    python benchmarks/likeness.py VALIDATION.tar... [--half reporting] [--limit N] [--likeness 1]

Each photo is colorized alone; beside a second view of itself (another crop, mirrored, under another
tone curve); and beside the photo halfway across the set, which has nothing to do with it.
PSNR is of all colours against the photo's, and chroma is given as a share of what it is alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from colorize_core import Colorizer, rgb_to_lab
from colorize_core.data.sources import Photographs, evenly

SIDE = 256  # short side in pixels
VIEW = 0.8  # of the photo's sides, that a second view shows
_LARGEST = 255.0


def second_view(photo: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Show the same as a photo does: a crop of it, mirrored, lighter or darker.

    Args:
        photo: uint8 ``(H, W, 3)``.
        random: where crop and tone come from.
    """
    height, width = (round(VIEW * side) for side in photo.shape[:2])
    top = int(random.integers(photo.shape[0] - height + 1))
    left = int(random.integers(photo.shape[1] - width + 1))
    crop = photo[top : top + height, left : left + width][:, ::-1]
    tone = random.choice((0.75, 1.3))
    return (_LARGEST * (crop / _LARGEST) ** tone).round().astype(np.uint8)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Measure in dB how near two pictures are, uint8 ``(H, W, 3)``."""
    return float(10 * np.log10(_LARGEST**2 / np.square(one.astype(float) - other).mean()))


def chroma(picture: np.ndarray) -> float:
    """Measure a picture's mean distance from grey, in ab."""
    lab = rgb_to_lab(torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / _LARGEST)
    return float(lab[:, 1:].norm(dim=1).mean())


def photos_of(tar: Path, half: str, limit: int) -> list[np.ndarray]:
    """Read the photos of one half of a set, uint8 ``(H, W, 3)``."""
    photographs = Photographs([tar])
    entries = list(photographs)[0 if half == "choosing" else 1 :: 2]
    return [np.asarray(small(photographs.open(entry))) for entry in evenly(entries, limit)]


def small(image: Image.Image) -> Image.Image:
    """Bring a photo's short side to what is measured at."""
    scale = SIDE / min(image.size)
    return ImageOps.scale(image.convert("RGB"), scale, Image.Resampling.LANCZOS)


def figures(
    photos: list[np.ndarray], colorizer: Colorizer, likeness: float
) -> Iterator[tuple[float, ...]]:
    """Measure each photo: PSNR and chroma alone, beside a second view, beside another photo."""
    for number, photo in enumerate(photos):
        grey = np.asarray(Image.fromarray(photo).convert("L"))
        view = second_view(photo, np.random.default_rng(number))
        unrelated = photos[(number + len(photos) // 2) % len(photos)]
        pictures = [colorizer(grey)]
        for reference in (view, unrelated):
            try:
                pictures.append(colorizer(grey, like=reference, likeness=likeness))
            except ValueError:  # it has no colours to copy
                pictures.append(pictures[0])
        yield tuple(f(*a) for p in pictures for f, a in ((psnr, (p, photo)), (chroma, (p,))))


def main() -> None:
    """Print a line for each set and likeness."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tars", nargs="+", type=Path)
    parser.add_argument("--half", choices=("choosing", "reporting"), default="reporting")
    parser.add_argument("--limit", type=int, default=1 << 30)
    parser.add_argument("--likeness", type=float, nargs="+", default=[1.0])
    parser.add_argument("--model", default="lite")
    chosen = parser.parse_args()
    colorizer = Colorizer(chosen.model)
    for tar in chosen.tars:
        photos = photos_of(tar, chosen.half, chosen.limit)
        for likeness in chosen.likeness:
            told = np.array(list(figures(photos, colorizer, likeness))).mean(0)
            alone, chroma_alone, same, chroma_same, other, chroma_other = told
            print(
                f"{tar.stem} {len(photos)} photos, likeness {likeness:g}: alone {alone:.2f} dB; "
                f"the same {same - alone:+.2f} dB, chroma {chroma_same / chroma_alone:.2f}; "
                f"something else {other - alone:+.2f} dB, chroma {chroma_other / chroma_alone:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
