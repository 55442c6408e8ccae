"""JPEG XL, by imagecodecs. It is written without loss, in sRGB.

Source: ISO/IEC 18181-1, section 9.2 (size); ISO/IEC 18181-2 (container).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np

from colorize_core.photo import boxes
from colorize_core.photo.boxes import box
from colorize_core.photo.claims import ANYTHING, check_claim, check_size
from colorize_core.photo.depth import without_color
from colorize_core.photo.photo import Photo, PhotoError
from colorize_core.photo.pixels import floats_in_range, make_photo

_CONTAINER, _BARE = b"\0\0\0\x0cJXL \r\n\x87\n", b"\xff\n"
_RATIOS = (None, (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_WIDTHS = (9, 13, 18, 30)  # bits of a side
_EFFORT = 3  # of 9: a photo of 12 megapixels in seconds, a few percent longer
_MOST_NOTE = 1 << 24  # bytes of a box that is compressed

AVAILABLE = bool(imagecodecs.JPEGXL.available)


def is_jpegxl(head: bytes) -> bool:
    """Tell whether a file that begins so is a JPEG XL."""
    return head.startswith((_CONTAINER, _BARE))


def read(path: Path) -> Photo:
    """Read a file that begins as a JPEG XL.

    Raises:
        PhotoError: it claims more than there can be, or it is animated.
        RuntimeError, ValueError: it is damaged.
    """
    content = path.read_bytes()
    size = claimed_size(content)
    check_size(size, 4, 2)
    check_claim(size, size[0] * size[1] / ANYTHING, len(content))
    values = imagecodecs.jpegxl_decode(content)
    if values.ndim > 3 or (values.ndim == 3 and values.shape[2] > 4):
        raise PhotoError("has several frames; only still photographs are colorized")
    warnings: tuple[str, ...] = ()
    if np.issubdtype(values.dtype, np.floating):
        values, warnings = floats_in_range(values)
    pixels, alpha = values, None
    if values.ndim == 3:
        if values.shape[2] in (2, 4):
            alpha = np.ascontiguousarray(values[..., -1])
        pixels = values[..., 0] if values.shape[2] <= 2 else without_color(values[..., :3])
    info = _said(content)
    photo = make_photo(np.ascontiguousarray(pixels), alpha, info, None)  # the decoder turns it
    photo.warnings = warnings
    return photo


def encode(pixels: np.ndarray, alpha: np.ndarray | None, info: dict[str, Any]) -> list[bytes]:
    """Give a file, in parts that follow each other.

    Args:
        pixels: sRGB, uint8 or uint16, ``(H, W)`` or ``(H, W, 3)``.
        alpha: ``(H, W)`` of the same type, or None.
        info: of which ``exif``, ``xmp`` and ``quality`` are heeded.
    """
    values = np.ascontiguousarray(pixels if alpha is None else np.dstack((pixels, alpha)))
    how: dict[str, Any] = {"lossless": True}
    if info.get("quality"):
        how = {"distance": max(0.1, (100 - info["quality"]) / 10.0)}
    made = bytes(imagecodecs.jpegxl_encode(values, effort=_EFFORT, usecontainer=True, **how))
    parts = [_CONTAINER]
    for kind, inside in boxes.boxes(made, len(_CONTAINER)):
        if kind in (b"jxlc", b"jxlp"):
            parts += _notes(info)
            info = {}
        parts.append(box(kind, inside))
    return parts


def _notes(info: dict[str, Any]) -> list[bytes]:
    notes = []
    if "exif" in info:
        notes.append(box(b"Exif", bytes(4) + info["exif"].removeprefix(b"Exif\0\0")))
    if "xmp" in info:
        notes.append(box(b"xml ", info["xmp"]))
    return notes


def _said(content: bytes) -> dict[str, Any]:
    info: dict[str, Any] = {}
    if content.startswith(_BARE):
        return info
    for kind, inside in boxes.boxes(content):
        if kind == b"brob":
            kind, inside = inside[:4], _unpacked(inside[4:])
        if kind == b"Exif" and len(inside) > 4:
            (begin,) = struct.unpack_from(">I", inside)
            boxes.kept_of_exif(inside[4 + begin :], info)
        elif kind == b"xml " and inside:
            boxes.kept_of_xmp(inside, info)
    return info


def _unpacked(packed: bytes) -> bytes:
    try:
        return bytes(imagecodecs.brotli_decode(packed, out=_MOST_NOTE))
    except Exception:  # damaged, or too long: the note is lost, the photo is not
        return b""


def claimed_size(content: bytes) -> tuple[int, int]:
    """Give width and height that a file claims.

    Raises:
        ValueError: it has no code stream.
    """
    stream = content
    if content.startswith(_CONTAINER):
        found = dict(reversed(list(boxes.boxes(content, len(_CONTAINER)))))
        stream = found.get(b"jxlc") or found.get(b"jxlp", b"")[4:]
        if not stream:  # cut off
            at = content.find(b"jxlc")
            stream = content[at + 4 :] if at > 0 else b""
    if not stream.startswith(_BARE):
        raise ValueError("it has no picture")
    bits = int.from_bytes(stream[2:16].ljust(14, b"\0"), "little")

    def take(count: int) -> int:
        nonlocal bits
        taken = bits & (1 << count) - 1
        bits >>= count
        return taken

    is_small = take(1)

    def side() -> int:
        return 8 * (take(5) + 1) if is_small else take(_WIDTHS[take(2)]) + 1

    height = side()
    ratio = _RATIOS[take(3)]
    width = side() if ratio is None else height * ratio[0] // ratio[1]
    return width, height
