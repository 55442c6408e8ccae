"""Conversion of stored values to a photo: upright, in sRGB."""

from __future__ import annotations

from typing import Any

import numpy as np

from colorize_core.photo import profiles
from colorize_core.photo.depth import as_depth, as_float, full_scale, strips
from colorize_core.photo.photo import Photo, PhotoError

_A_HAIR = 0.1  # beyond 0..1, as sharpening and resampling leave values


def make_photo(
    pixels: np.ndarray,
    alpha: np.ndarray | None,
    info: dict[str, Any],
    profile: bytes | None,
    orientation: int = 1,
) -> Photo:
    """Make a photo of what a file holds.

    A profile in which sRGB's colours can be written is kept as the photo's own; one that is
    broken, or of another kind of pixels, is ignored.

    Args:
        pixels: as stored: grey ``(H, W)``, RGB ``(H, W, 3)`` or CMYK ``(H, W, 4)`` where 0 is
            no ink; uint8, uint16 or float32 in 0..1.
        alpha: ``(H, W)`` of the same type, or None.
        info: what else is kept.
        profile: the ICC profile of the pixels, or None.
        orientation: as in EXIF, 1 to 8.
    """
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    own = None
    if profile:
        info["icc_profile"] = profiles.srgb_profile()
    if profile and profiles.fits(profile, channels):
        if profiles.is_srgb(profile):
            info["icc_profile"] = profile
        else:
            if pixels.dtype == np.uint8:
                info["bits"] = 8
            pixels = profiles.to_srgb(pixels, profile)
            own = profile if profiles.holds_srgb(profile) else None
    elif channels == 4:
        pixels = _without_inks(pixels)
    if alpha is not None:
        alpha = upright(alpha, orientation)
    return Photo(upright(pixels, orientation), alpha, info, own)


def upright(values: np.ndarray, orientation: int) -> np.ndarray:
    """Turn an image, ``(H, W)`` or ``(H, W, C)``, as EXIF's orientation, 1 to 8, says."""
    if orientation > 4:
        values = values.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    return np.ascontiguousarray(values)


def unmultiplied(values: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Divide colours by the alpha that a program has multiplied into them."""
    result = np.empty_like(values)
    for rows in strips(values):
        opacity = as_float(alpha[rows])
        if values.ndim == 3:
            opacity = opacity[..., None]
        color = as_float(values[rows]) / np.where(opacity > 0.0, opacity, 1.0)
        result[rows] = as_depth(np.clip(color, 0.0, 1.0), values.dtype)
    return result


def _without_inks(pixels: np.ndarray) -> np.ndarray:
    """Convert CMYK without a profile: each ink takes its share of the light, black of all."""
    result = np.empty((*pixels.shape[:2], 3), pixels.dtype)
    for rows in strips(pixels):
        left = 1.0 - as_float(pixels[rows])
        result[rows] = as_depth(left[..., :3] * left[..., 3:], pixels.dtype)
    return result


def whole_numbers(values: np.ndarray, white: int) -> np.ndarray:
    """Scale whole numbers in 0..white to the nearest depth of a photo.

    Up to 8 bits they become uint8, up to 16 uint16, more become float32.
    """
    if white <= full_scale(np.uint8):
        if white == full_scale(np.uint8):
            return values.astype(np.uint8, copy=False)
        return (values.astype(np.uint16) * 255 // white).astype(np.uint8)
    if white == full_scale(np.uint16) and values.dtype == np.uint16:
        return values
    if white > full_scale(np.uint16):
        return (values / np.float64(white)).astype(np.float32)
    result = np.empty(values.shape, np.uint16)
    for rows in strips(values):
        result[rows] = (values[rows].astype(np.uint32) * 65535 + white // 2) // white
    return result


def floats_in_range(values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Bring floating point into float32 in 0..1, and say what was not so.

    Raises:
        PhotoError: the values are of another scale, or none is a number.
    """
    warnings: list[str] = []
    values = values.astype(np.float32, copy=False)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite((low, high)).all():
        lost = ~np.isfinite(values)
        lost = lost if values.ndim == 2 else lost.any(axis=2)
        count = int(lost.sum())
        if count == lost.size:
            raise PhotoError("has no pixel that is a number")
        values = values.copy()
        values[lost] = 0.0
        low, high = float(values.min()), float(values.max())
        warnings.append(f"{count} of its {lost.size} pixels are no numbers, and are black now")
    if low < -_A_HAIR or high > 1.0 + _A_HAIR:
        raise PhotoError(f"has values in {low:g}..{high:g}; expected 0..1")
    if low < 0.0 or high > 1.0:
        values = np.clip(values, 0.0, 1.0)
        warnings.append(f"its values in {low:.4g}..{high:.4g} are clipped to 0..1")
    return values, tuple(warnings)
