"""Ageing: crops of today's photos as film, camera and time would have left them.

Networks that learn from sharp, modern lightness alone fall apart on old prints: a blur of 1.5
pixels in 256 turned a whole photo red. So what they see in training is aged at random, while the
colours that they are to find stay the true ones.

- **Film.** Early emulsions did not see red (orthochromatic), later ones saw all (panchromatic): the
  weights of linear red, green and blue are drawn between the two, or anywhere.
- **Lens.** Blur, and a fall-off of light towards the corners.
- **Print.** A tone curve, grain (finer or coarser, strongest in the mid-tones), fading to a part of
  the scale, dust and scratches.
- **Scan.** JPEG, eight bits.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from colorize_core.color.lab import XYZ_OF_RGB, grey_lightness_table, light_table
from colorize_core.color.tone import tonal_range

PANCHROMATIC = np.array(XYZ_OF_RGB[1], np.float32)
ORTHOCHROMATIC = np.array((0.02, 0.45, 0.53), np.float32)

# How often each of them comes, given that a crop is aged.
_FILM, _BLUR, _VIGNETTE, _CURVE, _GRAIN, _FADING, _DUST, _JPEG = (
    0.6, 0.55, 0.15, 0.5, 0.5, 0.5, 0.1, 0.25,
)  # fmt: skip
_WORN = 0.12  # share of the aged crops that show early film, blur, grain and fading all at once
_BLURS = 0.3, 3.2  # sigma in pixels of a crop
_MOST_GRAIN = 16.0  # sigma in levels of 255
_UNSTRETCHED = 0.2  # share of crops that are shown as they are
_CAUTIOUS = 0.5  # share of the others that are stretched by less than all


def age(rgb: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Age a crop.

    Args:
        rgb: uint8 ``(H, W, 3)``, sRGB.
        random: where all that is random comes from.

    Returns:
        L in 0..100, float32 ``(H, W)``.
    """
    worn = _chance(random, _WORN)
    light = light_table(np.dtype(np.uint8))[rgb] @ _film(random, worn)
    grey = np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)
    grain_first = _chance(random, 0.3)  # a soft enlargement of a grainy negative
    if grain_first:
        grey = _grained(grey, random, worn)
    if worn or _chance(random, _BLUR):
        grey = gaussian_filter(grey, random.uniform(*_BLURS), mode="nearest")
    if _chance(random, _VIGNETTE):
        grey = grey * _vignette(grey.shape, random)
    if _chance(random, _CURVE):
        grey = grey.clip(0.0, 1.0) ** random.uniform(0.7, 1.4)
    grain_last = not grain_first and _chance(random, 0.5)  # of the scanned paper, or the print's
    if not (grain_first or grain_last):
        grey = _grained(grey, random, worn)
    if worn or _chance(random, _FADING):
        black = random.uniform(0.0, 0.35)
        white = random.uniform(0.75, 1.0)
        grey = black + (white - black) * grey
    if grain_last:
        grey = _grained(grey, random, worn)
    if _chance(random, _DUST):
        _scatter_dust(grey, random)
    levels = (grey.clip(0.0, 1.0) * 255.0).round().astype(np.uint8)
    if _chance(random, _JPEG):
        levels = _compressed(levels, int(random.integers(25, 90)))
    return grey_lightness_table(np.dtype(np.uint8))[levels]


def show(lightness: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Stretch the lightness of a crop as photos are stretched before a network sees them.

    A crop rarely holds the darkest and the lightest place of its photo, so it is often stretched by
    less than it could be, and sometimes not at all.

    Args:
        lightness: L in 0..100, float32 ``(H, W)``.
        random: where all that is random comes from.
    """
    if _chance(random, _UNSTRETCHED):
        return lightness
    found = tonal_range(lightness)
    share = random.random() if _chance(random, _CAUTIOUS) else 1.0
    low, high = found.low * share, 100.0 - (100.0 - found.high) * share
    return type(found)(low, high).stretch(lightness)


def _chance(random: np.random.Generator, share: float) -> bool:
    return random.random() < share


def _film(random: np.random.Generator, early: bool) -> np.ndarray:
    """Draw weights of linear red, green and blue; they sum to 1."""
    if not (early or _chance(random, _FILM)):
        return PANCHROMATIC
    if _chance(random, 0.3):
        return random.dirichlet((1.5, 3.0, 1.5)).astype(np.float32)
    towards = np.float32(random.random() ** 0.5)  # most that is old is nearer to this end
    return PANCHROMATIC + towards * (ORTHOCHROMATIC - PANCHROMATIC)


def _grained(grey: np.ndarray, random: np.random.Generator, always: bool) -> np.ndarray:
    if not (always or _chance(random, _GRAIN)):
        return grey
    strength = random.uniform(0.0, _MOST_GRAIN) / 255.0
    noise = random.standard_normal(grey.shape, np.float32)
    if _chance(random, 0.4):
        noise = gaussian_filter(noise, random.uniform(0.4, 1.2), mode="wrap")
        noise /= max(1e-6, float(noise.std()))
    if _chance(random, 0.5):
        noise *= 0.5 + 2.0 * (grey * (1.0 - grey)).clip(0.0)
    return grey + strength * noise


def _vignette(shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Draw factors up to 1, around a centre anywhere near the crop's."""
    down, across = np.ogrid[: shape[0], : shape[1]]
    y, x = random.uniform(0.2, 0.8, 2) * shape[:2]
    distance = ((down - y) ** 2 + (across - x) ** 2) / (shape[0] ** 2 + shape[1] ** 2)
    return (1.0 - random.uniform(0.2, 1.2) * distance).clip(0.1).astype(np.float32)


def _scatter_dust(grey: np.ndarray, random: np.random.Generator) -> None:
    """Draw specks and scratches into a picture, dark or light ones."""
    height, width = grey.shape
    for _ in range(int(random.integers(1, 12))):
        tone = random.choice((0.05, 0.95))
        top, left = int(random.integers(height)), int(random.integers(width))
        if _chance(random, 0.2):
            grey[top : top + int(random.integers(4, height)), left : left + 1] = tone
        else:
            size = int(random.integers(1, 4))
            grey[top : top + size, left : left + size] = tone


def _compressed(levels: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))
