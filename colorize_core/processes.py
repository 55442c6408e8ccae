"""Processes that work for this one, and never outlive it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any


class Processes(ProcessPoolExecutor):
    """A pool of processes that end with this one, however it ends, and that Ctrl-C does not reach.

    Ctrl-C goes to all processes of a terminal. It is this one's to answer; in the others it would
    break off whatever they do, be it the start of Python, with a traceback. Leaving the pool's
    ``with`` block gives up what has not begun.

    Args:
        count: of processes.
        start: called in each before its first work, with the arguments.
        arguments: for ``start``.
    """

    def __init__(self, count: int, start: Callable[..., None], *arguments: Any) -> None:
        # Forking a process that holds PyTorch's threads can hang it: spawn.
        context = multiprocessing.get_context("spawn")
        self.stopping = context.Event()
        super().__init__(count, context, _begin, (self.stopping, start, arguments))

    def submit(self, *work: Any, **more: Any) -> Future[Any]:  # type: ignore[override]
        """Submit as to any pool; processes are started here."""
        with _undisturbed():
            return super().submit(*work, **more)

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.shutdown(cancel_futures=True)


def is_stopping() -> bool:
    """Tell, in a process of a pool, whether its work is no longer wanted."""
    return _stopping is not None and _stopping.is_set()


_stopping: Any = None


def _begin(stopping: Any, start: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    global _stopping
    _stopping = stopping
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGHUP})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    start(*arguments)


def _end_with_parent() -> None:
    """End this process when its parent was killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, each with all that it waits for.

    This one answers signals right after.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    later = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, later)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
