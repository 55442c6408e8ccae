"""Many photographs: where each goes, and the outcomes. :mod:`pipeline` does the work."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.pipeline import in_processes, in_threads
from colorize_core.engine.tasks import BatchOptions, Outcome, Task
from colorize_core.photo import WRITABLE_SUFFIXES, PhotoError, find_photos

__all__ = ["BatchOptions", "Outcome", "Task", "plan", "run_batch"]


def plan(sources: Iterable[Path], output: Path | None) -> tuple[list[Task], list[Outcome]]:
    """Decide where each photograph goes.

    Folders keep their structure below the output folder. Without an output, ``photo.jpg`` goes
    to ``photo-colorized.jpg`` beside it and ``folder`` to ``folder-colorized``.

    Args:
        sources: files and folders.
        output: a folder, or for a single file the file to write.

    Returns:
        The tasks, and what has failed already: unreadable folders, clashing names.
    """
    sources = list(sources)
    tasks: list[Task] = []
    failed: list[Outcome] = []
    single = len(sources) == 1 and not sources[0].is_dir()
    for source in sources:
        if source.is_dir():
            folder = output or source.resolve().with_name(f"{source.resolve().name}-colorized")
            for found in find_photos(source, leave_out=folder):
                if isinstance(found, PhotoError):
                    failed.append(Outcome(source, None, str(found)))
                else:
                    relative = found.relative_to(source)
                    tasks.append(Task(found, _writable(folder / relative)))
        elif output is None:
            name = f"{source.stem}-colorized{source.suffix}"
            tasks.append(Task(source, _writable(source.with_name(name))))
        elif single and output.suffix and not output.is_dir():
            tasks.append(Task(source, output))
        else:
            tasks.append(Task(source, _writable(output / source.name)))
    return _without_clashes(tasks, failed)


def _writable(target: Path) -> Path:
    """Take PNG in place of a format that is read but not written."""
    return target if target.suffix.lower() in WRITABLE_SUFFIXES else target.with_suffix(".png")


def _without_clashes(tasks: list[Task], failed: list[Outcome]) -> tuple[list[Task], list[Outcome]]:
    taken: dict[Path, Path] = {}
    kept = []
    for task in tasks:
        first = taken.setdefault(task.target, task.source)
        if first is task.source:
            kept.append(task)
        else:
            reason = f"{task.source}: would be written to {task.target}, as {first} is"
            failed.append(Outcome(task.source, task.target, reason))
    return kept, failed


def run_batch(
    tasks: Sequence[Task], options: ColorizeOptions, batch: BatchOptions
) -> Generator[Outcome, None, None]:
    """Colorize photo after photo; no failure stops the others.

    Close the iterator to stop early: photos that are being written are finished, the rest is left.

    Returns:
        The outcomes, in the order of the tasks.

    Raises:
        ValueError: the model or the device cannot be used.
        FileNotFoundError: the model has no weights.
    """
    run = in_processes if batch.jobs > 1 and len(tasks) > 1 else in_threads
    return run(tasks, options, batch)
