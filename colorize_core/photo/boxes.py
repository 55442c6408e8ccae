"""Boxes, of which JPEG 2000 and JPEG XL files consist: what they say beside their pixels.

Source: ISO/IEC 15444-1, annex I (JP2); ISO/IEC 18181-2 (JPEG XL).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from colorize_core.photo.exif import ORIENTATION, read_exif
from colorize_core.photo.xmp import kept_xmp

XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # of UUID boxes, here and below
EXIF = b"JpgTiffExif->JP2"
IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_MOST = 512  # boxes that are looked at
_METRES_PER_INCH = 0.0254
_MOST_DPI = 65536.0


def boxes(content: bytes, begin: int = 0, end: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Give kinds of boxes that follow each other, and what is in them; one cut off ends them."""
    end = len(content) if end is None else end
    for _ in range(_MOST):
        if begin + 8 > end:
            return
        length, kind = struct.unpack_from(">I4s", content, begin)
        head = 8
        if length == 1 and begin + 16 <= end:
            (length,) = struct.unpack_from(">Q", content, begin + 8)
            head = 16
        length = length or end - begin  # 0: it goes on to the end
        if length < head or begin + length > end:
            return
        yield kind, content[begin + head : begin + length]
        begin += length


def box(kind: bytes, content: bytes) -> bytes:
    """Give a box."""
    return struct.pack(">I4s", 8 + len(content), kind) + content


def kept_of_exif(block: bytes, info: dict[str, Any]) -> int:
    """Keep a block of EXIF; gives the orientation, 1 to 8. A damaged one is lost."""
    try:
        exif = read_exif(block)
        if exif.entries:
            info["exif"] = exif.to_bytes()
        return orientation_in(block)
    except ValueError:
        return 1


def orientation_in(block: bytes) -> int:
    """Give the orientation that a block of EXIF names; 1 where it names none."""
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2], "<")
    try:
        (at,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, at)
        for line in range(at + 2, at + 2 + 12 * min(count, 512), 12):
            tag, _, _, value = struct.unpack_from(order + "HHIH", block, line)
            if tag == ORIENTATION:
                return value if value in range(1, 9) else 1
    except struct.error:
        pass
    return 1


def kept_of_xmp(packet: bytes, info: dict[str, Any]) -> None:
    """Keep a packet of XMP."""
    info["xmp"] = kept_xmp(packet)


def resolution_of(content: bytes) -> tuple[float, float] | None:
    """Give dots an inch, across and down, of what is in a resolution box."""
    said = dict(boxes(content))
    fields = said.get(b"resc") or said.get(b"resd") or b""
    if len(fields) < 10:
        return None
    down, below_down, across, below_across = struct.unpack_from(">4H", fields)
    powers = struct.unpack_from(">bb", fields, 8)
    if not below_down or not below_across:
        return None
    dpi = (
        across / below_across * 10.0 ** powers[1] * _METRES_PER_INCH,
        down / below_down * 10.0 ** powers[0] * _METRES_PER_INCH,
    )
    return dpi if all(0.0 < value < _MOST_DPI for value in dpi) else None


def resolution_box(dpi: tuple[float, float]) -> bytes:
    """Give the box that says dots an inch."""
    numbers, powers = [], []
    for value in (dpi[1], dpi[0]):
        metres, power = float(value) / _METRES_PER_INCH, 0
        while metres > 65535.0:
            metres, power = metres / 10.0, power + 1
        numbers += [max(1, round(metres)), 1]
        powers.append(power)
    return box(b"res ", box(b"resc", struct.pack(">4Hbb", *numbers, *powers)))
