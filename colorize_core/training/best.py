"""The best weights of a run, and whether it still gets better."""

from __future__ import annotations

import math

from torch import Tensor

from colorize_core.models.files import read_tensors, write_tensors
from colorize_core.training.config import TrainingConfig

BEST = "best.safetensors"
_MARK = "colorize-best-1"


def score(figures: dict[str, float]) -> float:
    """Score a validation, the higher the better: AuC above grey's, raw and rebalanced together.

    Raw alone rewards grey and rebalanced alone garish colours.
    """
    return figures["auc_raw_above_grey"] + figures["auc_rebalanced_above_grey"]


class Best:
    """The keeper of the best validation's weights, in a file of the run's folder.

    What it knows is in that file. So a run that was killed and goes on chooses as one that was not.

    Args:
        config: of the run; where it asks neither for the best weights nor for an early stop,
            nothing is kept.
        goes_on: whether an earlier start of the run may have left a file.

    Raises:
        ValueError: the file that is there is damaged; the message names it.
    """

    def __init__(self, config: TrainingConfig, goes_on: bool) -> None:
        self.config = config
        self.path = config.folder / BEST
        self.step, self.score = 0, -math.inf
        if not goes_on:
            self.path.unlink(missing_ok=True)
        elif self.path.is_file():
            _, about = read_tensors(self.path)
            if about.get("format") != _MARK:
                raise ValueError(f"{self.path}: not the best weights of a run: move it away")
            self.step, self.score = int(about["step"]), float(about["score"])

    def take(self, step: int, figures: dict[str, float], state: dict[str, Tensor]) -> None:
        """Look at a validation, and keep the weights if none was better.

        Raises:
            OSError: they cannot be written; the message names the file.
        """
        if not (self.config.keep == "best" or self.config.patience):
            return
        found = score(figures)
        if found > self.score:
            about = {"format": _MARK, "step": str(step), "score": repr(found)}
            write_tensors(self.path, state, about, sealed=True)
            self.step, self.score = step, found

    def is_long_ago(self, step: int) -> bool:
        """Tell whether the run is to stop after a step: the best validation is its patience ago."""
        waited = step - self.step
        return 0 < self.config.patience * self.config.validate_every <= waited

    @property
    def farewell(self) -> str:
        """Why the run stops, for people."""
        return (
            f"stopped early: none of {self.config.patience} validations was better than that of "
            f"step {self.step}"
        )

    def chosen(self, step: int, state: dict[str, Tensor]) -> tuple[int, dict[str, Tensor]]:
        """Choose the weights to end with, and their step: those given, or better ones of before."""
        if self.config.keep == "last" or not self.step:
            return step, state
        return self.step, read_tensors(self.path)[0]
