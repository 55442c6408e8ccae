"""Locks that end with their process, and who holds them. Standard library alone, Python 3.9+.

The lock is the system's own, on an open file: it goes however the process goes. The file says who
has it; that is for people and for :func:`holder`, and never decides anything by itself.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

WINDOWS = os.name == "nt"
_GLANCE_SECONDS = 0.2  # for which a process that only looks may hold a lock, at the very most
_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF)
_BEYOND = 1 << 30  # Windows locks bytes; this one no file here has, so that all can be read

_held: set[int] = set()


class Holder(NamedTuple):
    """The holder of a lock.

    Attributes:
        pid: of the process, on its machine; 0 where it is not known.
        here: whether that is this machine.
    """

    pid: int
    here: bool

    def __str__(self) -> str:
        if not self.pid:
            return "another process"
        return f"process {self.pid}" + ("" if self.here else " on another machine")


class HeldError(TimeoutError):
    """The error that another process holds the lock.

    Attributes:
        holder: which one.
    """

    def __init__(self, message: str, holder: Holder) -> None:
        super().__init__(message)
        self.holder = holder


@contextlib.contextmanager
def locked(path: Path, seconds: float = 0.0, refusal: str = "") -> Iterator[None]:
    """Hold a lock that ends with the process at the latest.

    On a file system that knows no locks, the block runs without.

    Args:
        path: of the lock's file, which is made and stays.
        seconds: how long to wait for it.
        refusal: what the error says before it names the holder; the path, unless given.

    Raises:
        HeldError: another process, or another part of this one, still holds it then.
        OSError: the file cannot be made.
    """
    deadline = time.monotonic() + max(seconds, _GLANCE_SECONDS)
    with opened(path, os.O_RDWR | os.O_CREAT) as descriptor:
        while not _try_unless_impossible(descriptor):
            if time.monotonic() >= deadline:
                holds = _read(descriptor)
                raise HeldError(f"{refusal or f'{path}: held by'} {holds}", holds)
            time.sleep(0.02)
        _sign(descriptor)
        yield


def holder(path: Path) -> Holder | None:
    """Find who holds a lock now; None if nobody does."""
    with contextlib.suppress(FileNotFoundError), opened(path, os.O_RDWR) as descriptor:
        if not _try_unless_impossible(descriptor):
            return _read(descriptor)
    return None


@contextlib.contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """Open a descriptor to lock; no forked process keeps it open.

    Raises:
        OSError: the file cannot be opened.
    """
    descriptor = os.open(path, flags, 0o666)
    _held.add(descriptor)
    try:
        yield descriptor
    finally:
        if descriptor in _held:  # not in a process that was forked meanwhile
            _held.discard(descriptor)
            os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Lock an open file for as long as it is open; False where somebody else has.

    Raises:
        OSError: its file system knows no locks.
    """
    try:
        if WINDOWS:
            import msvcrt

            os.lseek(descriptor, _BEYOND, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    return True


def this_machine() -> str:
    """Name this machine as no other in the network is named."""
    return socket.gethostname()


def _try_unless_impossible(descriptor: int) -> bool:
    try:
        return try_lock(descriptor)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return True


def _sign(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # a full disk: nobody learns who it was
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid()} {this_machine()}\n".encode())


def _read(descriptor: int) -> Holder:
    with contextlib.suppress(OSError, ValueError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        pid, _, machine = os.read(descriptor, 300).decode().strip().partition(" ")
        return Holder(int(pid), machine == this_machine())
    return Holder(0, True)


def _let_go() -> None:
    """Forget the locks in a forked process: they are its parent's, and must not outlive that."""
    while _held:
        os.close(_held.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
