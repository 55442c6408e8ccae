"""Signals that end a command, and how it answers them."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

_NAMES = ("SIGTERM", "SIGHUP")  # Python itself answers SIGINT, with a KeyboardInterrupt
_IMPATIENT_SECONDS = 1.0  # after which a second signal is a new wish, and no echo of the first
_SHOW_CURSOR = "\x1b[?25h"


class Stopped(SystemExit):
    """A signal has ended the command; its exit status is the shell's for that signal.

    Attributes:
        message: for the user, one line; empty for none.
        status: with which the process is to exit.
    """

    def __init__(self, number: int, message: str = "Stopped.") -> None:
        super().__init__(128 + number)
        self.message = message
        self.status = 128 + number


def unwind_when_terminated() -> None:
    """Let the command clean up on SIGTERM, as on Ctrl-C, and end with 143.

    A terminal that is closed does the same, with 129, unless ``nohup`` says otherwise. Whoever
    signals again before the end only waits.
    """
    for number in _numbers():
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _unwind)


def leave(message: str, status: int) -> NoReturn:
    """Say a line, give the terminal its cursor back, and exit.

    From here on a signal ends the process at once.
    """
    for number in (signal.SIGINT, *_numbers()):
        signal.signal(number, signal.SIG_DFL)
    # A bar that a signal met while it began or ended stands in between, and eats what is no text.
    terminal = getattr(sys.stderr, "rich_proxied_file", sys.stderr)
    with suppress(OSError, ValueError):  # the terminal is gone
        if terminal.isatty():
            terminal.write(_SHOW_CURSOR)
        if message:
            terminal.write(message + "\n")
        terminal.flush()
    sys.exit(status)


class Request:
    """A request to end, as Ctrl-C and SIGTERM make it.

    Until it is looked at for the first time, a signal ends the work wherever it is.

    Attributes:
        number: of the signal; 0 as long as there was none.
    """

    def __init__(self) -> None:
        self.number = 0
        self._is_looked_at = False
        self._asked_at = 0.0

    def __call__(self) -> bool:
        """Tell whether the work is to end where it best can."""
        self._is_looked_at = True
        return bool(self.number)

    def ask(self, number: int, _: FrameType | None) -> None:
        """Take in a signal; whoever insists ends the work wherever it is."""
        now = time.monotonic()
        insists = self.number and now - self._asked_at > _IMPATIENT_SECONDS
        if insists or not self._is_looked_at:
            raise Stopped(number)
        if not self.number:
            self.number, self._asked_at = number, now


@contextmanager
def signals_as_requests() -> Iterator[Request]:
    """Make signals ask for an end; they interrupt nothing unless they come again."""
    request = Request()
    before: dict[int, Any] = {}
    number: int
    for number in [signal.SIGINT, *_numbers()]:
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, request.ask)
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _numbers() -> list[int]:
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


def _unwind(number: int, _: FrameType | None) -> None:
    for other in _numbers():
        signal.signal(other, _wait)
    raise Stopped(number)


def _wait(number: int, _: FrameType | None) -> None:
    """Do nothing: the command is on its way out."""
