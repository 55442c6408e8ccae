"""Temporary files beside what they become, and the end of those that a killed process left.

Whoever writes one holds a lock on it, which the system takes away when the process dies. So what
bears the mark and can be locked is nobody's any more.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path

from colorize_core.locks import WINDOWS, opened, this_machine, try_lock

MARK = ".colorize.tmp"
_NAME_BYTES = 80  # of the real name, at most
_OLD_SECONDS = 86_400.0  # after which what another machine left counts as dead

_swept: set[Path] = set()


@contextlib.contextmanager
def temporary_beside(path: Path, in_folder: bool = False) -> Iterator[Path]:
    """Give a path in the same folder to write to; a file left there after the block is removed.

    In a folder that this process has not written to yet, what killed processes left is removed.

    Args:
        path: what is to be written.
        in_folder: whether to give a path in a temporary folder instead of that of an empty file,
            for libraries that put temporary files of their own beside what they write.
    """
    _sweep_once(path.parent)
    made = path.with_name(_name(path.name))
    with contextlib.ExitStack() as lock:
        try:  # which a signal may interrupt anywhere
            while not _make_and_lock(made, in_folder, lock):
                pass
            yield made / path.name if in_folder else made
        finally:
            if in_folder:
                shutil.rmtree(made, ignore_errors=True)
            else:
                made.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what killed processes left in a folder; what may be in use stays."""
    with contextlib.suppress(OSError), os.scandir(folder) as listing:
        for item in listing:
            if item.name.startswith(".") and item.name.endswith(MARK):
                with contextlib.suppress(OSError):
                    _remove_if_dead(Path(item.path))


def _sweep_once(folder: Path) -> None:
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would ask the disk
    if folder not in _swept:
        _swept.add(folder)
        sweep(folder)


def _make_and_lock(made: Path, in_folder: bool, lock: contextlib.ExitStack) -> bool:
    """Make a file or folder, and put the lock on it on the stack, where there can be one.

    False where somebody has swept it away between two lines.
    """
    if in_folder:
        made.mkdir()
    else:
        made.open("xb").close()
    if WINDOWS:  # where what is open could not be renamed, but cannot be removed either
        return True
    with contextlib.suppress(OSError):
        return try_lock(lock.enter_context(opened(made, _flags(made)))) and made.exists()
    return made.exists()


def _name(name: str) -> str:
    """Make a temporary name, no longer than a long real one, so that the folder can hold it."""
    # Containers may share a disk, a host's name and a process's number: the last part is unique.
    rest = f".{_machine()}-{os.getpid()}-{uuid.uuid4().hex[:16]}{MARK}"
    real = name.encode("utf-8", "ignore")
    kept = real[: max(0, min(_NAME_BYTES, len(real) - len(rest) - 1))]
    return f".{kept.decode('utf-8', 'ignore')}{rest}"


def _machine() -> str:
    return f"{zlib.crc32(this_machine().encode()):08x}"


def _remove_if_dead(path: Path) -> None:
    age = time.time() - path.lstat().st_mtime
    ours = path.name.removesuffix(MARK).rpartition(".")[2].partition("-")[0] == _machine()
    if path.is_symlink() or (age < _OLD_SECONDS and (WINDOWS or not ours)):
        return
    if WINDOWS:
        path.unlink()
        return
    with opened(path, _flags(path)) as descriptor:
        if try_lock(descriptor):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _flags(path: Path) -> int:
    """Choose the flags to open a file to lock: network drives want it open for writing."""
    return os.O_RDONLY if path.is_dir() else os.O_RDWR
