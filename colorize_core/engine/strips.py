"""A photo's rows, worked on a strip at a time by several threads.

Each thread takes whole strips and never waits for another one, so that a thread that gets no
time on a busy machine holds up its own strip alone. That is also a little faster than torch's own
threads, which meet after every operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import lru_cache
from typing import TypeVar

import torch

from colorize_core.threads import in_order

_STRIP_PIXELS = 1 << 17
_AHEAD = 2  # strips per thread that are done or begun before they are asked for
_Result = TypeVar("_Result")


def strips_of(height: int, width: int) -> Iterator[slice]:
    """Give the rows of a photo, a strip at a time."""
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        yield slice(top, min(height, top + rows))


def by_strips(
    work: Callable[[slice], _Result], height: int, width: int
) -> Iterator[tuple[slice, _Result]]:
    """Do work on every strip; give the strips' rows and results from the top.

    Memory stays that of a few strips: no thread runs far ahead of who takes the results.

    Args:
        work: called with rows, in any thread and any order, without gradients; its errors are
            raised here.
        height: of the photo.
        width: of the photo.
    """
    strips = strips_of(height, width)
    if height * width <= _STRIP_PIXELS:
        yield from ((rows, _alone(work, rows)) for rows in strips)
        return
    threads = torch.get_num_threads()
    pool = _pool(threads)
    begun = in_order(lambda rows: pool.submit(_alone, work, rows), strips, _AHEAD * threads)
    with closing(begun):
        for rows, future in begun:
            yield rows, future.result()


def each_strip(work: Callable[[slice], None], height: int, width: int) -> None:
    """Have all of a photo's strips worked on, as :func:`by_strips` does."""
    for _ in by_strips(work, height, width):
        pass


@torch.inference_mode()
def _alone(work: Callable[[slice], _Result], rows: slice) -> _Result:
    return work(rows)


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "strips", lambda: torch.set_num_threads(1))
