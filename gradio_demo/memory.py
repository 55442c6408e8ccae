"""Return of freed memory by the C library."""

from __future__ import annotations

import contextlib
import ctypes
import gc

_ARENA_MAX = -8  # of mallopt(3)


def share_memory() -> None:
    """Have all threads share two heaps, as each would keep the remains of its own."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # it is not glibc
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


def give_back_memory() -> None:
    """Have the C library return free memory; with many threads it keeps hundreds of megabytes."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, TypeError):  # it is not glibc
        ctypes.CDLL(None).malloc_trim(0)
