"""One photograph of many: what is to be done with it, how, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from colorize_core.photo.credentials import Credentials
from colorize_core.remedies import Remedy


@dataclass(frozen=True, slots=True)
class Task:
    """One photograph to read and where to write it in colour."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a task: done if ``error`` is empty.

    Attributes:
        source: the photograph.
        target: where it was to be written.
        error: why it was not; empty where it was.
        remedy: what helps against that.
        done_before: whether the output was there already, and was left as it is.
        stale: of an output that was there, in what it differs from what would be made now: a
            part of a sentence such as ``older than its photo``.
        warnings: what is wrong with the photo, though it was colorized.
        in_color: whether the photo was in colour already.
        parts: where the photographs on it were written, if each was to be a file of its own.
    """

    source: Path
    target: Path | None
    error: str = ""
    remedy: Remedy | None = None
    done_before: bool = False
    stale: str = ""
    warnings: tuple[str, ...] = ()
    in_color: bool = False
    parts: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """Options of a batch.

    Attributes:
        overwrite: whether outputs that exist are replaced; else those photos are done already.
        hints: a file of hints, looked up by the photos' names.
        jobs: processes that work at the same time. A single one already reads and writes some
            photos while its network looks at another.
        time_limit: seconds for one file, after which it has failed; None for what is enough for
            any photograph: two minutes, and more for a large one.
        model: of each process's colorizer: a registered name, or the path of weights.
        device: on which it computes.
        damaged: whether photos of which a part is missing are taken as they are.
        quality: of formats with loss, 1 to 100; None for each format's own.
        split: whether each photograph on a scan becomes a file of its own; the tasks' targets are
            those of the first ones.
        sign: what to sign outputs with; None leaves them unsigned.
    """

    overwrite: bool = False
    hints: Path | None = None
    jobs: int = 1
    time_limit: float | None = None
    model: str = "lite"
    device: str = "auto"
    damaged: bool = False
    quality: int | None = None
    split: bool = False
    sign: Credentials | None = None
