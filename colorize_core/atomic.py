"""Writing files so that no one ever meets a half-written one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colorize_core.leftovers import temporary_beside


@contextmanager
def replacing(path: Path, in_folder: bool = False) -> Iterator[Path]:
    """A temporary path in the same folder that becomes ``path`` when the block succeeds.

    It is synced to the disk before it is renamed. When the block fails, or the process is
    interrupted, the temporary file goes and whatever was at ``path`` stays. What a killed process
    leaves is removed by the next one that writes into the folder.

    Args:
        path: what is to be written.
        in_folder: whether the path is to be in a temporary folder, for libraries that put
            temporary files of their own beside what they write.
    """
    with temporary_beside(path, in_folder) as temporary:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, or leave what was there as it was."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)
