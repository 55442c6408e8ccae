"""Metadata made to keep a reader busy: small files that ask for hours."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

_EXIF, _GPS = 0x8769, 0x8825
_LONG, _BYTES = 4, 7


def folder(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    """A folder of tags: tag, type, count, and where the value is."""
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + table + struct.pack("<I", following)


def _block(*parts: bytes) -> bytes:
    return b"II*\0\x08\0\0\0" + b"".join(parts)


def pointing_at_itself() -> bytes:
    """EXIF whose folder lies in itself, as often as it has entries."""
    return _block(folder([(_EXIF, _LONG, 1, 8)] * 200))


def pointing_at_each_other() -> bytes:
    """EXIF of two folders, each full of pointers at the other."""
    first = folder([(_EXIF, _LONG, 1, 2000), (_GPS, _LONG, 1, 2000)] * 80)
    return _block(first.ljust(2000 - 8, b"\0"), folder([(_GPS, _LONG, 1, 8)] * 160))


def overlapping() -> bytes:
    """EXIF whose values are all the same bytes: 4,000 times 60 KB."""
    entries = [(1000 + number, _BYTES, 60000, 2) for number in range(4000)]
    return _block(folder(entries).ljust(62000, b"\0"))


def xmp_that_opens(size: int) -> bytes:
    """XMP of elements that never end."""
    return b"<tiff:Orientation>" * (size // 18)


def xmp_without_an_end(size: int) -> bytes:
    """XMP of elements whose tag never ends."""
    return b"<tiff:Orientation " * (size // 18)


def jpeg_with(*segments: tuple[int, bytes], size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG with segments after its beginning: marker and content."""
    content = io.BytesIO()
    Image.new("L", size, 128).save(content, "JPEG")
    whole = content.getvalue()
    extra = (
        struct.pack(">BBH", 0xFF, mark, 2 + len(content)) + content for mark, content in segments
    )
    return whole[:2] + b"".join(extra) + whole[2:]


def png_with(kind: bytes, data: bytes) -> bytes:
    """A PNG with a chunk before its pixels."""
    content = io.BytesIO()
    Image.new("L", (64, 48), 128).save(content, "PNG")
    whole = content.getvalue()
    check = struct.pack(">I", zlib.crc32(kind + data))
    return whole[:33] + struct.pack(">I", len(data)) + kind + data + check + whole[33:]


def saved(kind: str, **metadata: bytes) -> bytes:
    """A photo in a format of Pillow, with ``exif`` or ``xmp``."""
    content = io.BytesIO()
    Image.new("RGB", (64, 48), 128).save(content, kind, **metadata)
    return content.getvalue()


def tiff_with(entries: list[tuple[int, int, int, int]], padding: int) -> bytes:
    """A TIFF of a few grey pixels with more entries in its directory, made longer."""
    own = [(256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    own += [(273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 8), (279, 4, 1, 64)]
    table = folder(sorted(own + entries))
    return b"II*\0" + struct.pack("<I", 8 + 64) + bytes(64) + table + bytes(padding)


def pages_through_each_other() -> bytes:
    """A TIFF of pages whose tables are the same bytes: each begins an entry after the other."""
    count, pages = 2000, 2000
    content = bytearray(8 + 12 * (count + pages) + 16)
    content[:8] = b"II*\0" + struct.pack("<I", 8)
    for page in range(pages):
        # A table's first entry begins with the type and count of nothing; its number of entries
        # lies in the entry before it, and the link behind it in the entry that follows.
        at = 8 + 12 * page
        struct.pack_into("<H", content, at, count)
        struct.pack_into("<I", content, at + 2 + 12 * count, at + 12)
    return bytes(content)


def scans(count: int) -> bytes:
    """A progressive JPEG of 9 megapixels that goes over its picture again and again."""
    content = io.BytesIO()
    Image.new("L", (3000, 3000), 128).save(content, "JPEG", progressive=True)
    whole = content.getvalue()
    last = whole.rindex(b"\xff\xda")
    table = whole.rindex(b"\xff\xc4")
    return whole[:-2] + whole[min(table, last) : -2] * count + whole[-2:]
