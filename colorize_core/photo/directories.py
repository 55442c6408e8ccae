"""Folders of tags, as TIFF and EXIF have them, looked at before other libraries read them.

Pillow and tifffile read all that a table points to. Where its values lie on each other, or its
pages go through each other, a small file keeps them busy for hours.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import IO

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from colorize_core.photo.exif import MOST_IN_FOLDER, SHARED, VALUE_SIZES

# Pages may share a value, such as their profile.
_SHARED_BY_PAGES, _SHARED_BYTES = 32, 1 << 28


def claimed(table: bytes, order: str, is_big: bool) -> int:
    """Count how many bytes the entries of a table have outside it."""
    line, word = ("HHQQ", 8) if is_big else ("HHII", 4)
    sizes = (
        VALUE_SIZES.get(kind, 0) * count
        for _, kind, count, _ in struct.iter_unpack(order + line, table)
    )
    return sum(size for size in sizes if size > word)


def check_tiff(path: Path) -> None:
    """Look at the directories of a file, page by page.

    Raises:
        ValueError: they claim more than the file holds.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
        order = "<" if head.startswith(b"II") else ">"
        is_big = head[2:4] in (b"+\0", b"\0+")
        pointer, at = ("Q", 8) if is_big else ("I", 4)
        if len(head) < at + struct.calcsize(pointer):
            raise ValueError("it ends in its header")
        (offset,) = struct.unpack_from(order + pointer, head, at)
        seen: set[int] = set()
        tables = values = 0
        while 0 < offset < size and offset not in seen:
            seen.add(offset)
            table = _table(file, order, is_big, offset)
            tables += len(table)
            here = claimed(table, order, is_big)
            values += here
            if tables > SHARED * size or here > SHARED * size:
                raise ValueError("its directory claims more bytes than the file has")
            if values > _SHARED_BY_PAGES * size + _SHARED_BYTES:
                raise ValueError("its pages claim more bytes than the file has")
            link = file.read(struct.calcsize(pointer))
            if len(link) < struct.calcsize(pointer):
                break
            (offset,) = struct.unpack(order + pointer, link)


def guard_pillow() -> None:
    """Have Pillow take a folder that claims more than its file holds, or its block, for empty."""
    ImageFileDirectory_v2.load = _load_if_sound  # type: ignore[assignment,method-assign]


_load = ImageFileDirectory_v2.load


def _load_if_sound(folder: ImageFileDirectory_v2, file: IO[bytes]) -> None:
    offset = file.tell()
    size = file.seek(0, os.SEEK_END)
    try:
        table = _table(file, folder._endian, folder._bigtiff, offset)
        is_sound = claimed(table, folder._endian, folder._bigtiff) <= SHARED * size
    except ValueError:
        is_sound = False
    file.seek(offset)
    if is_sound:
        _load(folder, file)
    else:
        folder.reset()
        folder.next = 0


def _table(file: IO[bytes], order: str, is_big: bool, offset: int) -> bytes:
    """Read a table's whole lines; leave the file at their end.

    Raises:
        ValueError: it has more than any TIFF.
    """
    count, line = ("Q", 20) if is_big else ("H", 12)
    file.seek(offset)
    head = file.read(struct.calcsize(count))
    if len(head) < struct.calcsize(count):
        return b""
    (entries,) = struct.unpack(order + count, head)
    if entries > MOST_IN_FOLDER:
        raise ValueError(f"a directory of {entries} entries")
    table = file.read(entries * line)
    return table[: len(table) // line * line]
