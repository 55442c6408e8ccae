"""ICC profiles: from a photo's own colours to sRGB and back, by Little CMS.

Photos of 8 bits become 16 bits of sRGB: rounded to 8 there as well as in the file, they would be
off by twice as much.

Left to itself, Little CMS interpolates from 16 bits in a table of 33 steps, which is off by up to
8 % near black. So it is told to compute every pixel; or, where 8 bits are to come of a large
photo, to interpolate in one of 65 steps that follow the curve, which takes a third of the time.
From 8 bits it looks up the light of each value, and needs no such table.
"""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import imagecodecs
import numpy as np
from PIL import ImageCms

from colorize_core.photo.depth import as_depth, full_scale, strips
from colorize_core.threads import cores

_DATE, _ANY_DATE = slice(24, 36), (2026, 1, 1, 0, 0, 0)
_SPACES = {b"GRAY": "gray", b"RGB ": "rgb", b"CMYK": "cmyk"}
_CHANNELS = {"gray": 1, "rgb": 3, "cmyk": 4}
_SAME = 2e-3  # of full scale: how far copies of the sRGB profile are from each other
_RETURNS = 4e-3  # how near a colour must come back for a profile to be written in
_EXACT = imagecodecs.CMS.FLAGS.NOOPTIMIZE
_FINE_TABLE = imagecodecs.CMS.FLAGS.CLUT_PRE_LINEARIZATION | 65 << 16  # steps
_LARGE = 1 << 21  # values: fewer are computed in less time than the table
_PART = 1 << 18  # values that are worth a thread
_MOST_THREADS = 8


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """Make an ICC profile of sRGB, the same at any time: Little CMS puts the date into it."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[: _DATE.start] + struct.pack(">6H", *_ANY_DATE) + made[_DATE.stop :]


def space_of(profile: bytes) -> str | None:
    """Name a profile's space: ``gray``, ``rgb`` or ``cmyk``; None for others and for no profile."""
    return _SPACES.get(profile[16:20]) if profile[36:40] == b"acsp" else None


def fits(profile: bytes, channels: int) -> bool:
    """Tell whether pixels of 1, 3 or 4 (CMYK) channels can be interpreted through a profile.

    Grey pixels may have an RGB profile, as ImageMagick writes them.
    """
    space = space_of(profile)
    if space is None or channels not in ({1, 3} if space == "rgb" else {_CHANNELS[space]}):
        return False
    try:
        shape = (1, 1) if space == "gray" else (1, 1, _CHANNELS[space])
        _srgb_of(np.zeros(shape, np.float32), profile)
    except (RuntimeError, ValueError):
        return False
    return True


@lru_cache(maxsize=8)
def is_srgb(profile: bytes) -> bool:
    """Tell whether an RGB profile that fits says what sRGB is."""
    if space_of(profile) != "rgb":
        return False
    probe = _probe()
    return bool(np.abs(_srgb_of(probe, profile) - probe).max() < _SAME)


@lru_cache(maxsize=8)
def holds_srgb(profile: bytes) -> bool:
    """Tell whether colours of sRGB can be written in a profile: all come back as they were.

    Scanners' profiles say how to read but not how to write; some monitors show less than sRGB.
    """
    if space_of(profile) != "rgb":
        return False
    probe = _probe()
    try:
        there = _of_srgb(probe, profile, np.float32)
        back = _srgb_of(np.clip(there, 0.0, 1.0), profile)
    except (RuntimeError, ValueError):
        return False
    return bool(np.abs(back - probe).max() < _RETURNS)


def to_srgb(pixels: np.ndarray, profile: bytes) -> np.ndarray:
    """Interpret pixels through a profile that :func:`fits` them.

    Args:
        pixels: ``(H, W)``, ``(H, W, 3)``, or CMYK ``(H, W, 4)`` where 0 is no ink; uint8,
            uint16 or float32 in 0..1.
        profile: an ICC profile.

    Returns:
        sRGB, clipped to its gamut, of the same depth, but uint16 for uint8; grey stays grey
        unless the profile tints it.
    """
    if pixels.ndim == 2:
        return _grey_to_srgb(pixels, profile)
    result = _srgb_of(pixels, profile)
    return np.clip(result, 0.0, 1.0, out=result) if result.dtype == np.float32 else result


def from_srgb(pixels: np.ndarray, profile: bytes, dtype: np.dtype | type) -> np.ndarray:
    """Convert colours, ``(H, W, 3)``, to a profile that :func:`holds_srgb` and to a depth."""
    if np.issubdtype(dtype, np.integer):
        pixels = as_depth(pixels, np.uint16)
    return _of_srgb(pixels, profile, dtype)


def _grey_to_srgb(pixels: np.ndarray, profile: bytes) -> np.ndarray:
    if pixels.dtype == np.float32:
        tinted = np.empty((*pixels.shape, 3), np.float32)
        for rows in strips(pixels):
            tinted[rows] = np.clip(_srgb_of_grey(pixels[rows], profile), 0.0, 1.0)
        spread = np.ptp(tinted, axis=2).max(initial=0.0)
        return tinted.mean(2) if spread < _SAME else tinted
    # As many values as there are shades, each looked up: exact, and quick at any size.
    scale = full_scale(pixels.dtype)
    ramp = np.arange(scale + 1, dtype=np.float32)[None] / np.float32(scale)
    table = np.clip(_srgb_of_grey(ramp, profile)[0], 0.0, 1.0)
    if np.ptp(table, axis=1).max() < _SAME:
        table = table.mean(1)
    return as_depth(table.astype(np.float32), np.uint16)[pixels]


def _srgb_of_grey(pixels: np.ndarray, profile: bytes) -> np.ndarray:
    if space_of(profile) == "rgb":
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return _srgb_of(pixels, profile)


def _srgb_of(pixels: np.ndarray, profile: bytes) -> np.ndarray:
    """Convert pixels of 1, 3 or 4 channels to sRGB: float32 stays, not clipped; else uint16."""
    space = space_of(profile)
    if space == "cmyk":
        # Perceptual: paper becomes white and the darkest ink black. Little CMS counts floating
        # point ink in percent.
        intent = imagecodecs.CMS.INTENT.PERCEPTUAL
        pixels = pixels * np.float32(100.0) if pixels.dtype == np.float32 else pixels
    else:
        intent = imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC
    dtype = np.float32 if pixels.dtype == np.float32 else np.uint16
    flags = 0 if pixels.dtype == np.uint8 else _EXACT
    return _transformed(pixels, profile, srgb_profile(), dtype, space, intent, flags)


def _of_srgb(pixels: np.ndarray, profile: bytes, dtype: np.dtype | type) -> np.ndarray:
    """Convert pixels of sRGB, uint16 or float32, to an RGB profile and a depth."""
    intent = imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC
    flags = _FINE_TABLE if dtype == np.uint8 and pixels.size > _LARGE else _EXACT
    return _transformed(pixels, srgb_profile(), profile, dtype, "rgb", intent, flags)


def _transformed(
    pixels: np.ndarray,
    source: bytes,
    target: bytes,
    dtype: np.dtype | type,
    space: str | None,
    intent: int,
    flags: int,
) -> np.ndarray:
    """Transform pixels of a space to a profile of RGB, by as many threads as are worth it."""
    result = np.empty((*pixels.shape[:2], 3), dtype)

    def transform(part: np.ndarray, out: np.ndarray) -> None:
        imagecodecs.cms_transform(
            part,
            source,
            target,
            colorspace=space,
            outcolorspace="rgb",
            outdtype=dtype,
            intent=intent,
            flags=flags,
            out=out,  # type: ignore[arg-type]
        )

    count = min(_MOST_THREADS, cores(), len(pixels), 1 + pixels.size // _PART)
    if count == 1:
        transform(pixels, result)
        return result
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(transform, np.array_split(pixels, count), np.array_split(result, count)))
    return result


def profile_of_chromaticities(
    gamma: float, white: tuple[float, float], primaries: tuple[float, ...]
) -> bytes:
    """Make an RGB profile of a pure power, as PNG's ``gAMA`` and ``cHRM`` describe one.

    Args:
        gamma: the exponent from values to light.
        white: x and y.
        primaries: x and y of red, green and blue, six numbers.
    """
    return imagecodecs.cms_profile("rgb", whitepoint=white, primaries=primaries, gamma=gamma)


def _probe() -> np.ndarray:
    """Make shades and colours of sRGB, float32 ``(1, N, 3)``."""
    steps = np.linspace(0.0, 1.0, 5, dtype=np.float32)
    cube = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3)
    greys = np.linspace(0.0, 1.0, 33, dtype=np.float32)[None, :, None].repeat(3, 2)
    return np.ascontiguousarray(np.concatenate((cube, greys), 1))
