"""Runs that are asked to end before their last step."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

Asked = Callable[[], bool]


class StoppedRunError(Exception):
    """An end that was asked for, after a checkpoint was written.

    Attributes:
        step: the last one that was taken.
        checkpoint: from which the run goes on.
    """

    def __init__(self, step: int, checkpoint: Path) -> None:
        super().__init__(f"stopped after step {step}; {checkpoint} goes on from there")
        self.step = step
        self.checkpoint = checkpoint


def never() -> bool:
    """Ask for no end: what a run does unless its caller says otherwise."""
    return False


def leave_signals_to_the_parent(_: int) -> None:
    """Ignore signals, in a loader process: they are the parent's to answer.

    It still wants batches while it comes to an end, and tells this process when it does not.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
