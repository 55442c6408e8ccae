"""A time limit for one photograph, after which the next one goes on.

The work is done in another thread, which is kept for the caller's next work: each new one would be
given memory of its own, and the system would have to clear it. When the time is up, an exception is
raised in there, so that it ends as after any other failure and takes its temporary files along. A
decoder that is amid a call hears of it only when that call returns; until then the thread is left
behind.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from multiprocessing.util import Finalize
from queue import SimpleQueue
from typing import TypeVar

import torch

from colorize_core.remedies import Remedy

# What is enough for any photograph, on a slow and busy machine too: seconds.
_AT_LEAST = 120.0
_A_MEGABYTE = 10.0  # of the file, compressed
_A_MEGAPIXEL = 10.0
_A_LOOK = 60.0  # of a network, at 256 pixels; its work grows with their square
_GRACE = 5.0  # in which work that is interrupted cleans up
_A_WAIT = 1.0  # after which a changed limit is heeded
_Result = TypeVar("_Result")


class TimeLimitError(Exception):
    """An end of work whose time was up."""

    remedy = Remedy.MORE_TIME


class _TimeIsUp(BaseException):
    """An end from outside; no Exception, lest a reader takes it for a damaged file."""


class Clock:
    """The time for one photo; waiting for others is not counted.

    Args:
        limit: seconds in all; None for what is enough for any photograph of its size.
        size: of its file, in bytes.
    """

    def __init__(self, limit: float | None = None, size: int = 0) -> None:
        self._fixed = limit is not None
        self.limit = _AT_LEAST + _A_MEGABYTE * size / 1e6 if limit is None else limit
        self._begun = time.monotonic()
        self._waiting_since: float | None = None

    def allow(self, pixels: int, short_side: int | None = None) -> None:
        """Give time for so many pixels, and a network's look at them."""
        if not self._fixed:
            look = _A_LOOK * max(1.0, ((short_side or 256) / 256) ** 2)
            self.limit += _A_MEGAPIXEL * pixels / 1e6 + look

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Wait for others."""
        self._waiting_since = time.monotonic()
        try:
            yield
        finally:
            self._begun += time.monotonic() - self._waiting_since
            self._waiting_since = None

    def left(self) -> float:
        """Count the seconds left."""
        since = self._waiting_since
        return self._begun + self.limit - (time.monotonic() if since is None else since)

    def check(self) -> None:
        """Raise TimeLimitError where no time is left."""
        if self.left() <= 0.0:
            raise TimeLimitError(f"not done after {self.limit:.3g} s")


class _WorkerThread:
    """A thread that works for another one, piece by piece, and ends when that one has ended."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self.thread = threading.Thread(
            target=_serve, args=(self._work,), name="limited", daemon=True
        )
        self.thread.start()
        self.dismiss = weakref.finalize(self, self._work.put, None)

    def begin(self, work: Callable[[], None]) -> None:
        """Have some work done, after which there may be more."""
        self._work.put(work)


def _serve(begun: SimpleQueue[Callable[[], None] | None]) -> None:
    with suppress(_TimeIsUp):  # that of work which has just ended
        while work := begun.get():
            work()
            del work  # and the photographs that it holds


_own = threading.local()


def within(clock: Clock, work: Callable[[], _Result]) -> _Result:
    """Do some work in another thread, and give its result.

    Raises:
        TimeLimitError: the clock had run down before.
    """
    future: Future[_Result] = Future()
    threads = torch.get_num_threads()

    def run() -> None:
        try:
            torch.set_num_threads(threads)
            future.set_result(work())
        except BaseException as error:  # whatever it is, it is for who waits
            if not future.done():
                future.set_exception(error)

    worker: _WorkerThread | None = getattr(_own, "worker", None)
    if worker is None or not worker.thread.is_alive():  # as in a process that was forked
        worker = _own.worker = _WorkerThread()
    worker.begin(run)
    try:
        while not future.done() and (left := clock.left()) > 0.0:
            wait([future], min(left, _A_WAIT))
    finally:  # also where who waits is interrupted, as by Ctrl-C
        in_time = future.done()
        if not in_time:
            _end(worker)
        del worker  # which would not end while an error's traceback is held
    if in_time:
        return future.result()
    raise TimeLimitError(f"not done after {clock.limit:.3g} s")


def _end(worker: _WorkerThread) -> None:
    """Interrupt a thread and wait a little; leave it behind where it does not end."""
    del _own.worker
    worker.dismiss()
    thread, until = worker.thread, time.monotonic() + _GRACE
    assert thread.ident is not None
    while thread.is_alive() and time.monotonic() < until:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(_TimeIsUp)
        )
        thread.join(_GRACE / 2)
    if thread.is_alive():
        _left_behind.append(thread)
        if multiprocessing.parent_process() is not None:
            # Python would wait for it, and who started this process for Python.
            Finalize(None, os._exit, args=(0,), exitpriority=0)


_left_behind: list[threading.Thread] = []


def leave(code: int) -> None:
    """End the process without waiting for abandoned work."""
    if any(thread.is_alive() for thread in _left_behind):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
