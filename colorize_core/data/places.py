"""Searching folders for what holds photographs, always in the same order.

The order is that of sorted paths, part by part; what lies in a shard or an array comes in its own
order. Runs go on from checkpoints by it, so it must never change.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from colorize_core.data.index import IndexBuilder, beneath, inside
from colorize_core.data.lab_arrays import LIGHTNESS, LabArrays
from colorize_core.data.shards import photographs_in

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"})

ARCHIVES = (
    *(".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tar.lz4"),
    *(".gz", ".bz2", ".xz", ".zst", ".zip", ".7z", ".rar"),
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # a drive's letter is one letter


def check_is_no_address(place: str) -> None:
    """Refuse what is on the network: ``https://...``, ``s3://...``.

    Raises:
        ValueError: it is an address; the message says what to do.
    """
    if _ADDRESS.match(place) and not Path(place).exists():
        raise ValueError(
            f"{place}: an address, and photographs are read from this machine's disks: download "
            "it first (curl -LO, or the store's own client, as aws s3 sync), or mount the store "
            "as a folder"
        )


def add_place(builder: IndexBuilder, place: Path, unreadable: Callable[[OSError], None]) -> None:
    """Add all photographs of a folder, a shard, or a single file.

    Args:
        builder: to add to.
        place: a folder is searched to every depth; links to folders are not followed.
        unreadable: called with what went wrong where a folder cannot be listed.

    Raises:
        FileNotFoundError: there is no such place, or an array is missing.
        OSError: a shard is cut off or damaged.
        ValueError: Lab arrays do not fit together; the place is a compressed archive.
    """
    if place.name.lower().endswith(ARCHIVES) and not place.is_dir():
        raise ValueError(
            f"{place}: a compressed archive, and photographs are read in place, from folders and "
            "uncompressed .tar files: unpack it first, and give what comes out"
        )
    if not place.exists():
        raise FileNotFoundError(f"{place}: no such file or folder")
    if place.is_dir():
        _add_folder(builder, _text(place), "", unreadable)
    else:
        _add_file(builder, _text(place.parent), "", place.name)


def suffix_of(name: str) -> str:
    """Take a name's suffix as :attr:`pathlib.PurePath.suffix` does, in small letters."""
    name = name.rpartition("/")[2]
    dot = name.rfind(".")
    return name[dot:].lower() if 0 < dot < len(name) - 1 else ""


def _text(folder: Path) -> str:
    return "" if folder == Path() else str(folder)


def _add_folder(
    builder: IndexBuilder, folder: str, label: str, unreadable: Callable[[OSError], None]
) -> None:
    folders: set[str] = set()
    names: list[str] = []
    try:
        with os.scandir(folder or ".") as listing:
            for item in listing:
                if item.is_dir(follow_symlinks=False):
                    folders.add(item.name)
                    names.append(item.name)
                elif _is_photograph(item) or _is_shard(item):
                    names.append(item.name)
    except OSError as error:
        unreadable(error)
        return
    lightness = Path(folder, LIGHTNESS)
    if "l" in folders and lightness.is_file():
        _add_arrays(builder, str(lightness), inside(label, LIGHTNESS))
    names.sort(key=os.path.normcase)
    for name in names:
        if name in folders:
            _add_folder(builder, beneath(folder, name), inside(label, name), unreadable)
        else:
            _add_file(builder, folder, label, name)


def _is_photograph(item: os.DirEntry[str]) -> bool:
    return suffix_of(item.name) in SUFFIXES and item.is_file()


def _is_shard(item: os.DirEntry[str]) -> bool:
    return suffix_of(item.name) == ".tar" and not item.is_dir()


def _add_file(builder: IndexBuilder, folder: str, label: str, name: str) -> None:
    suffix = suffix_of(name)
    if suffix in SUFFIXES:
        builder.add(builder.container(folder, label), name)
    elif suffix == ".tar":
        path = beneath(folder, name)
        shard = builder.container(path, inside(label, name))
        for member in photographs_in(path):
            if suffix_of(member.name) in SUFFIXES:
                builder.add(shard, member.name, member.offset_data, member.size)


def _add_arrays(builder: IndexBuilder, path: str, label: str) -> None:
    arrays = LabArrays(path)
    container = builder.container(path, label)
    for row in range(len(arrays)):
        builder.add(container, f"{row:06d}", arrays.offset(row), arrays.lightness_size)
