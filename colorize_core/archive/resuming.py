"""What Ray Data takes for done when a run goes on; imported with Ray alone."""

from __future__ import annotations

from typing import Any

import ray
from ray.data.checkpoint import CheckpointManager

from colorize_core.archive.manifest import done_numbers
from colorize_core.archive.places import Place


class DoneBefore(CheckpointManager):
    """The numbers in the checkpoints.

    Ray's own manager has them read by a data set of its own, which takes nine seconds more.
    """

    def load_checkpoint(self, *_: Any, **__: Any) -> tuple[Any, int]:
        """Put the numbers where all machines find them; None where nothing is done yet."""
        numbers = done_numbers(Place(self.filesystem, self.checkpoint_path_unwrapped))
        return (ray.put(numbers), numbers.nbytes) if len(numbers) else (None, 0)
