"""Images opened by Pillow as photographs: modes, frames, and a PNG's own colours."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageCms

from colorize_core.photo.metadata import kept_info, orientation_of
from colorize_core.photo.photo import Photo, PhotoError
from colorize_core.photo.pixels import floats_in_range, make_photo, whole_numbers
from colorize_core.photo.profiles import profile_of_chromaticities

_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N")
_SEVERAL_IN_ONE = ("MPO", "HEIF")  # stereo pairs and bursts: the first is the photograph
_SRGB_GAMMA = 0.45455
_SRGB_CHROMATICITY = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)


def photo_of_image(image: Image.Image) -> Photo:
    """Turn a Pillow image of any mode into a :class:`Photo`.

    Raises:
        PhotoError: it has several frames, or values whose scale is unknown.
    """
    refuse_frames(image)
    image.load()
    pixels, alpha = stored_pixels(image)
    if pixels.dtype != np.float32:
        return photo_of(image, pixels, alpha)
    pixels, warnings = floats_in_range(pixels)
    photo = photo_of(image, pixels, alpha)
    photo.warnings = warnings
    return photo


def photo_of(image: Image.Image, pixels: np.ndarray, alpha: np.ndarray | None) -> Photo:
    """Take the pixels of an image and what it says of them."""
    profile = image.info.get("icc_profile") or profile_of_gamma(image)
    photo = make_photo(pixels, alpha, kept_info(image), profile, orientation_of(image))
    if not image.info.get("icc_profile"):
        photo.profile = None  # a bare power is no space to write 8 bits in
    return photo


def refuse_frames(image: Image.Image) -> None:
    """Refuse an image of several frames.

    Raises:
        PhotoError: it has.
    """
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format not in _SEVERAL_IN_ONE:
        raise PhotoError(f"has {frames} frames; only still photographs are colorized")


def stored_pixels(image: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """Take the pixels of an image as they are stored, and its alpha."""
    if image.mode in _DEEP_MODES or image.mode == "F":
        return _deep_pixels(image), None
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        image = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB") or image
    is_grey = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        image = image.convert("LA" if is_grey else "RGBA")
        pixels = np.asarray(image)
        colors = pixels[..., 0] if is_grey else pixels[..., :3]
        return np.ascontiguousarray(colors), np.ascontiguousarray(pixels[..., -1])
    if image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("L" if is_grey else "RGB")
    return np.asarray(image), None


def _deep_pixels(image: Image.Image) -> np.ndarray:
    """Take grey of more than 8 bits, uint16, or float32 of any range."""
    values = np.asarray(image)
    if image.mode == "F":
        return values.astype(np.float32)
    low, high, white = values.min(), values.max(), 65535
    if low < 0 or high > white:
        raise PhotoError(f"has values in {low:g}..{high:g}; expected 0..{white}")
    return whole_numbers(values.astype(np.uint16), white)


def profile_of_gamma(image: Image.Image) -> bytes | None:
    """Make the profile that a PNG's ``gAMA`` and ``cHRM`` describe; None where it is sRGB's."""
    gamma = image.info.get("gamma")
    if not gamma or "srgb" in image.info:
        return None
    chromaticity = image.info.get("chromaticity", _SRGB_CHROMATICITY)
    is_srgb = np.allclose(chromaticity, _SRGB_CHROMATICITY, atol=2e-3)
    if abs(gamma - _SRGB_GAMMA) < 0.01 and is_srgb:
        return None
    try:
        white, primaries = tuple(chromaticity[:2]), tuple(chromaticity[2:])
        return profile_of_chromaticities(1.0 / gamma, white, primaries)
    except (RuntimeError, ValueError):
        return None
