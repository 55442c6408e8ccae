"""The pixels of a page of a TIFF, as tifffile gives them: every layout, and what is missing.

Source: TIFF 6.0, sections 18 (associated alpha), 20 and 21 (YCbCr); DNG 1.7, chapter 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from colorize_core.photo.claims import check_parts
from colorize_core.photo.damage import Damage, refuse_unless, worst_of
from colorize_core.photo.depth import as_depth, as_float, full_scale, strips, without_color
from colorize_core.photo.photo import PhotoError
from colorize_core.photo.pixels import floats_in_range, unmultiplied, whole_numbers
from colorize_core.photo.tiff_parts import check_pictures

COLORS = {"MINISBLACK": 1, "MINISWHITE": 1, "RGB": 3, "SEPARATED": 4}
_ALPHA_MULTIPLIED, _ALPHA = 1, 2
_UNCOMPRESSED = 1
_SUBSAMPLING, _COEFFICIENTS, _BLACK_AND_WHITE = 530, 529, 532
_LUMA = (0.299, 0.587, 0.114)
_BLACK_LEVEL, _WHITE_LEVEL, _LINEARIZATION = 50714, 50717, 50712

Stored = tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]


def is_whole_ycbcr(page: Any) -> bool:
    """Tell whether a page is of luma and chroma for every pixel, which Pillow does not read."""
    subsampling = _numbers(page, _SUBSAMPLING) or (2, 2)
    is_plain = int(page.compression) == _UNCOMPRESSED
    return page.photometric.name == "YCBCR" and is_plain and tuple(subsampling) == (1, 1)


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
    is_linear = kind == "LINEAR_RAW"
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
    extra = page.extrasamples[0] if page.extrasamples else 0
    values = values[..., : colors + (extra in (_ALPHA, _ALPHA_MULTIPLIED))]
    values, said = _scaled(values, page)
    pixels, alpha = values[..., :colors], None
    if values.shape[2] > colors:
        alpha = np.ascontiguousarray(values[..., colors])
    if kind == "YCBCR":
        pixels = _rgb_of_ycbcr(pixels, page)
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


_LEAST_DECODED = 0.01  # of the strips or tiles: what has fewer is no photo any more


def _values(page: Any) -> tuple[np.ndarray, Damage | None]:
    """Tell what is stored; and what of it is missing, put together of what there is."""
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


def _rgb_of_ycbcr(values: np.ndarray, page: Any) -> np.ndarray:
    """Give luma and chroma of 8 bits as RGB, by the coefficients and range that the page names."""
    luma = np.array(_rationals(page, _COEFFICIENTS, 3) or _LUMA, np.float32)
    ends = _rationals(page, _BLACK_AND_WHITE, 6) or (0, 255, 128, 255, 128, 255)
    black, white = np.array(ends[::2], np.float32), np.array(ends[1::2], np.float32)
    span = np.maximum(white - black, 1.0) / np.array([255.0, 127.0, 127.0], np.float32)
    if luma[1] <= 0.0:
        raise PhotoError("is YCbCr of which its green cannot be told")
    result = np.empty_like(values)
    for rows in strips(values):
        y, cb, cr = np.moveaxis((values[rows].astype(np.float32) - black) / span, 2, 0)
        red, blue = y + (2.0 - 2.0 * luma[0]) * cr, y + (2.0 - 2.0 * luma[2]) * cb
        green = (y - luma[0] * red - luma[2] * blue) / luma[1]
        shown = np.stack((red, green, blue), -1)
        result[rows] = np.rint(np.clip(shown, 0.0, 255.0)).astype(values.dtype)
    return result


def _encoded_light(values: np.ndarray, page: Any) -> np.ndarray:
    """Give linear raw, which stands for light, as sRGB has it: 16 bits or floating point."""
    depth = np.float32 if values.dtype == np.float32 else np.uint16
    white = (1 << int(max(np.atleast_1d(page.bitspersample)))) - 1
    table = _numbers(page, _LINEARIZATION)
    if table and values.dtype == np.uint16:
        curve = np.array(table, np.uint16)
        values = curve[np.minimum(values, len(curve) - 1)]
    low = float(np.mean(_rationals(page, _BLACK_LEVEL) or _numbers(page, _BLACK_LEVEL) or 0))
    high = float(np.mean(_numbers(page, _WHITE_LEVEL) or white))
    low, high = (low / white, high / white) if values.dtype != np.float32 else (0.0, 1.0)
    result = np.empty(values.shape, depth)
    for rows in strips(values):
        light = np.clip((as_float(values[rows]) - low) / max(high - low, 1e-6), 0.0, 1.0)
        bright = 1.055 * np.power(np.maximum(light, 0.0031308), 1.0 / 2.4) - 0.055
        shown = np.where(light > 0.0031308, bright, 12.92 * light).astype(np.float32)
        result[rows] = as_depth(shown, depth)
    return result


def _numbers(page: Any, tag: int) -> tuple[Any, ...]:
    """Give the values of a tag, if there are any."""
    value = page.tags[tag].value if tag in page.tags else ()
    value = tuple(value) if isinstance(value, (tuple, list, np.ndarray)) else (value,)
    return value if all(isinstance(one, (int, float, np.number)) for one in value) else ()


def _rationals(page: Any, tag: int, count: int = 0) -> tuple[float, ...]:
    """Give a tag's values that are fractions; empty where there are not so many, or none."""
    value = _numbers(page, tag)
    pairs = list(zip(value[::2], value[1::2], strict=False))
    if not pairs or (count and len(pairs) != count) or not all(below for _, below in pairs):
        return ()
    if not count and page.tags[tag].dtype not in (5, 10):
        return ()
    return tuple(float(above) / float(below) for above, below in pairs)
