"""Photographs whose colours others are to have, as the network is shown them."""

from __future__ import annotations

from collections.abc import Iterable
from math import log

import numpy as np
import torch
from torch import Tensor

from colorize_core.color.lab import rgb_to_lab
from colorize_core.color.tone import tonal_range, within_border
from colorize_core.engine.framing import find_frames
from colorize_core.engine.inputs import ImageLike, photo_of
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.resize import bicubic
from colorize_core.models.references import References
from colorize_core.photo import Photo
from colorize_core.photo.depth import as_float

_COLORLESS = 3.0  # chroma that one pixel in twenty exceeds, if there is anything to copy
_ODDS = 3.0  # the strength's power, by which the odds of copying grow
# In training most references show the same as the photo; in life they often do not. With the odds
# of copying at exp(-1.3) times what was learnt, one that does not costs nothing.
_CAUTION = 1.3


def references_of(
    images: Iterable[ImageLike], side: int, multiple: int, strength: float = 1.0
) -> References | None:
    """Read photos whose colours are to be copied.

    Args:
        images: the photos, in colour, whatever they are given as; all are brought to the shape of
            the first, which is seen without its border.
        side: short side at which the network sees them.
        multiple: of pixels, that sides are rounded to.
        strength: 1 to copy what looks alike with some caution, less for less; above 0.

    Returns:
        References for one photo; None where there are no images.

    Raises:
        PhotoError: a photo cannot be read.
        ValueError: a photo has no colours.
    """
    photos = [photo_of(image) for image in images]
    if not photos:
        return None
    pictures = [_picture(photo, number) for number, photo in enumerate(photos, 1)]
    size = _size(pictures[0].shape[:2], side, multiple)
    seen, colors = [], []
    for picture in pictures:
        rgb = torch.from_numpy(picture).permute(2, 0, 1)[None]
        lab = rgb_to_lab(bicubic(rgb, size).clamp_(0.0, 1.0))
        lightness = lab[:, :1]
        seen.append(tonal_range(within_border(lightness[0, 0].numpy())).stretch(lightness))
        colors.append(lab[:, 1:])
    of = (0,) * len(photos)
    return References(torch.cat(seen), torch.cat(colors), of, _ODDS * log(strength) - _CAUTION)


def _picture(photo: Photo, number: int) -> np.ndarray:
    """Cut the photograph out of its border: float32 in 0..1, ``(H, W, 3)``."""
    named = f"reference {number}"
    if photo.pixels.ndim == 2:
        raise ValueError(f"{named} is a photo in grey: there are no colours to copy")
    frames = find_frames(lightness_of_pixels(photo.pixels))
    pixels = photo.pixels
    if frames:
        largest = max(frames, key=lambda frame: frame.height * frame.width)
        pixels = pixels[largest.rows, largest.columns]
    picture = as_float(np.ascontiguousarray(pixels))
    step = max(1, min(picture.shape[:2]) // 128)
    ab = rgb_to_lab(picture[::step, ::step])[..., 1:]
    if np.percentile(np.hypot(ab[..., 0], ab[..., 1]), 95) < _COLORLESS:
        raise ValueError(f"{named} has no colours to copy")
    return picture


def _size(size: tuple[int, ...], side: int, multiple: int) -> tuple[int, int]:
    """Choose height and width at which a photo is seen, multiples of so many pixels."""
    scale = side / min(size)
    height, width = (min(one * scale, 2 * side) for one in size)
    return (
        max(multiple, round(height / multiple) * multiple),
        max(multiple, round(width / multiple) * multiple),
    )


def on_device(references: References, device: torch.device) -> References:
    """Bring references to the device of the network."""
    moved: tuple[Tensor, Tensor] = (references.lightness.to(device), references.ab.to(device))
    return References(*moved, references.of, references.trust)
