"""The training loop and what it is made of.

``config`` says what can be chosen, ``loop`` is the loop from top to bottom, and the rest are its
parts: ``beginning`` (photographs, first weights, resuming), ``gradients`` (what a batch asks of the
weights), ``keeping`` (what becomes of them), ``distributed`` (several processes as one), prior,
losses, schedule, initialisation, sanity check, gates, checkpoints, stopping, validation, reports,
logs, export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colorize_core.training.config import TrainingConfig

if TYPE_CHECKING:
    from colorize_core.training.loop import train
    from colorize_core.training.reports import StepReport

__all__ = ["StepReport", "TrainingConfig", "train"]


def __getattr__(name: str) -> Any:
    """Import the loop, and PyTorch with it, when it is first used: ``--help`` needs neither."""
    if name in __all__:
        from colorize_core.training import loop  # which knows the reports too

        return getattr(loop, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
