"""The pixels of a page of a TIFF, as tifffile gives them: every layout, and what is missing.

Source: TIFF 6.0, section 18 (associated alpha); DNG 1.7, chapter 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from colorize_core.photo.claims import check_parts
from colorize_core.photo.damage import Damage, refuse_unless, worst_of
from colorize_core.photo.depth import as_depth, as_float, full_scale, strips, without_color
from colorize_core.photo.photo import PhotoError
from colorize_core.photo.pixels import floats_in_range, unmultiplied, whole_numbers
from colorize_core.photo.tiff_chroma import is_plain_ycbcr, rgb_of_ycbcr, unpacked
from colorize_core.photo.tiff_parts import check_pictures
from colorize_core.photo.tiff_values import numbers, rationals

LINEAR_RAW = "LINEAR_RAW"
COLORS = {"MINISBLACK": 1, "MINISWHITE": 1, "RGB": 3, "SEPARATED": 4}
_ALPHA_MULTIPLIED, _ALPHA = 1, 2
_UNCOMPRESSED = 1
_BLACK_LEVEL, _WHITE_LEVEL, _LINEARIZATION = 50714, 50717, 50712

Stored = tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]


def stored_page(page: Any, damaged: bool, is_dng: bool) -> Stored:
    """Give the pixels of a page, its alpha or None, and what was wrong with it.

    Args:
        page: of tifffile's.
        damaged: whether missing parts are left black; else they are an error.
        is_dng: whether values of linear raw stand for light.

    Raises:
        PhotoError: its values have no known scale, its kind is not read, or a part is missing.
    """
    if not all(page.shape):
        raise PhotoError("has no pixels")
    kind = page.photometric.name
    is_linear = kind == LINEAR_RAW
    samples = page.samplesperpixel - len(page.extrasamples or ())
    colors = samples if is_linear and samples in (1, 3) else COLORS.get(kind)
    if kind == "YCBCR":
        colors = 3
    if colors is None:
        raise PhotoError(f"is {kind} in {page.bitspersample} bits, which is not read; save as RGB")
    if not damaged:
        check_parts(page)
    lacking = check_pictures(page, damaged)
    values, damage = _values(page)
    damage = worst_of(damage, lacking)
    refuse_unless(damaged, damage)
    warnings = () if damage is None else (f"{damage}; the others are black",)
    if page.axes == "SYX":
        values = np.moveaxis(values, 0, 2)
    elif page.axes not in ("YX", "YXS"):
        raise PhotoError(f"is no flat picture but has the axes {page.axes}")
    if values.ndim == 2:
        values = values[..., None]
    if values.shape[2] < colors:
        raise PhotoError(f"has {values.shape[2]} channels; {kind} needs {colors}")
    place, extra = _alpha_of(page)
    values, said = _scaled(values[..., : colors + (0 if place is None else place + 1)], page)
    pixels, alpha = values[..., :colors], None
    if place is not None and values.shape[2] > colors + place:
        alpha = np.ascontiguousarray(values[..., colors + place])
    if kind == "YCBCR":
        pixels = rgb_of_ycbcr(pixels, page)
    elif is_linear and is_dng:
        pixels = _encoded_light(pixels, page)
    if colors == 1:
        pixels = pixels[..., 0]
    elif colors == 3:
        pixels = without_color(pixels)
    if kind == "MINISWHITE":
        pixels = pixels.dtype.type(full_scale(pixels.dtype)) - pixels
    if alpha is not None and extra == _ALPHA_MULTIPLIED:
        pixels = unmultiplied(pixels, alpha)
    return np.ascontiguousarray(pixels), alpha, warnings + said


def _alpha_of(page: Any) -> tuple[int | None, int]:
    """Find the extra channel, from 0, that is alpha, and of which kind; None where none is."""
    kinds = [int(kind) for kind in page.extrasamples or ()]
    found = (place for place, kind in enumerate(kinds) if kind in (_ALPHA, _ALPHA_MULTIPLIED))
    place = next(found, None)
    return place, 0 if place is None else kinds[place]


_LEAST_DECODED = 0.01  # of the strips or tiles: what has fewer is no photo any more


def _values(page: Any) -> tuple[np.ndarray, Damage | None]:
    """Tell what is stored; and what of it is missing, put together of what there is."""
    if is_plain_ycbcr(page) and page.axes == "YXS" and page.samplesperpixel == 3:
        return unpacked(page)
    ends = [at + count for at, count in zip(page.dataoffsets, page.databytecounts, strict=False)]
    size = page.parent.filehandle.size
    parts = len(page.dataoffsets)
    is_there = parts >= int(np.prod(page.chunked)) and all(page.databytecounts)
    if is_there and max(ends) <= size:
        try:
            return page.asarray(maxworkers=1), None
        except MemoryError:
            raise
        except Exception:  # decoders raise nearly anything
            pass
    values, rows = _put_together(page)
    if rows >= page.imagelength:
        return values, None  # strips that claim to be longer than they are
    return values, Damage(rows, page.imagelength, not is_there or max(ends) > size)


def _put_together(page: Any) -> tuple[np.ndarray, int]:
    """Decode the strips or tiles that can be; gives the page, and the rows before the others."""
    keyframe, handle = page.keyframe, page.parent.filehandle
    result = np.zeros(keyframe.shaped, keyframe.dtype)
    good = page.imagelength
    needed = int(np.prod(keyframe.chunked))
    if len(page.dataoffsets) < _LEAST_DECODED * needed:
        raise PhotoError("is damaged: hardly anything of it is there")
    decoded = 0
    is_plain = int(page.compression) == _UNCOMPRESSED
    stored = int(np.prod(keyframe.chunks)) * keyframe.dtype.itemsize
    for index in range(needed):
        try:
            offset, count = page.dataoffsets[index], page.databytecounts[index]
            handle.seek(offset)
            data = handle.read(max(0, min(count, handle.size - offset)))  # it may claim gigabytes
            if is_plain:
                count = min(count, stored)
            if len(data) < count or not count:
                good = min(good, _row_of(page, index, len(data), count))
            if is_plain:
                data = data.ljust(count, b"\0")
            part, (plane, depth, top, left, _), _ = keyframe.decode(
                data, index, jpegtables=page.jpegtables
            )
            into = result[plane, depth:, top:, left:]
            into = into[: part.shape[0], : part.shape[1], : part.shape[2]]
            into[...] = part[: into.shape[0], : into.shape[1], : into.shape[2]]
            decoded += 1
        except MemoryError:
            raise
        except Exception:  # decoders raise nearly anything
            good = min(good, _row_of(page, index))
    if decoded < _LEAST_DECODED * needed:
        raise PhotoError("is damaged: hardly anything of it is there")
    return result.reshape(keyframe.shape), good


def _row_of(page: Any, index: int, there: int = 0, count: int = 0) -> int:
    """Find the row that a strip or tile begins in, or, not compressed, that its bytes reach."""
    if page.is_tiled:
        across = -(-page.imagewidth // page.tilewidth)
        down = -(-page.imagelength // page.tilelength)
        return index % (across * down) // across * page.tilelength
    height = min(page.rowsperstrip, page.imagelength)
    top = index % -(-page.imagelength // height) * height
    if int(page.compression) != _UNCOMPRESSED or not count:
        return top
    return top + there * min(height, page.imagelength - top) // count


def _scaled(values: np.ndarray, page: Any) -> tuple[np.ndarray, tuple[str, ...]]:
    """Give values as uint8, uint16, or float32 in 0..1, in the machine's byte order."""
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype == np.bool_:
        values = values.astype(np.uint8)
    if np.issubdtype(values.dtype, np.unsignedinteger):
        white = (1 << int(max(np.atleast_1d(page.bitspersample)))) - 1
        return whole_numbers(values, white), ()
    if not np.issubdtype(values.dtype, np.floating):
        raise PhotoError(f"has values of the type {values.dtype}, whose scale is not known")
    return floats_in_range(values)


def _encoded_light(values: np.ndarray, page: Any) -> np.ndarray:
    """Give linear raw, which stands for light, as sRGB has it: 16 bits or floating point."""
    depth = np.float32 if values.dtype == np.float32 else np.uint16
    white = (1 << int(max(np.atleast_1d(page.bitspersample)))) - 1
    table = numbers(page, _LINEARIZATION)
    if table and values.dtype == np.uint16:
        curve = np.array(table, np.uint16)
        values = curve[np.minimum(values, len(curve) - 1)]
    low = float(np.mean(rationals(page, _BLACK_LEVEL) or numbers(page, _BLACK_LEVEL) or 0))
    high = float(np.mean(numbers(page, _WHITE_LEVEL) or white))
    low, high = (low / white, high / white) if values.dtype != np.float32 else (0.0, 1.0)
    result = np.empty(values.shape, depth)
    for rows in strips(values):
        light = np.clip((as_float(values[rows]) - low) / max(high - low, 1e-6), 0.0, 1.0)
        bright = 1.055 * np.power(np.maximum(light, 0.0031308), 1.0 / 2.4) - 0.055
        shown = np.where(light > 0.0031308, bright, 12.92 * light).astype(np.float32)
        result[rows] = as_depth(shown, depth)
    return result
