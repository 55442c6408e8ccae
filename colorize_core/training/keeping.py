"""Work of rank 0 beside learning: it averages, validates, writes and reports."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from colorize_core.data import Photographs
from colorize_core.training.average import MovingAverage
from colorize_core.training.beginning import Beginning
from colorize_core.training.best import Best
from colorize_core.training.checkpoints import LATEST, save_checkpoint
from colorize_core.training.config import TrainingConfig
from colorize_core.training.export import export
from colorize_core.training.gates import Gates
from colorize_core.training.logs import RunLogs
from colorize_core.training.reports import StepReport, TakeReport
from colorize_core.training.validation import Validation

_LOGGED_EVERY = 10  # steps


class Keeper:
    """The files and figures of a run.

    Args:
        config: of the run.
        network: that learns.
        optimizer: of its parameters.
        average: of its weights.
        begun: where the run stands.
        to_validate: photographs; None for no validation.
        gates: that watch the run.
        report: takes the reports.
        device: where validations run.

    Raises:
        ValueError: the best weights of an earlier start are damaged; the message names them.
        OSError: a photograph to validate with cannot be read.
    """

    def __init__(
        self,
        config: TrainingConfig,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        average: MovingAverage,
        begun: Beginning,
        to_validate: Photographs | None,
        gates: Gates,
        report: TakeReport,
        device: torch.device,
    ) -> None:
        self.config = config
        self.network = network
        self.optimizer = optimizer
        self.average = average
        self.prior = begun.prior
        self.gates = gates
        self.report = report
        self.best = Best(config, begun.resumed)
        self.logs = RunLogs(config.folder, begun.resumed)
        self.validation = (
            Validation(config, to_validate, device, average.state) if to_validate else None
        )
        self.is_through = self.best.is_long_ago(begun.step)

    @property
    def checkpoint(self) -> Path:
        """Where the run's state lies."""
        return self.config.folder / LATEST

    def validate(self, done: int) -> dict[str, float]:
        """Measure the averaged weights after a step; they are kept where they are the best.

        Sets :attr:`is_through` where the run has lost its patience.

        Raises:
            OSError: something cannot be written; the message names the file.
        """
        assert self.validation is not None
        samples = self.config.folder / "samples" / f"{done:07d}.png"
        figures = self.validation(self.average.state, samples)
        self.gates.after_validation(done, figures)
        self.best.take(done, figures, self.average.state)
        self.is_through = self.best.is_long_ago(done) and done < self.config.steps
        self.logs.write("validation", figures, done)
        return figures

    def save(self, done: int) -> None:
        """Write a checkpoint after a step.

        Raises:
            FloatingPointError: a weight is not finite; the last checkpoint is as it was.
            OSError: it cannot be written; the last one is as it was.
        """
        self.gates.before_checkpoint(done, self.network)
        save_checkpoint(
            self.checkpoint,
            self.network,
            self.average.state,
            self.optimizer,
            self.prior,
            done,
            self.config.to_json(),
        )

    def tell(self, done: int, loss: float, figures: dict[str, float] | None) -> None:
        """Report a step, and log every tenth.

        Raises:
            OSError: the logs cannot be written.
        """
        if done % _LOGGED_EVERY == 0:
            rate = self.optimizer.param_groups[-1]["lr"]
            self.logs.write("training", {"loss": loss, "rate": rate}, done)
        notes = self.gates.take_notes() + ((self.best.farewell,) if self.is_through else ())
        photos = done * self.config.batch
        self.report(StepReport(done, self.config.steps, loss, photos, figures, notes))

    def close(self) -> None:
        """Let the logs write out what is left."""
        self.logs.close()

    def finish(self, done: int, photographs: int, ranks: int) -> Path:
        """Write the weights for use, and return their path.

        Args:
            done: the last step.
            photographs: how many there were to learn from.
            ranks: how many processes trained together.
        """
        self.close()
        step, state = self.best.chosen(done, self.average.state)
        return export(self.config, state, self.prior, photographs, ranks, step)
