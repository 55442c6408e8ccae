"""Photographs that are in two sets: what must not happen to training and validation."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from colorize_core.data.index import WHOLE_FILE, Entry, beneath
from colorize_core.data.sources import Photographs, read_bytes

_TAIL = 64  # bytes; encoded photographs of one size seldom end alike


def shared_photographs(first: Photographs, second: Photographs) -> list[str]:
    """Name the photographs of the second set that are in the first, too.

    The same are: the same range of the same file, whatever path leads there, and the same bytes.
    Of Lab arrays, the lightness counts. Bytes are read only of photographs whose size occurs in
    both sets, and all of them only where the last ones agree. A photo that was saved anew is
    another one here; ``colorize prepare`` finds those.

    Returns:
        A label each, in the second set's order; empty where nothing is shared.

    Raises:
        OSError: a file cannot be read.
    """
    real = _RealFiles()
    shared: set[int] = set()
    places: dict[tuple[str, int], list[int]] = defaultdict(list)
    sizes: dict[int, list[int]] = defaultdict(list)
    for position, entry in enumerate(second):
        places[real(entry), entry.offset].append(position)
        sizes[_size(entry)].append(position)
    candidates = []
    for position, entry in enumerate(first):
        if found := places.get((real(entry), entry.offset)):
            shared.update(found)
        elif _size(entry) in sizes:
            candidates.append(position)
    shared.update(_same_bytes(first, candidates, second, sizes))
    return [second[position].label for position in sorted(shared)]


def _same_bytes(
    first: Photographs, candidates: list[int], second: Photographs, sizes: dict[int, list[int]]
) -> Iterator[int]:
    """Find positions in the second set whose bytes one of the candidates has, too."""
    wanted = {_size(first[position]) for position in candidates}
    tails: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for size in wanted:
        for position in sizes[size]:
            tails[size, _tail(second[position], size)].append(position)
    digests: dict[int, bytes] = {}
    for position in candidates:
        entry = first[position]
        size = _size(entry)
        found = tails.get((size, _tail(entry, size)))
        if not found:
            continue
        digest = _digest(entry)
        for other in found:
            if other not in digests:
                digests[other] = _digest(second[other])
            if digests[other] == digest:
                yield other


class _RealFiles:
    """Paths with links resolved; of folders with many files, once a folder."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, entry: Entry) -> str:
        if entry.size != WHOLE_FILE:
            return self._resolved(entry.path)
        folder, name = os.path.split(entry.path)
        return beneath(self._resolved(folder), name)

    def _resolved(self, path: str) -> str:
        if path not in self._known:
            self._known[path] = os.path.realpath(path)
        return self._known[path]


def _size(entry: Entry) -> int:
    return Path(entry.path).stat().st_size if entry.size == WHOLE_FILE else entry.size


def _tail(entry: Entry, size: int) -> bytes:
    length = min(_TAIL, size)
    return read_bytes(replace(entry, offset=entry.offset + size - length, size=length))


def _digest(entry: Entry) -> bytes:
    return hashlib.blake2b(read_bytes(entry), digest_size=16).digest()
