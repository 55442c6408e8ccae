"""Many photographs: where each goes, and the outcomes. :mod:`pipeline` does the work."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.pipeline import in_processes, in_threads
from colorize_core.engine.planning import plan_batch
from colorize_core.engine.reruns import done_before
from colorize_core.engine.tasks import BatchOptions, Outcome, Task
from colorize_core.photo.signing import check_signable

__all__ = ["BatchOptions", "Outcome", "Task", "plan", "run_batch"]


def plan(sources: Iterable[Path], output: Path | None) -> tuple[list[Task], list[Outcome]]:
    """List the tasks, and what has failed already: see :func:`~.planning.plan_batch`."""
    planned = plan_batch(sources, output)
    return planned.tasks, planned.failed


def run_batch(
    tasks: Sequence[Task], options: ColorizeOptions, batch: BatchOptions
) -> Generator[Outcome, None, None]:
    """Colorize photo after photo; no failure stops the others.

    Photos whose outputs are there already are done, unless those are to be replaced. Close the
    iterator to stop early: photos that are being written are finished, the rest is left.

    Returns:
        The outcomes, in the order of the tasks.

    Raises:
        ValueError: the model or the device cannot be used.
        FileNotFoundError: the model has no weights.
        SigningError: outputs are to be signed, and there are formats that cannot be.
    """
    if batch.sign:
        check_signable(task.target for task in tasks)
    done = {} if batch.overwrite else done_before(tasks, options, batch)
    left = [task for number, task in enumerate(tasks) if number not in done]
    with closing(_painted(left, options, batch)) as painted:
        for number in range(len(tasks)):
            yield done[number] if number in done else next(painted)


def _painted(
    tasks: Sequence[Task], options: ColorizeOptions, batch: BatchOptions
) -> Generator[Outcome, None, None]:
    if not tasks:  # no network is loaded for nothing
        return
    run = in_processes if batch.jobs > 1 and len(tasks) > 1 else in_threads
    yield from run(tasks, options, batch)
