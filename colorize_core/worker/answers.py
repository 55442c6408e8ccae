"""What a caller gets from the worker. Standard library alone, Python 3.9+: carried, too."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


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


class Looked(NamedTuple):
    """A network's abilities, as it has looked at a layer.

    Attributes:
        takes_hints: whether it listens to hints.
        has_classes: whether it knows several colours for a place, and so alternatives.
    """

    takes_hints: bool
    has_classes: bool


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
    """

    def __init__(self, kind: str, message: str, advice: str, log: Path) -> None:
        super().__init__(f"{message}: {advice} (log: {log})")
        self.kind = kind
        self.log = log
