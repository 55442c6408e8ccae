"""Where photographs lie: folders of files, and uncompressed tar shards read in place."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

Item = TypeVar("Item")

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One encoded photograph: a byte range of a file, which may be the whole of it."""

    path: str
    name: str
    offset: int = 0
    size: int = -1  # to the end of the file


class Photographs(Sequence[Entry]):
    """All photographs below some folders, tar shards and files, in an order that never changes.

    Args:
        places: folders (searched recursively, tar shards in them included), ``.tar`` files and
            photographs.

    Raises:
        FileNotFoundError: a place does not exist, or there is no photograph in any of them.
    """

    def __init__(self, places: Iterable[str | Path]) -> None:
        self.places = [Path(place) for place in places]
        self.entries: list[Entry] = []
        for place in self.places:
            if not place.exists():
                raise FileNotFoundError(f"{place}: no such file or folder")
            files = sorted(place.rglob("*")) if place.is_dir() else [place]
            for file in files:
                self.entries.extend(_entries_of(file))
        if not self.entries:
            raise FileNotFoundError(f"no photographs in {', '.join(map(str, self.places))}")

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, position):
        return self.entries[position]

    @staticmethod
    def open(entry: Entry) -> Image.Image:
        """Decode one photograph to RGB.

        Raises:
            OSError: it cannot be decoded; the message names it.
        """
        with open(entry.path, "rb") as file:
            file.seek(entry.offset)
            content = file.read(entry.size)
        try:
            with Image.open(io.BytesIO(content)) as image:
                return image.convert("RGB")
        except Exception as error:  # decoders raise what they like on broken files
            raise OSError(f"{entry.path} ({entry.name}): {error}") from error


def evenly(items: Sequence[Item], count: int | None) -> list[Item]:
    """So many of the items, at even distances; all where there are not so many, or for None."""
    if count is None or count >= len(items):
        return list(items)
    return [items[number * len(items) // count] for number in range(count)]


def _entries_of(file: Path) -> Iterable[Entry]:
    if file.suffix.lower() in SUFFIXES and file.is_file():
        yield Entry(str(file), file.name)
    elif file.suffix.lower() == ".tar":
        with tarfile.open(file, "r:") as shard:
            for member in shard:
                if member.isfile() and Path(member.name).suffix.lower() in SUFFIXES:
                    yield Entry(str(file), member.name, member.offset_data, member.size)
