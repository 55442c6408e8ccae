"""Threads: their number, their waiting, and the results of many in order.

Without PyTorch, because :func:`wait_calmly` is to be called before it is loaded.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

_WATCHED = 0.3  # seconds

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def wait_calmly() -> None:
    """Let GNU's OpenMP spin for a thousand turns at most, unless the user chose otherwise.

    By default it spins so long that on a busy machine its threads take the time of the very
    threads that they wait for. It reads this once, when torch is loaded.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def cores() -> int:
    """Count the cores that this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_cores() -> int:
    """Count the cores that this process may use and that others leave free, at least one.

    It takes a third of a second to see. Where the system does not tell, all count as free.
    """
    before = _idleness()
    time.sleep(_WATCHED)
    after = _idleness()
    free = 0.0
    for core in before.keys() & after.keys():
        idle, passed = (now - then for now, then in zip(after[core], before[core], strict=True))
        free += idle / passed if passed else 1.0
    return max(1, round(free)) if before else cores()


def _idleness() -> dict[int, tuple[int, int]]:
    """Read how long each core that may be used has idled, and how long it has been there."""
    try:
        lines = Path("/proc/stat").read_text("ascii").splitlines()
        usable = os.sched_getaffinity(0)
    except (OSError, ValueError, AttributeError):
        return {}
    found = {}
    for line in lines:
        name, *ticks = line.split()
        number = name.removeprefix("cpu")
        if number != name and number.isdecimal() and int(number) in usable:
            times = [int(tick) for tick in ticks[:8]]  # those of guests are among the users'
            found[int(number)] = sum(times[3:5]), sum(times)
    return found


def in_order(
    submit: Callable[[_Item], Future[_Result]], items: Iterable[_Item], ahead: int
) -> Generator[tuple[_Item, Future[_Result]], None, None]:
    """Yield items with their futures, in their order; to be closed where it is given up early.

    Args:
        submit: begins an item's work.
        items: what there is to do.
        ahead: how many items are begun before the first of them is asked for, at most.
    """
    begun: deque[tuple[_Item, Future[_Result]]] = deque()
    try:
        for item in items:
            begun.append((item, submit(item)))
            if len(begun) > ahead:
                yield begun.popleft()
        while begun:
            yield begun.popleft()
    finally:
        for _, future in begun:
            future.cancel()
