"""A run's learning curves: lines of JSON, and TensorBoard's logs where it is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CURVES = "curves.jsonl"


class RunLogs:
    """The records of a run as it goes.

    Args:
        folder: of the run; it exists.
        goes_on: whether an earlier start of the run already wrote there.
    """

    def __init__(self, folder: Path, goes_on: bool) -> None:
        self.curves = folder / CURVES
        if not goes_on:
            self.curves.unlink(missing_ok=True)
        self._folder = folder
        self._board: Any = None

    @property
    def board(self) -> Any:
        """TensorBoard's writer, made when there is something to write; None without TensorBoard."""
        if self._board is None:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:  # training does not depend on it
                return None
            self._board = SummaryWriter(str(self._folder / "logs"))
        return self._board

    def write(self, group: str, figures: dict[str, float], step: int) -> None:
        """Write a step's figures, named ``group/name``.

        Raises:
            OSError: they cannot be written; the message names the file.
        """
        named = {f"{group}/{name}": value for name, value in figures.items()}
        try:
            with open(self.curves, "a", encoding="utf-8") as file:
                file.write(json.dumps({"step": step} | named) + "\n")
            if board := self.board:
                for name, value in named.items():
                    board.add_scalar(name, value, step)
        except OSError as error:  # a full disk is reported without a name
            raise OSError(f"{self.curves}: cannot write the learning curves: {error}") from error

    def close(self) -> None:
        """Let TensorBoard write out what is left."""
        if self._board:
            self._board.close()


def read_curves(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Read a run's curves: for every name, as ``training/loss``, its steps and values in order.

    A run that was killed takes some steps again; the later values count. A line that was cut off
    by the end of the process is passed over.

    Raises:
        FileNotFoundError: the folder holds no curves.
        ValueError: the file holds something else.
    """
    path = folder / CURVES
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; colorize train writes it")
    curves: dict[str, dict[int, float]] = {}
    for line in path.read_text("utf-8", errors="replace").splitlines():
        try:
            figures = json.loads(line)
            step = int(figures.pop("step"))
        except (ValueError, KeyError, AttributeError, TypeError):
            continue
        for name, value in figures.items():
            curves.setdefault(name, {})[step] = float(value)
    if not curves:
        raise ValueError(f"{path}: holds no learning curves")
    return {name: sorted(values.items()) for name, values in curves.items()}
