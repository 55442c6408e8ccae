"""Writing files so that no one ever meets a half-written one."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colorize_core.leftovers import temporary_beside


@contextmanager
def replacing(path: Path, in_folder: bool = False, only_new: bool = False) -> Iterator[Path]:
    """Give a temporary path in the same folder; it becomes ``path`` when the block succeeds.

    It is synced to the disk before it is renamed. When the block fails, or the process is
    interrupted, the temporary file goes and whatever was at ``path`` stays. What a killed process
    leaves is removed by the next one that writes into the folder. Who may read a file that is
    replaced may read the new one; a file that was not there follows the umask.

    Args:
        path: what is to be written.
        in_folder: whether the path is to be in a temporary folder, for libraries that put
            temporary files of their own beside what they write.
        only_new: whether to leave a file alone that has come to be there, whoever made it.

    Raises:
        FileExistsError: there is such a file, though only a new one was to be made.
    """
    with temporary_beside(path, in_folder) as temporary:
        mode = _mode_from_the_beginning(temporary, path)
        yield temporary
        if os.name == "posix" and stat.S_IMODE(temporary.stat().st_mode) != mode:
            temporary.chmod(mode)  # a library has put a file of its own there
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        if only_new:
            _move_where_nothing_is(temporary, path)
        else:
            temporary.replace(path)


def _move_where_nothing_is(temporary: Path, path: Path) -> None:
    """Rename a file; of several processes that do so at the same time, one can."""
    try:
        if os.name == "nt":
            temporary.rename(path)  # which refuses by itself
        else:
            os.link(temporary, path)  # the temporary name goes with the block
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        temporary.replace(path)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, or leave what was there as it was."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _mode_from_the_beginning(temporary: Path, path: Path) -> int:
    """Give the empty temporary file the mode that the file is to have; it is returned."""
    temporary.touch()  # an umask can only be seen, without setting it, by what it does
    if os.name == "posix" and path.is_file():
        temporary.chmod(stat.S_IMODE(path.stat().st_mode))
    return stat.S_IMODE(temporary.stat().st_mode)
