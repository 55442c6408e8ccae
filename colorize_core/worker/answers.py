"""What a caller gets from the worker. Standard library alone, Python 3.9+: carried, too."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from colorize_core.worker.wire import HINT_BYTES, ProtocolError, SilenceError

N_: Callable[[str], str] = (
    str  # marks texts that a host translates, before their {fields} are filled
)


def say_nothing(share: float, text: str) -> None:
    """Report no progress."""


class Strip(NamedTuple):
    """Some rows of a colorized layer.

    Attributes:
        row: the first one, counted from the top.
        rows: how many.
        pixels: in the format that was asked for.
    """

    row: int
    rows: int
    pixels: bytes


class Reference(NamedTuple):
    """A photo in colour, whose colours are copied to what looks like them.

    Attributes:
        width: in pixels, as ``height``.
        pixels: R'G'B'A u8; what is all clear around it is left out.
    """

    width: int
    height: int
    pixels: bytes

    def check(self) -> None:
        """Raise ValueError where there are more or fewer pixels than it says."""
        if len(self.pixels) != self.width * self.height * HINT_BYTES:
            raise ValueError(
                f"{len(self.pixels)} bytes are not a reference of {self.width} x {self.height}"
            )


class Looked(NamedTuple):
    """A network's abilities, as it has looked at a layer.

    Attributes:
        takes_hints: whether it listens to hints.
        has_classes: whether it knows several colours for a place, and so alternatives.
        temperature: what it was tuned for.
    """

    takes_hints: bool
    has_classes: bool
    temperature: float


class Picture(NamedTuple):
    """A small picture.

    Attributes:
        width: in pixels, as ``height``.
        pixels: R'G'B'A u8.
        alternatives: how many there are; 0 where that was not asked for.
    """

    width: int
    height: int
    pixels: bytes
    alternatives: int


class WorkerError(Exception):
    """An error with its cause, advice, and where the log is.

    Attributes:
        kind: ``absent`` (no engine, or no worker runs), ``start``, ``version``, ``gone`` (ended
            in mid-request), ``silent``, ``stopped``, ``memory``, ``options`` or ``internal``.
        texts: the cause, and what to do, with ``{fields}``: a host can say them in another
            language.
        fields: what belongs in there; None where both are texts as they are.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        advice: str,
        log: Path,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{filled(message, fields)}: {filled(advice, fields)} (log: {log})")
        self.kind = kind
        self.texts = message, advice
        self.fields = fields
        self.log = log

    @classmethod
    def told(cls, message: Mapping[str, Any], log: Path) -> WorkerError:
        """Make the error that a worker's message tells of."""
        kind, cause, advice = (str(message[name]) for name in ("kind", "message", "advice"))
        return cls(kind, cause, advice, log, message.get("fields"))


def filled(text: str, fields: Mapping[str, Any] | None) -> str:
    """Fill the fields of a text, which stays as it is where that does not work out."""
    if fields is None:
        return text
    try:
        return text.format_map(fields)
    except (KeyError, IndexError, ValueError, AttributeError):
        return text


@contextlib.contextmanager
def noticing_its_end(worker: Any) -> Iterator[None]:
    """Hang up, and say what to do, where a worker that is connected to ends or falls silent.

    Raises:
        WorkerError: it did.
    """
    try:
        yield
    except (SilenceError, BlockingIOError) as error:
        worker.close()
        raise WorkerError(
            "silent",
            N_("the colorize worker does not answer any more"),
            N_(
                "run “colorize worker stop” in a terminal, or end process {pid}, and try "
                "again: a new one starts then"
            ),
            worker.engine.log,
            {"pid": worker.pid},
        ) from error
    except (EOFError, OSError, ProtocolError) as error:
        worker.close()
        raise WorkerError(
            "gone",
            N_("the colorize worker ended in the middle of its work"),
            N_(
                "try again, it starts anew; if it happens again, memory may be too small: "
                "close other programs or scale the picture down"
            ),
            worker.engine.log,
        ) from error
