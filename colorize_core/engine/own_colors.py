"""The colours that a photo has already: whether they are more than a tint, and where they are.

Paper, sepia, gold tone and cyanotype give every tone of a print one colour. A photo in colour has
several for the same tone, of other hues. A change along the hue of the tint counts half: paper
yellows unevenly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from colorize_core.color.lab import rgb_to_lab
from colorize_core.engine.framing import find_frames
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.photo.depth import as_depth

_LOOKED_AT = 128  # pixels of the long side, at least, in which a photo's colours are measured
_MAPPED = 1024  # pixels of the long side, in which they are told from its greys
_TONES = 16  # parts of the tonal scale, each with a colour of its own in a tint
_ALONG = 0.5  # how far a change along the hue of the tint counts
_OTHER = 5.0  # of ab: what is farther from the tint is another colour
_IN_COLOR = 0.045  # of the area, that is of other colours in a photo in colour
_ALIKE = 2.0  # of ab: what is nearer is of the tint
_COLORED = 4.0  # of ab: the least chroma of a tint that is worth the name
_TINTED = 0.45  # of what is not grey, that is of the tint where there is one
_HALVES = 3
_BLEND = (
    4.0,
    8.0,
)  # of ab from the tint: grey up to here, a colour of its own from there on


@dataclass(frozen=True, slots=True)
class _Tint:
    """The colour of each tone of a print.

    Attributes:
        tones: L, rising, ``(T,)``.
        ab: their colours, ``(T, 2)``.
    """

    tones: np.ndarray
    ab: np.ndarray

    def at(self, lightness: np.ndarray) -> np.ndarray:
        """Give the ab of tones, ``(..., 2)``."""
        return np.stack([np.interp(lightness, self.tones, of) for of in self.ab.T], -1)


_NEUTRAL = _Tint(np.array([50.0]), np.zeros((1, 2)))


def is_in_color(pixels: np.ndarray) -> bool:
    """Tell whether a photo is in colour: whether it has more than one tint.

    Paper and card around it do not count.

    Args:
        pixels: sRGB ``(H, W, 3)`` or grey ``(H, W)``: uint8, uint16, or float32 in 0..1.
    """
    if pixels.ndim == 2 or not _differs(pixels):
        return False
    if not _shows_colors(pixels):
        return False
    small = _reduced(pixels, _MAPPED)
    frames = find_frames(lightness_of_pixels(small))
    return any(_shows_colors(small[frame.rows, frame.columns]) for frame in frames) or not frames


def own_colors(pixels: np.ndarray) -> np.ndarray:
    """Find what has colours of its own in a photo, as against what is grey, or of one tint.

    Args:
        pixels: as for :func:`is_in_color`.

    Returns:
        Uint8 ``(H, W)``: 0 where it is grey, 255 where it has a colour of its own, between the
        two at the edges.
    """
    height, width = pixels.shape[:2]
    if pixels.ndim == 2 or not _differs(pixels):
        return np.zeros((height, width), np.uint8)
    lab = _smooth_lab(_reduced(pixels, _MAPPED))
    tint, hue = _tint_of(_smooth_lab(_reduced(pixels, _LOOKED_AT)).reshape(-1, 3))
    away = _departure(lab, tint, hue)
    low, high = _BLEND
    share = ((away - low) / (high - low)).clip(0.0, 1.0)
    small = Image.fromarray(np.rint(255.0 * share).astype(np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BILINEAR))


def _differs(pixels: np.ndarray) -> bool:
    """Tell whether there is any colour, in a look at every few pixels."""
    step = max(1, max(pixels.shape[:2]) // _MAPPED)
    few = pixels[::step, ::step]
    return bool((few[..., 0] != few[..., 1]).any() or (few[..., 0] != few[..., 2]).any())


def _shows_colors(pixels: np.ndarray) -> bool:
    lab = _smooth_lab(_reduced(pixels, _LOOKED_AT)).reshape(-1, 3)
    away = _departure(lab, _tones_of(lab), _hue_of(lab))
    return float(np.mean(away > _OTHER)) >= _IN_COLOR


def _reduced(pixels: np.ndarray, side: int) -> np.ndarray:
    """Reduce pixels by a whole number, to a long side of so many at least: uint8 ``(h, w, 3)``."""
    factor = max(1, max(pixels.shape[:2]) // side)
    if factor > 8:  # of a large photo, every few pixels are enough
        step = factor // 4
        pixels, factor = pixels[::step, ::step], max(1, factor // step)
    image = Image.fromarray(as_depth(np.ascontiguousarray(pixels), np.uint8))
    return np.asarray(image.reduce(factor))


def _smooth_lab(rgb: np.ndarray) -> np.ndarray:
    """Convert to Lab without the coloured grain of a scan, ``(h, w, 3)``: means of 5 by 5."""
    from scipy.ndimage import uniform_filter  # 0.1 s, which grey photos need not wait for

    return uniform_filter(rgb_to_lab(rgb / np.float32(255.0)), (5, 5, 1), mode="nearest")


def _tones_of(lab: np.ndarray) -> _Tint:
    """Find the usual colour of each tone in Lab of pixels, ``(N, 3)``."""
    parts = np.array_split(lab[np.argsort(lab[:, 0])], min(_TONES, len(lab)))
    middles = np.array([np.median(part, axis=0) for part in parts])
    return _Tint(middles[:, 0], middles[:, 1:])


def _hue_of(lab: np.ndarray) -> np.ndarray:
    """Give the hue of the mean of pixels ``(N, 3)``, a unit vector in ab."""
    mean = lab[:, 1:].mean(axis=0)
    return mean / max(1e-6, float(np.hypot(*mean)))


def _departure(lab: np.ndarray, tint: _Tint, hue: np.ndarray) -> np.ndarray:
    """Measure how far Lab colours ``(..., 3)`` are from a tint; along its hue it counts less."""
    rest = lab[..., 1:] - tint.at(lab[..., 0])
    if not hue.any():
        return np.hypot(rest[..., 0], rest[..., 1])
    across = rest @ np.array([-hue[1], hue[0]])
    return np.hypot(across, _ALONG * (rest @ hue))


def _tint_of(lab: np.ndarray) -> tuple[_Tint, np.ndarray]:
    """Find the tint of a print that is coloured in parts, and its hue; neutral where it has none.

    It is the commonest colour of each tone. In a photo in colour that is of grass or of skin and
    no tint: too little has just this colour.
    """
    from scipy.ndimage import median_filter

    parts = np.array_split(lab[np.argsort(lab[:, 0])], min(_TONES, len(lab)))
    common = np.array([_commonest(part) for part in parts])
    tint = _Tint(common[:, 0], median_filter(common[:, 1:], (5, 1), mode="nearest"))
    usual = tint.at(lab[:, 0])
    is_colored = np.hypot(usual[:, 0], usual[:, 1]) > _COLORED
    alike = np.hypot(*(lab[:, 1:] - usual).T) < _ALIKE
    any_color = is_colored | (np.hypot(lab[:, 1], lab[:, 2]) > _COLORED)
    if np.sum(alike & is_colored) < _TINTED * any_color.sum() or not any_color.any():
        return _NEUTRAL, np.zeros(2)
    return tint, usual.mean(axis=0) / np.hypot(*usual.mean(axis=0))


def _commonest(lab: np.ndarray) -> np.ndarray:
    """Find where colours ``(N, 3)`` are densest: the middle of the nearest half of the half, ..."""
    for _ in range(_HALVES):
        away = np.hypot(*(lab - np.median(lab, axis=0))[:, 1:].T)
        lab = lab[away <= np.median(away)]
    return np.median(lab, axis=0)
