"""Photographs of any number, wherever they lie: folders, uncompressed tar shards, Lab arrays."""

from __future__ import annotations

import hashlib
import io
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, TypeVar, overload

import numpy as np
from PIL import Image

from colorize_core.data.index import WHOLE_FILE, Entry, IndexBuilder
from colorize_core.data.lab_arrays import open_arrays
from colorize_core.data.places import add_place, check_is_no_address

Item = TypeVar("Item")
Half = Literal["choosing", "reporting"]

_log = logging.getLogger(__name__)


def _warn(error: OSError) -> None:
    _log.warning("%s: left out, cannot be listed: %s", error.filename, error.strerror)


class Photographs(Sequence[Entry]):
    """All photographs in some places, in an order that never changes.

    A million take about 50 MB; loader processes get no more than that.

    Args:
        places: folders (searched recursively, tar shards in them included), ``.tar`` files and
            photographs. A folder that holds ``l/gray_scale.npy`` is one of Lab arrays, see
            :mod:`~colorize_core.data.lab_arrays`.
        unreadable: called with the error of a folder that cannot be listed; by default a warning
            is logged and the folder left out.

    Raises:
        FileNotFoundError: a place or an array does not exist, or there is no photograph in any
            of them.
        OSError: a shard is damaged or cut off; the message names it.
        ValueError: Lab arrays are damaged or do not fit together; the message names the file. Or
            a place is an address or a compressed archive; the message says what to do.
    """

    def __init__(
        self, places: Iterable[str | Path], unreadable: Callable[[OSError], None] = _warn
    ) -> None:
        places = list(places)
        for place in places:
            check_is_no_address(str(place))  # as a path it has lost a slash
        self.places = [Path(place) for place in places]
        builder = IndexBuilder()
        for place in self.places:
            add_place(builder, place, unreadable)
        self.table = builder.finished()
        self.numbers = np.arange(len(self.table))  # those of the table that are in this set
        if not len(self.table):
            raise FileNotFoundError(f"no photographs in {', '.join(map(str, self.places))}")

    @property
    def entries(self) -> Sequence[Entry]:
        """All of them: this very sequence."""
        return self

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, position: int) -> Entry: ...
    @overload
    def __getitem__(self, position: slice) -> list[Entry]: ...
    def __getitem__(self, position: int | slice) -> Entry | list[Entry]:
        if isinstance(position, slice):
            return [self.table.entry(number) for number in self.numbers[position].tolist()]
        return self.table.entry(int(self.numbers[position]))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Photographs):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def relative_name(self, position: int) -> str:
        """Give a photo's path relative to its place, through its shard, parts divided by ``/``."""
        return self.table.relative_name(int(self.numbers[position]))

    def split(self, held_out: int, seed: int = 0) -> tuple[Photographs, Photographs]:
        """Set some photographs aside: the rest, and those, both in their order here.

        Which they are follows from the seed and each photo's name relative to its place alone.
        So it is the same on every machine, whatever the order of the places, and most of them
        stay the same when photographs are added. A photo whose name occurs twice, because two
        places overlap, goes to the same side twice (but for one, at most).

        Args:
            held_out: how many are set aside, 1 or more.
            seed: another one sets others aside.

        Raises:
            ValueError: there would be none left.
        """
        if not 0 < held_out < len(self):
            raise ValueError(
                f"cannot hold out {held_out} of {len(self)} photographs: "
                f"1 to {len(self) - 1} are possible"
            )
        keys = np.fromiter((self._key(n, seed) for n in range(len(self))), np.uint64, len(self))
        aside = np.zeros(len(self), bool)
        aside[np.argsort(keys, kind="stable")[:held_out]] = True
        return self._only(~aside), self._only(aside)

    def half(self, which: Half) -> Photographs:
        """Take every other photograph: those to choose settings on, or those to report.

        Of each folder and each shard the 1st, 3rd, 5th, ... in its order are for choosing, the
        2nd, 4th, 6th, ... for reporting. So a photo is in the same half whichever places lead to
        it, and kinds that follow one another are in both alike.

        Raises:
            ValueError: that half is empty.
        """
        odd = which == "reporting"
        inside = np.zeros(len(self), bool)
        containers: dict[str, dict[tuple[str, int], int]] = {}
        for position, entry in enumerate(self):
            path = os.path.split(entry.path)[0] if entry.size == WHOLE_FILE else entry.path
            seen = containers.setdefault(path, {})
            number = seen.setdefault((entry.name, entry.offset), len(seen))
            inside[position] = number % 2 == odd
        if not inside.any():
            raise ValueError(
                f"no photographs are for {which}: of each folder and shard the 1st, 3rd, 5th, ... "
                "are for choosing, and the others for reporting"
            )
        return self._only(inside)

    @staticmethod
    def open(entry: Entry) -> Image.Image:
        """Decode one photograph to RGB.

        Raises:
            OSError: it cannot be decoded; the message names it.
        """
        arrays = entry.path.endswith(".npy")
        content = b"" if arrays else read_bytes(entry)
        try:
            if arrays:
                return open_arrays(entry.path).image(entry.offset)
            with Image.open(io.BytesIO(content)) as image:
                return image.convert("RGB")
        except Exception as error:  # decoders raise what they like on broken files
            raise OSError(f"{entry.path} ({entry.name}): {error}") from error

    def _key(self, position: int, seed: int) -> int:
        text = f"{seed}/{self.relative_name(position)}".encode("utf-8", "surrogateescape")
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")

    def _only(self, chosen: np.ndarray) -> Photographs:
        part = Photographs.__new__(Photographs)
        part.places, part.table, part.numbers = self.places, self.table, self.numbers[chosen]
        return part


def read_bytes(entry: Entry) -> bytes:
    """Read the encoded photograph; of Lab arrays, the lightness.

    Raises:
        OSError: it cannot be read, or the file has become shorter than it was.
    """
    with open(entry.path, "rb") as file:
        file.seek(entry.offset)
        content = file.read(entry.size)
    if entry.size != WHOLE_FILE and len(content) < entry.size:
        raise OSError(f"{entry.label}: ends after {len(content)} of {entry.size} bytes")
    return content


def evenly(items: Sequence[Item], count: int | None) -> list[Item]:
    """Take so many items, at even distances; all where there are not so many, or for None."""
    if count is None or count >= len(items):
        return list(items)
    return [items[number * len(items) // count] for number in range(count)]
