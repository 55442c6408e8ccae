"""Tar shards: uncompressed archives whose members are read in place.

A tar has no table of contents, so one that was cut off looks like a shorter one. Here it is
refused: a shard must be whole up to the mark at its end.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from typing import IO

BLOCK = tarfile.BLOCKSIZE


def photographs_in(path: str, file: IO[bytes] | None = None) -> Iterator[tarfile.TarInfo]:
    """List the regular files of a shard, in its order.

    Args:
        path: of the shard.
        file: it, opened, where the path is none of this machine.

    Raises:
        OSError: it cannot be read, is no uncompressed tar, is damaged, or ends before its end
            mark (a block of 512 zeros); the message names it and the last member.
    """
    if file is None:
        with open(path, "rb") as opened:
            yield from photographs_in(path, opened)
        return
    last = ""
    try:
        with tarfile.open(path, "r:", fileobj=file) as shard:
            try:
                while (member := shard.next()) is not None:
                    # They would take a kilobyte each.
                    shard.members = []  # type: ignore[attr-defined]
                    if member.size < 0:
                        raise OSError(
                            f"{path}: the shard is damaged: {member.name} is said to have "
                            f"{member.size} bytes"
                        )
                    last = member.name
                    if member.isfile():
                        yield member
            except tarfile.ReadError as error:
                raise OSError(_cut_off(path, f"within {last}")) from error
            _check_end(path, file, shard.offset, last)
    except tarfile.ReadError as error:
        size = file.seek(0, os.SEEK_END)
        raise OSError(_cut_off_at_start(path, size, error)) from error


def _check_end(path: str, file: IO[bytes], end: int, last: str) -> None:
    file.seek(end)
    mark = file.read(BLOCK)
    where = f"after {last}" if last else "at its start"
    if len(mark) == BLOCK:
        if any(mark):
            raise OSError(f"{path}: the shard is damaged: no header {where}, at byte {end}")
    elif mark:
        raise OSError(_cut_off(path, f"within the header {where}"))
    else:
        raise OSError(_cut_off(path, f"{where}, with no end mark"))


def _cut_off_at_start(path: str, size: int, error: tarfile.ReadError) -> str:
    if size < BLOCK:
        return _cut_off(path, "within its first header")
    return f"{path}: not an uncompressed tar shard: {error}"


def _cut_off(path: str, where: str) -> str:
    return f"{path}: the shard is cut off: it ends {where}; copy or make it anew"
