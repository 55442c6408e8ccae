"""Writing files so that no one ever meets a half-written one."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LONGEST_NAME = 255  # bytes, where the system does not tell


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path in the same folder that becomes ``path`` when the block succeeds.

    It is synced to the disk before it is renamed. When the block fails, or the process is
    interrupted, the temporary file goes and whatever was at ``path`` stays. Who may read a file
    that is replaced may read the new one; a file that was not there follows the umask.
    """
    temporary = path.with_name(_temporary_name(path))
    try:
        mode = _create(temporary, path)
        yield temporary
        if os.name == "posix" and stat.S_IMODE(temporary.stat().st_mode) != mode:
            temporary.chmod(mode)  # a library has put a file of its own there
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, or leave what was there as it was."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _temporary_name(path: Path) -> str:
    """The file's own name, hidden, with the process; long ones are cut and told by a sum."""
    end = f".{os.getpid()}.tmp"
    longest = _longest_name(path.parent)
    name = path.name
    if len(os.fsencode(f".{name}{end}")) > longest:
        end = f"~{zlib.crc32(os.fsencode(name)):08x}{end}"
        while len(os.fsencode(f".{name}{end}")) > longest:
            name = name[:-1]
    return f".{name}{end}"


def _longest_name(folder: Path) -> int:
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):
        return _LONGEST_NAME


def _create(temporary: Path, path: Path) -> int:
    """Make an empty file with the mode that the file is to have; gives the mode."""
    temporary.unlink(missing_ok=True)
    is_there = path.is_file()
    mode = stat.S_IMODE(path.stat().st_mode) if is_there else 0o666
    made = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        if is_there and os.name == "posix":
            os.fchmod(made, mode)  # the umask has no say in it
        return stat.S_IMODE(os.fstat(made).st_mode)
    finally:
        os.close(made)
