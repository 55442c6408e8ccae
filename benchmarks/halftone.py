"""Colours of halftone prints, as newspapers have them, with and without taking the screen out.

    python benchmarks/halftone.py VALIDATION.tar... [--limit N]

Photographs of the halves for reporting are printed as round dots of the size that gives back their
light, on paper and with ink as of newspapers, and scanned. First comes how many photographs
without a screen are said to have one: as they are, aged, with grain, and as JPEG.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image

from colorize_core import Colorizer, rgb_to_lab
from colorize_core.data.ageing import age
from colorize_core.data.sources import Photographs, evenly, read_bytes
from colorize_core.engine import colorizer as engine
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.screen import find_screen, unscreened

SCREENS = (  # scanned at so many times the photo's size, pixels from dot to dot, degrees
    (1, 3.0, 45), (1, 4.2, 20), (2, 3.4, 45), (2, 5.0, 30), (3, 4.6, 45), (3, 6.3, 15),
    (3, 9.0, 45), (4, 5.0, 0), (4, 8.0, 75), (4, 12.0, 45),
)  # fmt: skip
_FINER = 4  # times the scan, at which dots are drawn
_PAPER, _INK = 0.68, 0.04  # of the light, that they give back
_GRAIN = 2.0  # levels


def light_of(levels: np.ndarray) -> np.ndarray:
    """Convert sRGB levels into the light that they stand for, 0..1."""
    values = levels / np.float32(255)
    return np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)


def levels_of(light: np.ndarray) -> np.ndarray:
    """Convert light into sRGB levels, uint8."""
    values = np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)
    return (255 * values).round().clip(0, 255).astype(np.uint8)


def halftoned(
    grey: np.ndarray, times: int, pitch: float, angle: float, random: np.random.Generator
) -> np.ndarray:
    """Print a photo as dots and scan it.

    Args:
        grey: uint8 ``(H, W)``.
        times: how many times the photo's size the scan has.
        pitch: of the dots, in pixels of the scan.
        angle: of the screen, in degrees.
        random: where grain comes from.
    """
    height, width = (side * times * _FINER for side in grey.shape)
    image = Image.fromarray(light_of(grey).astype(np.float32))
    light = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC)).clip(0, 1)
    down, across = np.indices((height, width), np.float32) * np.float32(2 * np.pi / pitch / _FINER)
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    dots = np.cos(cos * across + sin * down) + np.cos(cos * down - sin * across)
    known = np.sort(random.choice(dots.ravel(), 20_000))
    ink = np.searchsorted(known, dots) / len(known) < 1 - light
    seen = np.where(ink, _INK, _PAPER).reshape(height // _FINER, _FINER, width // _FINER, _FINER)
    levels = levels_of(seen.mean((1, 3))) + random.normal(0, _GRAIN, seen.shape[::2])
    return levels.round().clip(0, 255).astype(np.uint8)


def _ab_of(photo: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    small = Image.fromarray(photo).resize(size[::-1], Image.Resampling.BOX)
    return rgb_to_lab(np.asarray(small) / np.float32(255))[..., 1:]


def _measured(
    colorizer: Colorizer, shown: np.ndarray, photo: np.ndarray, dots: bool
) -> list[float]:
    """Measure the mean chroma that the network answers, and how far from the photo's ab it is.

    Args:
        colorizer: that is asked.
        shown: what it is shown, uint8 ``(H, W)``.
        photo: with its own colours, uint8 ``(H, W, 3)``.
        dots: whether the network sees the dots.
    """
    with mock.patch.object(engine, "unscreened", _as_it_is if dots else unscreened):
        prediction = colorizer.look(lightness_of_pixels(shown), None, lambda _: None, whole=True)
    ab = prediction.ab()[0].permute(1, 2, 0).numpy()
    true = _ab_of(photo, (ab.shape[0], ab.shape[1]))
    return [float(np.hypot(*np.moveaxis(one, -1, 0)).mean()) for one in (ab, ab - true)]


def _as_it_is(lightness: np.ndarray, _: int) -> np.ndarray:
    return lightness


def _false_alarms(photos: Photographs) -> None:
    random = np.random.default_rng(0)
    found: dict[str, list[bool]] = {"as they are": [], "aged": [], "grain": [], "JPEG": []}
    for entry in photos:
        image = Image.open(io.BytesIO(read_bytes(entry))).convert("RGB")
        rgb, grey = np.asarray(image), np.asarray(image.convert("L"))
        file = io.BytesIO()
        image.convert("L").save(file, "JPEG", quality=int(random.integers(20, 80)))
        grain = grey + random.normal(0, 12, grey.shape)
        shown = {
            "as they are": lightness_of_pixels(grey),
            "aged": age(rgb, random),
            "grain": lightness_of_pixels(grain.clip(0, 255).astype(np.uint8)),
            "JPEG": lightness_of_pixels(np.asarray(Image.open(file))),
        }
        for kind, lightness in shown.items():
            found[kind].append(find_screen(lightness) is not None)
    for kind, flags in found.items():
        print(f"screen seen where there is none, {kind:11}: {sum(flags):3} of {len(flags)}")


def main() -> None:
    """Measure the shipped model on photographs, printed as dots and not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sources", nargs="+", type=Path, help="photographs: folders or tar files")
    parser.add_argument("--limit", type=int, default=24, help="photographs that are printed")
    chosen = parser.parse_args()
    photos = Photographs(chosen.sources).half("reporting")
    _false_alarms(photos)
    random, colorizer = np.random.default_rng(0), Colorizer(device="cpu")
    print("scan  pitch  angle  found    chroma: clean, printed, without dots    ab error: the same")
    everything = []
    for times, pitch, angle in SCREENS:
        rows, found = [], 0
        for entry in evenly(photos, chosen.limit):
            image = Image.open(io.BytesIO(read_bytes(entry))).convert("RGB")
            photo, grey = np.asarray(image), np.asarray(image.convert("L"))
            scan = halftoned(grey, times, pitch, angle, random)
            found += find_screen(lightness_of_pixels(scan)) is not None
            cases = ((grey, True), (scan, True), (scan, False))
            rows.append([_measured(colorizer, shown, photo, dots) for shown, dots in cases])
        everything.append(np.mean(rows, axis=0))
        figures = "  ".join(f"{value:5.1f}" for value in everything[-1].T.ravel())
        print(f"{times:4} {pitch:6} {angle:6} {found:3}/{len(rows)}   {figures}")
    print("mean".ljust(31) + "  ".join(f"{v:5.1f}" for v in np.mean(everything, axis=0).T.ravel()))


if __name__ == "__main__":
    main()
