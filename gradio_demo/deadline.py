"""A time limit for one photo: then its visitor gets an error, and the next one has its turn.

Python cannot end a thread. A late one is asked to end, and does as soon as it runs Python again.
One stuck in other code is left alone: it is a daemon, and loses its turn at the engines.
"""

from __future__ import annotations

import contextvars
import ctypes
import functools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from typing import Any, TypeVar

from gradio_demo.refusals import Refusal

_ASKING = 20  # times that a late thread is asked to end
_BETWEEN = 0.05  # seconds
Result = TypeVar("Result")


class Turn:
    """A lock for ``with`` statements; it can be taken away from a stuck thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._holder: int | None = None
        self._mine = threading.local()

    def __enter__(self) -> None:
        while True:  # in short waits, between which a thread can be asked to end
            lock = self._lock
            if lock.acquire(timeout=_BETWEEN):
                if lock is self._lock:
                    break
                lock.release()
        self._holder = threading.get_ident()
        self._held().append(lock)

    def __exit__(self, *_: object) -> None:
        held = self._held()
        lock = held.pop()
        if not held and lock is self._lock:
            self._holder = None
        lock.release()

    def take_from(self, thread: int) -> bool:
        """Free the lock, if the thread of this number holds it, and return whether it did."""
        if self._holder != thread:
            return False
        self._lock, self._holder = threading.RLock(), None
        return True

    def _held(self) -> list[Any]:
        if not hasattr(self._mine, "locks"):
            self._mine.locks = []
        return self._mine.locks


def within(seconds: float, function: Callable[[], Result], late: Callable[[int], None]) -> Result:
    """Call a function in another thread and wait for its result, but not for ever.

    Args:
        seconds: to wait at most.
        function: called with no arguments, in the context of the caller.
        late: called with the number of a thread that does not end when asked to.

    Raises:
        Refusal: it takes longer.
        BaseException: whatever the function raises.
    """
    worker = _take()
    answer: Future[Result] = Future()
    worker.tasks.put((contextvars.copy_context(), function, answer))
    try:
        result = answer.result(seconds)
    except LateError:
        if answer.done():
            _idle.append(worker)
            raise  # the function's own
        if not worker.ends():
            late(worker.ident or 0)
        raise Refusal(
            f"This took longer than {seconds:g} seconds, the studio's limit for one photo. "
            "Make it smaller, or use: colorize photo"
        ) from None
    except BaseException:
        _idle.append(worker)
        raise
    _idle.append(worker)
    return result


def in_time(method: Callable[..., Any]) -> Callable[..., Any]:
    """Limit the time of a method, of an object with a ``page``, to the settings' seconds."""

    @functools.wraps(method)
    def handler(self: Any, *arguments: Any, **named: Any) -> Any:
        return self.page.workshop.in_time(lambda: method(self, *arguments, **named))

    return handler


class _Stop(BaseException):
    """The end of a late thread; no Exception, as readers of broken files catch those."""


class _Worker(threading.Thread):
    """A thread for one task after the other: PyTorch starts threads of its own for each new one."""

    def __init__(self) -> None:
        super().__init__(name="photo", daemon=True)
        self.tasks: queue.SimpleQueue[tuple[contextvars.Context, Callable[[], Any], Future]]
        self.tasks = queue.SimpleQueue()
        self.start()

    def run(self) -> None:
        try:
            while True:
                context, function, answer = self.tasks.get()
                try:
                    result = context.run(function)
                except _Stop:
                    return
                except BaseException as error:
                    answer.set_exception(error)
                else:
                    answer.set_result(result)
                del context, function, answer
        except _Stop:
            return

    def ends(self) -> bool:
        """Ask the thread to end, again and again, and return whether it did."""
        for _ in range(_ASKING):
            number, stop = ctypes.c_ulong(self.ident or 0), ctypes.py_object(_Stop)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(number, stop)
            self.join(_BETWEEN)
            if not self.is_alive():
                return True
        return False


_idle: list[_Worker] = []


def _take() -> _Worker:
    try:
        return _idle.pop()
    except IndexError:
        return _Worker()
