"""Many photographs: what becomes of each, and how several processes share the work."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

from colorize_core.engine.hints import read_hints
from colorize_core.engine.options import ColorizeOptions
from colorize_core.photo import WRITABLE_SUFFIXES, PhotoError, find_photos, read_pages, write_pages


@dataclass(frozen=True, slots=True)
class Task:
    """One photograph to read and where to write it in colour."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: done where ``error`` is empty."""

    source: Path
    target: Path | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch goes about its files."""

    overwrite: bool = False
    hints: Path | None = None
    jobs: int = 1


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
    """Formats that are read but not written become PNG."""
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
) -> Iterator[Outcome]:
    """Colorize one after another, or in several processes; no failure stops the others.

    Raises:
        ValueError: the model or the device cannot be used.
        FileNotFoundError: the model has no weights.
    """
    if batch.jobs <= 1 or len(tasks) <= 1:
        runner = _Runner(options, batch)
        for task in tasks:
            yield runner(task)
        return
    yield from _in_processes(tasks, options, batch)


def _in_processes(
    tasks: Sequence[Task], options: ColorizeOptions, batch: BatchOptions
) -> Iterator[Outcome]:
    jobs = min(batch.jobs, len(tasks))
    # Forking a process that holds PyTorch's threads can hang it: spawn.
    with ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_process,
        initargs=(options, batch, max(1, (os.cpu_count() or 1) // jobs)),
    ) as pool:
        pending = {pool.submit(_in_process, task): task for task in tasks}
        for future in as_completed(pending):
            task = pending[future]
            try:
                yield future.result()
            except BrokenProcessPool:
                reason = f"{task.source}: a process ended unexpectedly, perhaps out of memory"
                yield Outcome(task.source, task.target, reason)


class _Runner:
    """A colorizer and the options of a batch."""

    def __init__(self, options: ColorizeOptions, batch: BatchOptions) -> None:
        from colorize_core.engine.colorizer import Colorizer

        self.options = options
        self.batch = batch
        self.colorizer = Colorizer(options.model, options.device)

    def __call__(self, task: Task) -> Outcome:
        try:
            if task.target.exists() and not self.batch.overwrite:
                raise PhotoError(f"{task.target}: exists already; pass --overwrite to replace it")
            options = self.options
            if self.batch.hints:
                options = replace(options, hints=read_hints(self.batch.hints, task.source.name))
            pages = read_pages(task.source)
            colorized = (self.colorizer.colorize(page, options) for page in pages)
            write_pages(colorized, task.target, self.batch.overwrite, len(pages))
        except PhotoError as error:
            return Outcome(task.source, task.target, str(error))
        except (ValueError, MemoryError, RuntimeError) as error:
            reason = str(error).splitlines()[0] if str(error) else "not enough memory"
            return Outcome(task.source, task.target, f"{task.source}: {reason}")
        return Outcome(task.source, task.target)


_runner: _Runner | None = None


def _start_process(options: ColorizeOptions, batch: BatchOptions, threads: int) -> None:
    import torch

    global _runner
    torch.set_num_threads(threads)
    _runner = _Runner(options, batch)


def _in_process(task: Task) -> Outcome:
    assert _runner is not None
    return _runner(task)
