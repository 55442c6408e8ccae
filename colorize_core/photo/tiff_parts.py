"""Strips and tiles of a TIFF that are whole pictures: each claims a size of its own.

A decoder takes memory for that, whatever the page says.

Source: ITU-T T.81, annex B (JPEG); T.832, clause 8.3 (JPEG XR); PNG, section 11.2.1; Esri's LERC.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any

from colorize_core.photo import jpegxl
from colorize_core.photo.claims import size_of_webp
from colorize_core.photo.codestream import BEGIN, SIGNATURE, CodeStream, check_codestream
from colorize_core.photo.damage import Damage, worst_of
from colorize_core.photo.photo import PhotoError

_LERC = 34887
_JPEG_2000 = (33003, 33004, 33005, 34712)
_PICTURES = frozenset(
    {*_JPEG_2000, 6, 7, 22610, 33007, _LERC, 34892, 34927, 34933, 34934, 50001, 50002, 52546}
)
_MORE = 1 << 20  # pixels beyond a part's own: last strips come whole, sides in whole blocks
_NO_SIZES = (0xC4, 0xC8, 0xCC)  # markers of JPEG among those of frames

Size = tuple[int, int]


def check_pictures(page: Any, damaged: bool) -> Damage | None:
    """Look at what the parts of a page claim, where those are pictures.

    Args:
        page: of tifffile's.
        damaged: whether something may be missing, which is told then.

    Raises:
        DamagedError: something is missing.
        MemoryShortError: a part needs more memory than is free.
        PhotoError: a part claims more than the page has room for.
    """
    kind, handle = int(page.compression), page.parent.filehandle
    if kind not in _PICTURES:
        return None
    width, height = page.imagewidth, min(page.rowsperstrip, page.imagelength)
    if page.is_tiled:
        width, height = page.tilewidth, page.tilelength
    worst: Damage | None = None
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False):
        handle.seek(offset)
        content = handle.read(max(0, min(count, handle.size - offset)))
        size = picture_size(content)
        if size is None and kind == _LERC and content:
            raise PhotoError("is damaged: a part of it is no LERC")
        if size is not None and size[0] * size[1] > width * height + _MORE:
            raise PhotoError(
                f"is damaged: a part of {width} x {height} pixels claims {size[0]} x {size[1]}"
            )
        if size is not None and content.startswith((SIGNATURE, BEGIN)):
            found = check_codestream(CodeStream(content), len(content), False, damaged)
            worst = worst_of(worst, found and Damage(None, page.imagelength, is_cut=False))
    return worst


def picture_size(content: bytes) -> Size | None:
    """Read width and height that a picture claims; None where its kind, or what it says, is not.

    Args:
        content: a picture, of the kinds that a TIFF's strips and tiles can be.
    """
    for begin, read in _READERS.items():
        if content.startswith(begin):
            try:
                return read(content)
            except (ValueError, IndexError, struct.error):
                return None
    return None


def _of_jpeg(content: bytes) -> Size | None:
    at = 2
    while True:
        at = content.index(b"\xff", at) + 1  # what lies between is stepped over, as decoders do
        marker = content[at]
        if marker in (0, 0xFF, 0xD8) or 0xD0 <= marker <= 0xD7:
            continue
        if marker in (0xD9, 0xDA):
            return None
        if marker >> 4 == 0xC and marker not in _NO_SIZES:
            height, width = struct.unpack_from(">HH", content, at + 4)
            return width, height
        at += 1 + struct.unpack_from(">H", content, at + 1)[0]


def _of_jpeg_xr(content: bytes) -> Size | None:
    sizes = []
    for found in re.finditer(b"WMPHOTO\0", content):
        is_short = content[found.start() + 10] >> 7
        across, down = struct.unpack_from(">HH" if is_short else ">II", content, found.start() + 12)
        sizes.append((across + 1, down + 1))
    return max(sizes, key=lambda size: size[0] * size[1])


def _of_lerc(content: bytes) -> Size | None:
    (version,) = struct.unpack_from("<i", content, 6)
    height, width = struct.unpack_from("<ii", content, 14 if version >= 3 else 10)
    return width, height


def _of_old_lerc(content: bytes) -> Size | None:
    height, width = struct.unpack_from("<ii", content, 18)
    return width, height


def _of_png(content: bytes) -> Size | None:
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _of_jpeg2000(content: bytes) -> Size | None:
    return CodeStream(content).size


_READERS: dict[bytes, Callable[[bytes], Size | None]] = {
    b"\xff\xd8": _of_jpeg,
    b"\xff\n": jpegxl.claimed_size,
    b"\0\0\0\x0cJXL ": jpegxl.claimed_size,
    SIGNATURE: _of_jpeg2000,
    BEGIN: _of_jpeg2000,
    b"RIFF": size_of_webp,
    b"\x89PNG": _of_png,
    b"II\xbc": _of_jpeg_xr,
    b"Lerc2 ": _of_lerc,
    b"CntZImage ": _of_old_lerc,
}
