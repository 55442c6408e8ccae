"""PNG: 16 bits a channel, which Pillow cannot hold in colour, and writing quickly.

Source: Portable Network Graphics, third edition (W3C), sections 5 and 11.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import imagecodecs
import numpy as np

from colorize_core.photo.depth import strips
from colorize_core.threads import cores, in_order

try:
    from isal import isal_zlib as _zlib
except ImportError:  # it is not made for every processor
    import zlib as _zlib  # type: ignore[no-redef]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_AFTER_HEADER = 33  # bytes: the signature and the IHDR chunk
_METRES_PER_INCH = 0.0254
_AVERAGE = 3  # the filter that makes photographs smallest; choosing one a row takes too long
_LEVEL = 1  # of ISA-L: a quarter of zlib's time at its fastest, and smaller
_ZLIB_HEADER = b"\x78\x01"
_MOST_THREADS = 8
_AHEAD = 2  # strips per thread that are done before they are asked for
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # by the type of colour


def is_deep(head: bytes) -> bool:
    """Tell whether a file that begins so is a PNG of 16 bits a channel."""
    return head.startswith(SIGNATURE) and head[24:25] == b"\x10"


def decode(content: bytes) -> tuple[np.ndarray, np.ndarray | None]:
    """Decode the pixels of a file, ``(H, W)`` or ``(H, W, 3)``, and its alpha or None.

    They are uint16 where it has 16 bits a channel, else uint8.

    Raises:
        RuntimeError: the file is damaged.
    """
    values = imagecodecs.png_decode(content)
    if values.ndim == 2:
        return values, None
    channels = values.shape[2]
    pixels = values[..., 0] if channels <= 2 else values[..., :3]
    alpha = None if channels in (1, 3) else np.ascontiguousarray(values[..., -1])
    return np.ascontiguousarray(pixels), alpha


def without_pixels(content: bytes) -> bytes | None:
    """Make the same file of one black pixel: all that it says beside its pixels, quick to read.

    Returns:
        None where it is no still picture of 8 or 16 bits in which each pixel says its own colour.
    """
    depth, color = content[24:26]
    if depth not in (8, 16) or color not in _CHANNELS:
        return None
    header = struct.pack(">IIBBBBB", 1, 1, depth, color, 0, 0, 0)
    dot = zlib.compress(bytes(1 + _CHANNELS[color] * depth // 8))
    parts, pixels = [SIGNATURE, _chunk(b"IHDR", header)], _chunk(b"IDAT", dot)
    at = _AFTER_HEADER
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        if kind in (b"tRNS", b"acTL"):
            return None
        parts.append(pixels if kind == b"IDAT" else content[at : at + 12 + length])
        pixels = b"" if kind == b"IDAT" else pixels
        at += 12 + length
    return b"".join(parts)


def encode(
    pixels: np.ndarray, alpha: np.ndarray | None, profile: bytes, info: dict[str, Any]
) -> list[bytes | memoryview]:
    """Encode a PNG file, in parts that follow each other.

    Args:
        pixels: uint8 or uint16, ``(H, W)`` or ``(H, W, 3)``.
        alpha: ``(H, W)`` of the same type, or None.
        profile: the ICC profile of the pixels.
        info: of which ``exif``, ``dpi``, ``xmp``, ``text`` and ``comment`` are written.
    """
    if alpha is not None:
        pixels = np.dstack((pixels, alpha))
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    color = {count: kind for kind, count in _CHANNELS.items()}[channels]
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.itemsize, color, 0, 0, 0)
    parts: list[bytes | memoryview] = [SIGNATURE, _chunk(b"IHDR", header)]
    parts += [_chunk(kind, data) for kind, data in _chunks(profile, info)]
    parts += [_chunk(b"IDAT", data) for data in _compressed(pixels)]
    return [*parts, _chunk(b"IEND", b"")]


def _compressed(pixels: np.ndarray) -> Iterator[bytes]:
    """Compress the file's pixels, in parts: a thread filters and compresses each strip.

    A strip's data end on a whole byte and refer to nothing before them, so that one follows the
    other.
    """
    yield _ZLIB_HEADER
    check = zlib.adler32(b"")
    all_rows = list(strips(pixels))
    threads = min(_MOST_THREADS, cores(), len(all_rows))

    def strip(rows: slice) -> tuple[np.ndarray, bytes]:
        filtered = _filtered(pixels, rows)
        packer = _zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        is_last = rows.stop >= len(pixels)
        packed = packer.compress(filtered)
        return filtered, packed + packer.flush(zlib.Z_FINISH if is_last else zlib.Z_FULL_FLUSH)

    with ThreadPoolExecutor(threads) as pool:
        begun = in_order(lambda rows: pool.submit(strip, rows), all_rows, _AHEAD * threads)
        with closing(begun):
            for _, future in begun:
                filtered, packed = future.result()
                check = _zlib.adler32(filtered, check)
                yield packed
    yield struct.pack(">I", check)


def _filtered(pixels: np.ndarray, rows: slice) -> np.ndarray:
    """Subtract from every byte the mean of those to its left and above; put filters before rows."""
    height, width = pixels.shape[:2]
    step = pixels[0, 0].nbytes  # from a byte to that of the pixel to its left
    stop = min(rows.stop, height)
    with_above = pixels[max(rows.start - 1, 0) : stop]
    values = with_above.astype(pixels.dtype.newbyteorder(">"), order="C", copy=False)
    values = values.reshape(len(values), -1).view(np.uint8)
    if rows.start == 0:
        values = np.concatenate((np.zeros_like(values[:1]), values))
    up, values = values[:-1], values[1:]
    left = np.zeros_like(values)
    left[:, step:] = values[:, :-step]
    result = np.empty((stop - rows.start, 1 + width * step), np.uint8)
    result[:, 0] = _AVERAGE
    np.subtract(values, (up & left) + ((up ^ left) >> 1), out=result[:, 1:])
    return result


def _chunks(profile: bytes, info: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    yield b"iCCP", b"ICC profile\0\0" + zlib.compress(profile)
    if "dpi" in info:
        across, down = (round(float(value) / _METRES_PER_INCH) for value in info["dpi"])
        if 0 < across < 1 << 31 and 0 < down < 1 << 31:
            yield b"pHYs", struct.pack(">IIB", across, down, 1)
    if "exif" in info:
        yield b"eXIf", info["exif"].removeprefix(b"Exif\0\0")
    if "xmp" in info:
        yield b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + info["xmp"]
    text = dict(info.get("text", {}))
    if info.get("comment"):
        comment = info["comment"]
        if isinstance(comment, bytes):
            comment = comment.rstrip(b"\0").decode("utf-8", "replace")
        text.setdefault("Comment", comment)
    for keyword, value in text.items():
        name = keyword.encode("latin-1", "replace")[:79]
        try:
            yield b"tEXt", name + b"\0" + value.encode("latin-1")
        except UnicodeEncodeError:
            yield b"iTXt", name + b"\0\0\0\0\0" + value.encode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
