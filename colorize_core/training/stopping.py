"""Runs that are asked to end before their last step."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

Asked = Callable[[], bool]


class StoppedRunError(Exception):
    """The run has written a checkpoint and ended, as it was asked to.

    Attributes:
        step: the last one that was taken.
        checkpoint: from which the run goes on.
    """

    def __init__(self, step: int, checkpoint: Path) -> None:
        super().__init__(f"stopped after step {step}; {checkpoint} goes on from there")
        self.step = step
        self.checkpoint = checkpoint


def never() -> bool:
    """What is asked of a run unless its caller says otherwise."""
    return False


def leave_signals_to_the_parent(_: int) -> None:
    """In a loader process: signals that go to all processes are the parent's to answer.

    It still wants batches while it comes to an end, and tells this process when it does not.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
