"""The choice between compiled kernels and PyTorch alone for full-size work.

Both give the same pixels, but for rounding. Kernels are several times as fast, and take the
better part of a second to load: nothing next to a large photo or a folder, much next to a small
photo. So they are loaded once a process has seen as many pixels as make up for it, or says that it
will.

``COLORIZE_KERNELS`` decides otherwise: ``compiled`` loads them for the first photo, ``torch``
never.
"""

from __future__ import annotations

import logging
import os
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from importlib import import_module
from threading import Lock
from types import ModuleType

VARIABLE = "COLORIZE_KERNELS"
_WORTH_LOADING = 12_000_000  # pixels
# Where there is no cache yet, compiling takes longer than PyTorch would.
_MOST_PATIENCE = 2.0  # seconds
_PATIENCE = _MOST_PATIENCE / _WORTH_LOADING  # seconds a pixel
_log = logging.getLogger(__name__)
_seen = 0
_counting = Lock()


def kernels_for(pixels: int) -> ModuleType | None:
    """Give the compiled kernels, :mod:`colorize_core.color.compiled`; None leaves it to PyTorch.

    Args:
        pixels: that are worked on now.

    Raises:
        ValueError: the environment variable says something else.
        ImportError: it asks for kernels, and there is no numba that works.
    """
    choice = _choice()
    if choice == "torch":
        return None
    if choice == "compiled":
        return load_kernels()
    if _count(pixels) < _WORTH_LOADING:
        return None
    try:
        return _loading().result(min(_MOST_PATIENCE, pixels * _PATIENCE))
    except Exception:  # no patience left, or whatever numba meets on machines we do not know
        return None


def begin_loading() -> None:
    """Load the kernels beside what goes on: this process will see many pixels.

    Raises:
        ValueError: the environment variable says something else.
    """
    if _choice() != "torch":
        _count(_WORTH_LOADING)
        _loading()


def load_kernels() -> ModuleType:
    """Load the kernels and wait for them, however long it takes to compile them.

    Raises:
        ImportError: numba is missing or does not work here; the message says why.
    """
    try:
        return _loading().result()
    except Exception as error:
        raise ImportError(f"the compiled kernels cannot be loaded: {error}") from error


def _choice() -> str:
    choice = os.environ.get(VARIABLE, "auto")
    if choice not in ("auto", "compiled", "torch"):
        raise ValueError(f"{VARIABLE} must be auto, compiled or torch; it is {choice!r}")
    return choice


def _count(pixels: int) -> int:
    """Count the pixels that this process has seen, with so many more."""
    global _seen
    with _counting:
        _seen += pixels
    return _seen


@lru_cache(maxsize=1)
def _loading() -> Future[ModuleType]:
    """Load the kernels in a thread of their own, which ends when it is done."""
    pool = ThreadPoolExecutor(1, "kernels")
    future = pool.submit(import_module, "colorize_core.color.compiled")
    future.add_done_callback(_note)
    pool.shutdown(wait=False)
    return future


def _note(loaded: Future[ModuleType]) -> None:
    if loaded.exception() is not None:
        _log.info("no compiled kernels, PyTorch does their work: %s", loaded.exception())
