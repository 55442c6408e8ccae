"""An index of many photographs, in a few arrays: about 45 bytes a photograph."""

from __future__ import annotations

import hashlib
import os
from array import array
from dataclasses import dataclass

import numpy as np

WHOLE_FILE = -1  # as a size
_CODING = ("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Entry:
    """One photograph: a byte range of a file, which may be the whole of it.

    Of Lab arrays, ``path`` is the file of lightnesses and the range that of the photo's.
    """

    path: str
    name: str
    offset: int = 0
    size: int = WHOLE_FILE

    @property
    def label(self) -> str:
        """What people call it: its path, with the member's name where the file holds several."""
        return self.path if self.size == WHOLE_FILE else f"{self.path} ({self.name})"


@dataclass(frozen=True, slots=True)
class Index:
    """The entries of N photographs without an object for each.

    A container is a shard, a file of lightnesses, or a folder of single files. Names lie one
    after another in ``names``, in UTF-8.

    Attributes:
        paths: of the containers.
        labels: their paths relative to the place in which they were found.
        containers: whose path and label holds, uint32 ``(N,)``.
        offsets: in bytes, int64 ``(N,)``.
        sizes: in bytes, int64 ``(N,)``; -1 for whole files.
        names: of all photographs.
        ends: where each name ends, int64 ``(N + 1,)``, a leading 0 included.
    """

    paths: list[str]
    labels: list[str]
    containers: np.ndarray
    offsets: np.ndarray
    sizes: np.ndarray
    names: bytes
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.containers)

    def name(self, number: int) -> str:
        """Name one photograph: its file's or member's name."""
        return self.names[self.ends[number] : self.ends[number + 1]].decode(*_CODING)

    def entry(self, number: int) -> Entry:
        """Make the entry of one photograph."""
        path, name = self.paths[self.containers[number]], self.name(number)
        size = int(self.sizes[number])
        if size == WHOLE_FILE:
            path = beneath(path, name)
        return Entry(path, name, int(self.offsets[number]), size)

    def relative_name(self, number: int) -> str:
        """Give a photograph's path relative to its place; through the shard, where it is in one."""
        return inside(self.labels[self.containers[number]], self.name(number))

    def fingerprint(self) -> str:
        """Hash all: the same for the same photographs in the same order, wherever they lie."""
        digest = hashlib.blake2b("\0".join(self.labels).encode(*_CODING), digest_size=16)
        for part in (self.containers, self.offsets, self.sizes, self.ends):
            digest.update(part.data)
        digest.update(self.names)
        return digest.hexdigest()


def beneath(folder: str, name: str) -> str:
    """Join a path as :mod:`pathlib` does, without an object for each of a million."""
    if not folder:  # the current one
        return name
    return folder + name if folder.endswith(os.sep) else folder + os.sep + name


def inside(label: str, name: str) -> str:
    """Label something in a container; an empty label is that of the place itself."""
    return f"{label}/{name}" if label else name


class IndexBuilder:
    """A collector of photographs, one by one."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.labels: list[str] = []
        self.containers = array("I")
        self.offsets = array("q")
        self.sizes = array("q")
        self.names = bytearray()
        self.ends = array("q", [0])

    def container(self, path: str, label: str) -> int:
        """Register a shard, an array or a folder; its number is for :meth:`add`."""
        if not (self.paths and (self.paths[-1], self.labels[-1]) == (path, label)):
            self.paths.append(path)
            self.labels.append(label)
        return len(self.paths) - 1

    def add(self, container: int, name: str, offset: int = 0, size: int = WHOLE_FILE) -> None:
        """Append a photograph."""
        self.containers.append(container)
        self.offsets.append(offset)
        self.sizes.append(size)
        self.names += name.encode(*_CODING)
        self.ends.append(len(self.names))

    def finished(self) -> Index:
        """Make the index of all that was added, in that order."""
        return Index(
            self.paths,
            self.labels,
            np.array(self.containers, np.uint32),
            np.array(self.offsets, np.int64),
            np.array(self.sizes, np.int64),
            bytes(self.names),
            np.array(self.ends, np.int64),
        )
