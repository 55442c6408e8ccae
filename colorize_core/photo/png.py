"""PNG: 16 bits a channel, which Pillow cannot hold in colour, and writing quickly.

Source: Portable Network Graphics, third edition (W3C), sections 5 and 11.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import imagecodecs
import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_AFTER_HEADER = 33  # bytes: the signature and the IHDR chunk
_METRES_PER_INCH = 0.0254
# Of photographs: three times as fast as Pillow's fastest level, and smaller.
_AVERAGE_FILTER = 64
_LEVEL = 1


def is_deep(head: bytes) -> bool:
    """Whether a file that begins so is a PNG of 16 bits a channel."""
    return head.startswith(_SIGNATURE) and head[24:25] == b"\x10"


def decode_deep(content: bytes) -> tuple[np.ndarray, np.ndarray | None]:
    """The pixels of a 16-bit PNG, uint16 ``(H, W)`` or ``(H, W, 3)``, and its alpha or None.

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


def encode(
    pixels: np.ndarray, alpha: np.ndarray | None, profile: bytes, info: dict[str, Any]
) -> list[bytes | memoryview]:
    """A PNG file, in parts that follow each other.

    Args:
        pixels: uint8 or uint16, ``(H, W)`` or ``(H, W, 3)``.
        alpha: ``(H, W)`` of the same type, or None.
        profile: the ICC profile of the pixels.
        info: of which ``exif``, ``dpi``, ``xmp``, ``text`` and ``comment`` are written.
    """
    if alpha is not None:
        pixels = np.dstack((pixels, alpha))
    content = imagecodecs.png_encode(
        np.ascontiguousarray(pixels),
        level=_LEVEL,
        strategy=imagecodecs.PNG.STRATEGY.RLE,
        filter=_AVERAGE_FILTER,
    )
    extra = b"".join(_chunk(kind, data) for kind, data in _chunks(profile, info))
    whole = memoryview(content)  # the parts share its memory
    return [whole[:_AFTER_HEADER], extra, whole[_AFTER_HEADER:]]


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
