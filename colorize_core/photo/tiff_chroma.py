"""Luma and chroma in a TIFF: blocks of pixels that share their chroma, and what RGB they stand for.

No library unpacks such blocks where they are not compressed.

Source: TIFF 6.0, section 21: a unit holds the luma of a block, row by row, then Cb and Cr.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from colorize_core.photo.damage import Damage
from colorize_core.photo.depth import as_depth, full_scale, strips
from colorize_core.photo.photo import PhotoError
from colorize_core.photo.tiff_values import numbers, rationals

_UNCOMPRESSED, _CONTIGUOUS = 1, 1
_SUBSAMPLING, _COEFFICIENTS, _BLACK_AND_WHITE = 530, 529, 532
_LUMA = (0.299, 0.587, 0.114)
_SIDES = (1, 2, 4)  # that a block may have


def is_plain_ycbcr(page: Any) -> bool:
    """Tell whether a page is of luma and chroma as they are, which Pillow takes for RGB."""
    is_plain = int(page.compression) == _UNCOMPRESSED
    is_known = int(page.planarconfig) == _CONTIGUOUS or block_of(page) == (1, 1)
    return page.photometric.name == "YCBCR" and is_plain and is_known


def block_of(page: Any) -> tuple[int, int]:
    """Tell how many pixels across and down have their chroma in common.

    Where the page does not say it, two and two, unless there are too many bytes for that.

    Raises:
        PhotoError: it is what TIFF does not know.
    """
    said = numbers(page, _SUBSAMPLING)
    if not said:
        pixels = page.imagewidth * page.imagelength * page.dtype.itemsize
        return (1, 1) if sum(page.databytecounts) >= 3 * pixels else (2, 2)
    if len(said) != 2 or not set(said) <= set(_SIDES):
        raise PhotoError("is damaged: its chroma belongs to no block of pixels")
    return int(said[0]), int(said[1])


def unpacked(page: Any) -> tuple[np.ndarray, Damage | None]:
    """Give luma and chroma of every pixel, ``(H, W, 3)`` as stored, and what of it is missing.

    Args:
        page: of tifffile's, not compressed, its channels side by side; what is missing is 0.
    """
    across, down = block_of(page)
    height, width = min(page.rowsperstrip, page.imagelength), page.imagewidth
    if page.is_tiled:
        height, width = page.tilelength, page.tilewidth
    beside = -(-page.imagewidth // width)
    result = np.zeros((page.imagelength, page.imagewidth, 3), page.dtype)
    handle, good, is_cut = page.parent.filehandle, page.imagelength, False
    for index, (offset, count) in enumerate(
        zip(page.dataoffsets, page.databytecounts, strict=False)
    ):
        top, left = index // beside * height, index % beside * width
        into = result[top : top + height, left : left + width]
        units = -(-len(into) // down), -(-width // across)
        row = units[1] * (across * down + 2) * page.dtype.itemsize
        handle.seek(min(offset, handle.size))
        data = handle.read(min(count, units[0] * row))
        if len(data) < units[0] * row:
            good = min(good, top + len(data) // row * down)
            is_cut = is_cut or offset + count > handle.size
        part = _of_units(data.ljust(units[0] * row, b"\0"), page, units, (across, down))
        into[...] = part[: into.shape[0], : into.shape[1]]
    parts = len(page.dataoffsets)
    if parts < beside * -(-page.imagelength // height):
        good = min(good, parts // beside * height)
    return result, None if good == page.imagelength else Damage(good, page.imagelength, is_cut)


def _of_units(data: bytes, page: Any, units: tuple[int, int], block: tuple[int, int]) -> np.ndarray:
    """Give the pixels of so many units down and across, ``(h, w, 3)``."""
    across, down = block
    kind = page.dtype.newbyteorder(page.parent.byteorder)
    values = np.frombuffer(data, kind).reshape(*units, across * down + 2)
    luma = values[..., :-2].reshape(*units, down, across).swapaxes(1, 2)
    chroma = values[..., -2:].repeat(down, 0).repeat(across, 1)
    return np.dstack((luma.reshape(units[0] * down, units[1] * across), chroma))


def rgb_of_ycbcr(values: np.ndarray, page: Any) -> np.ndarray:
    """Give luma and chroma as RGB, by the coefficients and the range that the page names.

    Args:
        values: ``(H, W, 3)``, uint8, uint16 or float32 in 0..1; what is 0 in all three is missing,
            and black.
        page: of tifffile's.

    Raises:
        PhotoError: its coefficients make no sense.
    """
    luma = np.array(rationals(page, _COEFFICIENTS, 3) or _LUMA, np.float32)
    if luma[1] <= 0.0:
        raise PhotoError("is YCbCr of which its green cannot be told")
    top = full_scale(values.dtype)
    black, span = _range_of(page, top)
    result = np.empty_like(values)
    for rows in strips(values):
        strip = values[rows]
        y, cb, cr = np.moveaxis((strip.astype(np.float32) - black) / span, 2, 0)
        red, blue = y + (2.0 - 2.0 * luma[0]) * cr, y + (2.0 - 2.0 * luma[2]) * cb
        green = (y - luma[0] * red - luma[2] * blue) / luma[1]
        shown = np.stack((red, green, blue), -1) * strip.any(axis=2, keepdims=True)
        result[rows] = as_depth((shown / np.float32(top)).clip(0.0, 1.0), values.dtype)
    return result


def _range_of(page: Any, top: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the values of black and of no chroma, float32 (3,), and what to divide by beyond them.

    Args:
        page: of tifffile's.
        top: the value of white in the depth that the page has come to.
    """
    tones = 1 << int(max(np.atleast_1d(page.bitspersample)))  # of which the page speaks
    full = (0, tones - 1, tones // 2, tones - 1, tones // 2, tones - 1)
    ends = rationals(page, _BLACK_AND_WHITE, 6) or full
    if tones > 256 and max(ends) < 256:  # as programs write it without regard to the depth
        ends = full
    black, white = np.array(ends[::2], float), np.array(ends[1::2], float)
    chroma = tones / 2 - 1
    span = np.maximum(white - black, 1.0) / (tones - 1, chroma, chroma)
    return (black * top / (tones - 1)).astype(np.float32), span.astype(np.float32)
