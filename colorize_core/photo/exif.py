"""EXIF, entry by entry: what is kept stays as its bytes are, in its own type and byte order.

Pillow reads EXIF into values and guesses the types when it writes them; names that are not in
ASCII become question marks. Here an entry is never interpreted unless it has to change.

Source: TIFF 6.0, section 2; Exif 3.0, section 4.6; BigTIFF (LibTIFF's specification).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
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
_ENTRY, _WORD = 12, 4  # bytes: of an entry, and of a value that lies in it
VALUE_SIZES = _SIZES | _BIG_SIZES
# Nobody's EXIF comes near these; blocks that are made to keep a reader busy do.
MOST_IN_FOLDER, _MOST_ENTRIES = 4096, 8192
_MOST_BYTES = 1 << 28
SHARED = 2  # values may lie on each other, but not so that all are more than twice the block
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
        52545,  # a manifest of C2PA, which is signed for that file alone
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
        excess = len(self.to_bytes()) - limit
        places = [(folder, tag) for folder in _folders(self.entries) for tag in folder]
        places.sort(key=lambda place: len(place[0][place[1]].data), reverse=True)
        for folder, tag in places:
            if excess <= 0:
                break
            length = len(folder.pop(tag).data)
            excess -= _ENTRY + (length + length % 2 if length > _WORD else 0)

    def to_bytes(self) -> bytes:
        """Write the block as JPEG, PNG and WebP hold it, after the name that Pillow expects."""
        mark = b"II*\0" if self.order == "<" else b"MM\0*"
        head = mark + struct.pack(self.order + "I", 8)
        return b"Exif\0\0" + head + folder_bytes(self.entries, self.order, 8)


def _folders(entries: dict[int, Entry]) -> Iterator[dict[int, Entry]]:
    """Read a folder and all inside."""
    yield entries
    for entry in entries.values():
        if entry.folder is not None:
            yield from _folders(entry.folder)


@dataclass(slots=True)
class Budget:
    """An allowance for reading; a block that points at itself, or at values twice, exceeds it.

    Attributes:
        bytes: of values and tables.
        entries: of all folders together.
    """

    bytes: int
    entries: int = _MOST_ENTRIES
    _begun: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, size: int) -> Budget:
        """Allow enough for all of a block, or a file, of so many bytes."""
        return cls(min(SHARED * size, _MOST_BYTES))

    def begin(self, offset: int, entries: int) -> None:
        """Spend a folder's entries.

        Raises:
            ValueError: it has been read before, or there are too many.
        """
        if offset in self._begun:
            raise ValueError("the EXIF goes round in a circle")
        self._begun.add(offset)
        self.entries -= entries
        if entries > MOST_IN_FOLDER or self.entries < 0:
            raise ValueError("the EXIF has too many entries")

    def spend(self, size: int) -> None:
        """Spend bytes.

        Raises:
            ValueError: there are not so many left.
        """
        self.bytes -= size
        if self.bytes < 0:
            raise ValueError("the EXIF claims more bytes than it has")


def read_exif(block: bytes) -> Exif:
    """Choose the EXIF to keep of a block, with or without ``Exif`` in front.

    Thumbnails lie in a second folder, which is not read.

    Raises:
        ValueError: the block is damaged.
    """
    block = block.removeprefix(b"Exif\0\0")

    def read(offset: int, length: int) -> bytes:
        return block[offset : offset + length]

    order, is_big, offset = _head(read)
    budget = Budget.of(len(block))
    return Exif(order, _kept(_folder(read, order, is_big, offset, budget, STORAGE_TAGS)))


def read_tiff_exif(
    read: Callable[[int, int], bytes], offset: int, order: str, is_big: bool, size: int
) -> Exif:
    """Choose the EXIF to keep of a page of a TIFF file.

    Args:
        read: gives the bytes at an offset of the file, as many as asked for.
        offset: of the page's folder.
        order: ``<`` or ``>``.
        is_big: whether the file is a BigTIFF.
        size: of the file, in bytes.

    Raises:
        ValueError: the folder is damaged.
    """
    budget = Budget.of(size)
    return Exif(order, _kept(_folder(read, order, is_big, offset, budget, STORAGE_TAGS)))


def read_folder(
    read: Callable[[int, int], bytes], order: str, is_big: bool, offset: int, size: int
) -> dict[int, Entry]:
    """Read all entries of a folder and of those inside; arguments and errors as above."""
    return _folder(read, order, is_big, offset, Budget.of(size), frozenset())


def folder_bytes(entries: dict[int, Entry], order: str, offset: int, is_big: bool = False) -> bytes:
    """Write a folder for an offset, followed by its data and the folders inside."""
    count, entry, word = ("Q", "HHQ", 8) if is_big else ("H", "HHI", 4)
    pointer = "Q" if is_big else "I"
    table = [struct.pack(order + count, len(entries))]
    free = offset + len(table[0]) + len(entries) * (struct.calcsize("<" + entry) + word) + word
    data: list[bytes] = []
    for tag, item in sorted(entries.items()):
        kind, number, content = item.type, item.count, item.data
        place = struct.pack(order + pointer, free)
        if item.folder is not None:
            kind, number = (18 if is_big else _LONG), 1
            data.append(folder_bytes(item.folder, order, free, is_big))
            free, content = free + len(data[-1]), place
        elif len(content) > word:
            data.append(content + bytes(len(content) % 2))
            free, content = free + len(data[-1]), place
        table.append(struct.pack(order + entry, tag, kind, number) + content.ljust(word, b"\0"))
    return b"".join((*table, bytes(word), *data))


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
    """Choose entries that are true of another file too; a BigTIFF's 64-bit numbers are not."""
    return {
        tag: entry
        for tag, entry in entries.items()
        if tag not in STORAGE_TAGS
        and entry.type not in _BIG_SIZES
        and not (tag == _DESCRIPTION and entry.data.startswith(_SHAPES))
    }


def _folder(
    read: Callable[[int, int], bytes],
    order: str,
    is_big: bool,
    offset: int,
    budget: Budget,
    left_out: frozenset[int],
    depth: int = 0,
) -> dict[int, Entry]:
    """Filter the entries of a folder, and of the folders inside."""
    head, word = ("HHQ", 8) if is_big else ("HHI", 4)
    pointer = "Q" if is_big else "I"
    length = struct.calcsize("<" + head)
    entries: dict[int, Entry] = {}
    for line in _table(read, order, is_big, offset, budget):
        tag, kind, values = struct.unpack_from(order + head, line)
        in_place = line[length:]
        size = VALUE_SIZES.get(kind, 0) * values
        if not size or tag in left_out:
            continue
        if tag in _FOLDERS and depth < 2:
            # A pointer has four bytes, or eight in a BigTIFF.
            (at,) = struct.unpack(order + pointer, in_place)
            if kind in (_LONG, 13) and is_big:
                (at,) = struct.unpack(order + "I", in_place[:4])
            with suppress(ValueError):  # one that is damaged costs no other
                folder = _folder(read, order, is_big, at, budget, frozenset(), depth + 1)
                entries[tag] = Entry(_LONG, 1, b"", folder)
            continue
        if size > _MOST_BYTES:
            continue  # no EXIF
        data = in_place[:size]
        if size > word:
            budget.spend(size)
            data = read(struct.unpack(order + pointer, in_place)[0], size)
        if len(data) != size:
            raise ValueError("the EXIF is cut off")
        entries[tag] = Entry(kind, values, data)
    return entries


def _table(
    read: Callable[[int, int], bytes], order: str, is_big: bool, offset: int, budget: Budget
) -> Iterator[bytes]:
    """Write the lines of a folder's table, one an entry."""
    count, line = ("Q", 20) if is_big else ("H", 12)
    length = struct.calcsize("<" + count)
    head = read(offset, length)
    if len(head) != length:
        raise ValueError("the EXIF is cut off")
    (number,) = struct.unpack(order + count, head)
    budget.begin(offset, number)
    table = read(offset + length, number * line)
    if len(table) != number * line:
        raise ValueError("the EXIF is cut off")
    for at in range(0, len(table), line):
        yield table[at : at + line]
