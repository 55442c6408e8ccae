"""Outputs of earlier runs: which are there, and whether they are still right."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from colorize_core.engine.hints import read_hints
from colorize_core.engine.making import settings_of, signed, weights_hash
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.tasks import BatchOptions, Outcome, Task
from colorize_core.leftovers import sweep
from colorize_core.models.loading import weights_file
from colorize_core.photo import ExistsError
from colorize_core.photo.kinds import begins_as_photo
from colorize_core.photo.provenance import is_of_another_photo, read_made
from colorize_core.remedies import remedy_of

OLDER, OTHER_WEIGHTS = "older than its photo", "made with other weights"
OTHER_OPTIONS = "made with other options"


def done_before(
    tasks: Sequence[Task], options: ColorizeOptions, batch: BatchOptions
) -> dict[int, Outcome]:
    """Give outcomes of the tasks whose outputs are there already, by the tasks' numbers.

    Nothing will be written into folders where all is done, so what killed processes left there
    is removed here.
    """
    done: dict[int, Outcome] = {}
    folders: set[Path] = set()
    for number, task in enumerate(tasks):
        if task.target.exists():
            done[number] = outcome_of_existing(task, options, batch)
            folders.add(task.target.parent)
    for folder in folders:
        sweep(folder)
    return done


def outcome_of_existing(task: Task, options: ColorizeOptions, batch: BatchOptions) -> Outcome:
    """Say that a photo is done already; or that what lies in its output's place is no picture."""
    try:
        if not task.source.exists():
            raise FileNotFoundError
        if task.target.samefile(task.source):
            reason = f"{task.source}: is to be written over itself; choose another output"
            return Outcome(task.source, task.target, reason)
        stale = _stale(task, options, batch)
    except FileNotFoundError:
        reason = f"{task.source}: No such file or directory"
        return Outcome(task.source, task.target, reason)
    except ExistsError as error:
        return Outcome(task.source, task.target, str(error), remedy_of(error))
    return Outcome(task.source, task.target, done_before=True, stale=stale)


def _stale(task: Task, options: ColorizeOptions, batch: BatchOptions) -> str:
    """Tell in what an output differs from what would be made now; empty where in nothing."""
    if not begins_as_photo(task.target):
        raise ExistsError(f"{task.target}: exists already")  # and is no picture
    if task.target.stat().st_mtime_ns < task.source.stat().st_mtime_ns:
        return OLDER
    made = read_made(task.target)
    if made is None:
        return ""
    if is_of_another_photo(made, task.source):
        raise ExistsError(
            f"{task.target}: exists already, made from another photo than {task.source}"
        )
    with suppress(OSError, ValueError):  # said when a photo is colorized
        if batch.hints:
            options = replace(options, hints=read_hints(batch.hints, task.source.name))
        if made.weights != weights_hash(weights_file(batch.model)):
            return OTHER_WEIGHTS
        settings = settings_of(options)
        if made.settings != (signed(settings) if batch.sign else settings):
            return OTHER_OPTIONS
    return ""
