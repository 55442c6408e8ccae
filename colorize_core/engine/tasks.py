"""One photograph of many: its task, how it is gone about, and the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from colorize_core.remedies import Remedy


@dataclass(frozen=True, slots=True)
class Task:
    """One photograph to read and where to write it in colour."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a task: done where ``error`` is empty; ``remedy`` is what helps."""

    source: Path
    target: Path | None
    error: str = ""
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """The way in which a batch goes about its files.

    Attributes:
        overwrite: whether outputs that exist are replaced.
        hints: a file of hints, looked up by the photos' names.
        jobs: processes that work at the same time. A single one already reads and writes some
            photos while its network looks at another.
        time_limit: seconds for one file, after which it has failed; None for what is enough for
            any photograph: two minutes, and more for a large one.
        model: of each process's colorizer: a registered name, or the path of weights.
        device: on which it computes.
    """

    overwrite: bool = False
    hints: Path | None = None
    jobs: int = 1
    time_limit: float | None = None
    model: str = "lite"
    device: str = "auto"
