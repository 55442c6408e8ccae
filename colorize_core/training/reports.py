"""Reports of a run to the outside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StepReport:
    """A step that has been taken; as step 0, what comes before the first.

    Attributes:
        step: its number, from 1.
        steps: how many the run has.
        loss: of the step's whole batch; of the sanity check, as step 0.
        photos: how many crops the run has learnt from so far.
        figures: of a validation that has just been made; else None.
        notes: sentences for people: warnings, the sanity check's result, and what has changed since
            the run was started first.
    """

    step: int
    steps: int
    loss: float
    photos: int
    figures: dict[str, float] | None = None
    notes: tuple[str, ...] = ()


TakeReport = Callable[[StepReport], None]


def log_notes(report: StepReport) -> None:
    """Pass a run's notes to Python's logging, where no one else takes its reports."""
    for note in report.notes:
        _log.warning(note)
