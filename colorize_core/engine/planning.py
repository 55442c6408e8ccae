"""Planning of a batch: where each photograph goes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from colorize_core.engine.splitting import part_path
from colorize_core.engine.tasks import Outcome, Task
from colorize_core.photo import (
    PHOTO_SUFFIXES,
    RAW_SUFFIXES,
    WRITABLE_SUFFIXES,
    PassedOver,
    look_through,
)
from colorize_core.photo.kinds import JPEG_2000_SUFFIXES, JPEG_SUFFIXES, OTHER_NAMES

_LONGEST_NAME = 255  # bytes, on nearly every file system
_NUMBERED = re.compile(r"-\d+$")


@dataclass(frozen=True, slots=True)
class Naming:
    """The rule for outputs' names.

    Attributes:
        suffix: what is added to a name beside the photo's own.
        format: the suffix of the format to write, with its dot; None keeps the photo's own where
            that can be written.
        split: whether each photograph on a scan becomes a file of its own, numbered.
    """

    suffix: str = "-colorized"
    format: str | None = None
    split: bool = False


@dataclass(slots=True)
class Plan:
    """The work of a batch.

    Attributes:
        tasks: each with a target of its own.
        failed: what cannot be done: folders that cannot be listed.
        passed_over: files in folders that are no photographs, or none that are read.
        own_outputs: that lie beside the photos they were made from, and are left as they are.
    """

    tasks: list[Task] = field(default_factory=list)
    failed: list[Outcome] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    own_outputs: list[Path] = field(default_factory=list)


def plan_batch(sources: Iterable[Path], output: Path | None, naming: Naming | None = None) -> Plan:
    """Decide where each photograph goes.

    Folders keep their structure below the output folder. Without an output, ``photo.jpg`` goes
    to ``photo-colorized.jpg`` beside it and ``folder`` to ``folder-colorized``. A file that is
    named twice is done once. Of photos whose names differ by their kinds alone, those that keep
    their own have the name, and the others get numbers.

    Args:
        sources: files and folders.
        output: a folder, or for a single file the file to write; what has no suffix of a
            picture is a folder.
        naming: how outputs are called.
    """
    naming = naming or Naming()
    sources = list(sources)
    plan = Plan()
    single = len(sources) == 1 and not sources[0].is_dir()
    if single and output is not None and is_file_name(output):
        plan.tasks.append(_first_part(Task(sources[0], output), naming))
        return plan
    found: dict[str, Task] = {}  # by real paths
    for source in sources:
        if not single and _is_output_beside(source, naming.suffix) and not source.is_dir():
            plan.own_outputs.append(source)
            continue
        for task in _tasks_of(source, output, naming, plan):
            found.setdefault(_real(task.source), task)
    plan.tasks = [_first_part(task, naming) for task in _numbered(list(found.values()))]
    return plan


def _first_part(task: Task, naming: Naming) -> Task:
    """Give a task the name of the first photograph of its page, where those are split."""
    return replace(task, target=part_path(task.target, 1)) if naming.split else task


def is_file_name(output: Path) -> bool:
    """Tell whether an output is the name of a file to write, rather than a folder's."""
    suffix = output.suffix.lower()
    known = PHOTO_SUFFIXES | RAW_SUFFIXES | WRITABLE_SUFFIXES
    return suffix in known and not output.is_dir()


def _tasks_of(source: Path, output: Path | None, naming: Naming, plan: Plan) -> Iterable[Task]:
    if not source.is_dir():
        if output is None:
            name = f"{source.stem}{naming.suffix}{source.suffix}"
            yield Task(source, in_writable_format(source.with_name(name), naming))
        else:
            yield Task(source, in_writable_format(output / source.name, naming))
        return
    real = source.resolve()
    folder = output or real.with_name(f"{real.name}{naming.suffix}")
    if folder.resolve() == real:
        reason = f"{source}: is also the folder to write to; choose another with -o"
        plan.failed.append(Outcome(source, None, reason))
        return
    for found in look_through(source, leave_out=folder):
        if isinstance(found, PassedOver):
            plan.passed_over.append(found)
        elif isinstance(found, Path):
            yield Task(found, in_writable_format(folder / found.relative_to(source), naming))
        else:
            plan.failed.append(Outcome(source, None, str(found)))


def in_writable_format(path: Path, naming: Naming) -> Path:
    """Give a path in a format that can be written, its name no longer than a name can be."""
    suffix = naming.format or writable_suffix(path.suffix)
    return path.with_name(_cut(path.stem, suffix, naming.suffix) + suffix)


def writable_suffix(suffix: str) -> str:
    """Tell under which suffix a photo is written: PNG for formats that are only read."""
    small = suffix.lower()
    if small in WRITABLE_SUFFIXES and small in (".jpg", ".jpeg"):
        return suffix
    if small in JPEG_SUFFIXES or small == ".mpo":
        return ".jpg"
    if small in JPEG_2000_SUFFIXES and ".jp2" in WRITABLE_SUFFIXES:
        return suffix if small == ".jp2" else ".jp2"
    if small in WRITABLE_SUFFIXES:
        return suffix
    named = OTHER_NAMES.get(small, "")
    return named if named in WRITABLE_SUFFIXES else ".png"


def _cut(stem: str, suffix: str, ending: str) -> str:
    """Give a stem that leaves room for a suffix and a number; what it ends with stays."""
    room = _LONGEST_NAME - len(suffix.encode())
    if len(os.fsencode(stem)) <= room:
        return stem
    ending = ending if stem.endswith(ending) else ""
    room -= len(ending.encode()) + len("-999")
    kept = os.fsencode(stem.removesuffix(ending))[:room]
    return kept.decode("utf-8", "ignore") + ending


def _is_output_beside(path: Path, suffix: str) -> bool:
    """Tell whether a file is called as what is made of a photo that lies beside it."""
    for stem in (path.stem, _NUMBERED.sub("", path.stem)):
        original = stem.removesuffix(suffix)
        if suffix and original not in (stem, ""):
            kinds = {s for known in PHOTO_SUFFIXES for s in (known, known.upper())}
            return any(path.with_name(original + kind).exists() for kind in kinds)
    return False


def _numbered(tasks: list[Task]) -> list[Task]:
    """Give the tasks, each with a target that no other has."""
    owners: dict[Path, Task] = {}
    for task in tasks:
        first = owners.setdefault(task.target, task)
        if _keeps_its_kind(task) and not _keeps_its_kind(first):
            owners[task.target] = task
    taken = set(owners)
    result = []
    for task in tasks:
        target, number = task.target, 2
        if owners[target] is not task:
            while target in taken:
                target = task.target.with_name(f"{task.target.stem}-{number}{task.target.suffix}")
                number += 1
            taken.add(target)
        result.append(Task(task.source, target))
    return result


def _keeps_its_kind(task: Task) -> bool:
    return task.source.suffix.lower() == task.target.suffix.lower()


def _real(path: Path) -> str:
    """Give one name to a file, whatever folders it was reached through."""
    return os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118
