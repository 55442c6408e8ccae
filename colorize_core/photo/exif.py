"""EXIF, entry by entry: what is kept stays as its bytes are, in its own type and byte order.

Pillow reads EXIF into values and guesses the types when it writes them; names that are not in
ASCII become question marks. Here an entry is never interpreted unless it has to change.

Source: TIFF 6.0, section 2; Exif 3.0, section 4.6; BigTIFF (LibTIFF's specification).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

ORIENTATION = 274
EXIF_FOLDER = 0x8769
_DESCRIPTION = 270
_SHAPES = (b'{"shape"', b"ImageJ=")  # in place of a description, how the array is stored
_FOLDERS = {EXIF_FOLDER, 0x8825, 0xA005}  # Exif, GPS, interoperability
_COLOR_SPACE = 0xA001
_WIDTH, _HEIGHT = 0xA002, 0xA003
_UNCALIBRATED = 0xFFFF  # any space that is not sRGB
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_BIG_SIZES = {16: 8, 17: 8, 18: 8}
_SHORT, _LONG = 3, 4
_MOST = 1 << 28  # bytes
# Of the main folder: true of the file that it was read from alone.
STORAGE_TAGS = frozenset(
    {
        *range(254, 267),  # size, bits, compression, photometric interpretation, ...
        *(273, ORIENTATION, 277, 278, 279, 280, 281, 284),  # strips, samples, planes
        *(288, 289, 290, 291, 292, 293, 297, 301, 317, 318, 319, 320, 321),
        *(322, 323, 324, 325, 330, 332, 333, 334, 338, 339, 340, 341, 347),  # tiles, inks
        *range(512, 522),  # JPEG, the thumbnail's among them
        *(529, 530, 531, 532),  # YCbCr
        *(700, 33723, 34377, 34675),  # XMP, IPTC, ICC profile: kept apart; Photoshop's thumbnail
        37724,  # Photoshop's layers, without colour
        *(50838, 50839, 65000),  # ImageJ
    }
)


@dataclass(slots=True)
class Entry:
    """One entry: its type as in TIFF, how many values, their bytes; or the folder it points to."""

    type: int
    count: int
    data: bytes
    folder: dict[int, Entry] | None = None


@dataclass(slots=True)
class Exif:
    """The main folder, with the folders inside.

    Attributes:
        order: ``<`` or ``>``, the byte order of all data.
        entries: by their tags.
    """

    order: str = "<"
    entries: dict[int, Entry] = field(default_factory=dict)

    def describe(self, width: int, height: int, is_srgb: bool) -> None:
        """Bring what is said of the picture up to date, where something is said."""
        pointer = self.entries.get(EXIF_FOLDER)
        if pointer is None or pointer.folder is None:
            return
        facts = ((_WIDTH, _LONG, width), (_HEIGHT, _LONG, height))
        space = (_COLOR_SPACE, _SHORT, 1 if is_srgb else _UNCALIBRATED)
        for tag, kind, value in (*facts, space):
            if tag in pointer.folder:
                code = "H" if kind == _SHORT else "I"
                pointer.folder[tag] = Entry(kind, 1, struct.pack(self.order + code, value))

    def shrink(self, limit: int) -> None:
        """Drop the longest entries until no more than ``limit`` bytes are left."""
        while len(self.to_bytes()) > limit and self.entries:
            folders = [self.entries]
            folders += [entry.folder for entry in self.entries.values() if entry.folder]
            folder = max(folders, key=_longest)
            del folder[max(folder, key=lambda tag: len(folder[tag].data))]

    def to_bytes(self) -> bytes:
        """The block, as JPEG, PNG and WebP hold it, with the name in front that Pillow expects."""
        mark = b"II*\0" if self.order == "<" else b"MM\0*"
        head = mark + struct.pack(self.order + "I", 8)
        return b"Exif\0\0" + head + folder_bytes(self.entries, self.order, 8)


def _longest(folder: dict[int, Entry]) -> int:
    return max((len(entry.data) for entry in folder.values()), default=0)


def read_exif(block: bytes) -> Exif:
    """The EXIF that is to be kept of a block, with or without ``Exif`` in front.

    Thumbnails lie in a second folder, which is not read.

    Raises:
        ValueError: the block is damaged.
    """
    block = block.removeprefix(b"Exif\0\0")

    def read(offset: int, length: int) -> bytes:
        return block[offset : offset + length]

    order, is_big, offset = _head(read)
    return Exif(order, _kept(_folder(read, order, is_big, offset)))


def read_tiff_exif(
    read: Callable[[int, int], bytes], offset: int, order: str, is_big: bool
) -> Exif:
    """The EXIF that is to be kept of a page of a TIFF file.

    Args:
        read: gives the bytes at an offset of the file, as many as asked for.
        offset: of the page's folder.
        order: ``<`` or ``>``.
        is_big: whether the file is a BigTIFF.

    Raises:
        ValueError: the folder is damaged.
    """
    return Exif(order, _kept(read_folder(read, order, is_big, offset)))


def read_folder(
    read: Callable[[int, int], bytes], order: str, is_big: bool, offset: int
) -> dict[int, Entry]:
    """All entries of a folder, and of those inside; arguments and errors as the function above."""
    return _folder(read, order, is_big, offset)


def folder_bytes(entries: dict[int, Entry], order: str, offset: int, is_big: bool = False) -> bytes:
    """A folder that is to lie at an offset, followed by its data and the folders inside."""
    count, entry, word = ("Q", "HHQ", 8) if is_big else ("H", "HHI", 4)
    pointer = "Q" if is_big else "I"
    table = struct.pack(order + count, len(entries))
    free = offset + len(table) + len(entries) * (struct.calcsize("<" + entry) + word) + word
    data = b""
    for tag, item in sorted(entries.items()):
        kind, number, content = item.type, item.count, item.data
        if item.folder is not None:
            inner = folder_bytes(item.folder, order, free + len(data), is_big)
            kind, number = (18 if is_big else _LONG), 1
            content = struct.pack(order + pointer, free + len(data))
            data += inner
        elif len(content) > word:
            place = struct.pack(order + pointer, free + len(data))
            data += content + bytes(len(content) % 2)
            content = place
        table += struct.pack(order + entry, tag, kind, number) + content.ljust(word, b"\0")
    return table + bytes(word) + data


def _head(read: Callable[[int, int], bytes]) -> tuple[str, bool, int]:
    mark = read(0, 4)
    order = {b"II": "<", b"MM": ">"}.get(mark[:2])
    if order is None:
        raise ValueError("not EXIF")
    try:
        if struct.unpack(order + "H", mark[2:])[0] == 43:
            return order, True, struct.unpack(order + "Q", read(8, 8))[0]
        return order, False, struct.unpack(order + "I", read(4, 4))[0]
    except struct.error as error:
        raise ValueError("the EXIF is cut off") from error


def _kept(entries: dict[int, Entry]) -> dict[int, Entry]:
    """Entries that are true of another file too; a BigTIFF's 64-bit numbers are not."""
    return {
        tag: entry
        for tag, entry in entries.items()
        if tag not in STORAGE_TAGS
        and entry.type not in _BIG_SIZES
        and not (tag == _DESCRIPTION and entry.data.startswith(_SHAPES))
    }


def _folder(
    read: Callable[[int, int], bytes], order: str, is_big: bool, offset: int, depth: int = 0
) -> dict[int, Entry]:
    count, entry, word = ("Q", "HHQ", 8) if is_big else ("H", "HHI", 4)
    pointer = "Q" if is_big else "I"
    entries: dict[int, Entry] = {}
    try:
        (number,) = struct.unpack(order + count, read(offset, struct.calcsize("<" + count)))
        offset += struct.calcsize("<" + count)
        if number > 4096:
            raise ValueError("the EXIF is damaged")
        for _ in range(number):
            length = struct.calcsize("<" + entry)
            tag, kind, values = struct.unpack(order + entry, read(offset, length))
            field_ = read(offset + length, word)
            offset += length + word
            size = {**_SIZES, **_BIG_SIZES}.get(kind, 0) * values
            if not size:
                continue
            if tag in _FOLDERS and depth < 2:
                # A pointer has four bytes, or eight in a BigTIFF.
                (at,) = struct.unpack(order + pointer, field_)
                if kind in (_LONG, 13) and is_big:
                    (at,) = struct.unpack(order + "I", field_[:4])
                with suppress(ValueError):  # one that is damaged costs no other
                    folder = _folder(read, order, is_big, at, depth + 1)
                    entries[tag] = Entry(_LONG, 1, b"", folder)
                continue
            if size > _MOST:
                continue  # no EXIF
            data = field_[:size]
            if size > word:
                data = read(struct.unpack(order + pointer, field_)[0], size)
            if len(data) != size:
                raise ValueError("the EXIF is cut off")
            entries[tag] = Entry(kind, values, data)
    except struct.error as error:
        raise ValueError("the EXIF is cut off") from error
    return entries
