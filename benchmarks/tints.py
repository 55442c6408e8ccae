"""Share of photos in colour, and of toned ones, that are told apart rightly.

    python benchmarks/tints.py VALIDATION.tar...

Photographs of the halves for reporting, as they are and as toned prints: grey, in sepia or
cyanotype of any strength, or faded on paper that has yellowed unevenly; some with coloured grain,
some as JPEG.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from colorize_core import lab_to_rgb
from colorize_core.data.sources import Photographs, read_bytes
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.own_colors import is_in_color

KINDS = ("grey", "sepia", "cyanotype", "yellowed")


def toned(grey: np.ndarray, kind: str, random: np.random.Generator) -> np.ndarray:
    """Tone a grey photo, uint8 ``(H, W)``: sRGB, uint8 ``(H, W, 3)``."""
    lightness = lightness_of_pixels(grey)
    hue, chroma = 0.0, np.zeros_like(lightness)
    if kind == "sepia":
        hue = random.uniform(45, 95)
        chroma = random.uniform(8, 35) * (1 - ((lightness - 50) / 60) ** 2 * random.random())
    elif kind == "cyanotype":
        hue, chroma = (
            random.uniform(240, 290),
            random.uniform(10, 40) * (1 - (lightness / 100) ** 2),
        )
    elif kind == "yellowed":
        lightness = 20 + 0.65 * lightness
        stains = gaussian_filter(random.standard_normal(grey.shape), 40)
        stains /= stains.std()
        hue, chroma = random.uniform(70, 95), (lightness / 90) * (14 + 4 * stains).clip(0)
    ab = (chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue)))
    rgb = 255 * lab_to_rgb(np.stack((lightness, *ab), -1).astype(np.float32)).clip(0, 1)
    if random.random() < 0.5:
        rgb = rgb + random.normal(0, random.uniform(0, 8), rgb.shape)
    image = Image.fromarray(rgb.clip(0, 255).astype(np.uint8))
    if random.random() < 0.6:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(random.integers(60, 95)))
        image = Image.open(file).convert("RGB")
    return np.asarray(image)


def main() -> None:
    """Count how many photographs are told apart rightly."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sources", nargs="+", type=Path, help="photographs: folders or tar files")
    photos = Photographs(parser.parse_args().sources).half("reporting")
    random = np.random.default_rng(0)
    right: dict[str, list[bool]] = {kind: [] for kind in ("in colour", *KINDS)}
    for entry in photos:
        image = Image.open(io.BytesIO(read_bytes(entry)))
        right["in colour"].append(is_in_color(np.asarray(image.convert("RGB"))))
        for kind in KINDS:
            print_ = toned(np.asarray(image.convert("L")), kind, random)
            right[kind].append(not is_in_color(print_))
    for kind, found in right.items():
        print(f"{kind:10} {len(found):4} photos, told rightly: {np.mean(found):.1%}")


if __name__ == "__main__":
    main()
