"""How many threads there are to be, how they wait, and the results of many in order.

Without PyTorch, because :func:`wait_calmly` is to be called before it is loaded.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def wait_calmly() -> None:
    """Let GNU's OpenMP spin for a thousand turns at most, unless the user chose otherwise.

    By default it spins so long that on a busy machine its threads take the time of the very
    threads that they wait for. It reads this once, when torch is loaded.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def cores() -> int:
    """Processor cores that this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    submit: Callable[[_Item], Future[_Result]], items: Iterable[_Item], ahead: int
) -> Generator[tuple[_Item, Future[_Result]], None, None]:
    """Items with their futures, in their order; to be closed where it is given up early.

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
