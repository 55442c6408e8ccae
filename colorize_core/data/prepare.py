"""Folders of photographs of any size into tar shards of small ones.

Photographs are looked at in their order; of near-duplicates, the first is kept. So the shards
depend on the photographs and the options alone: not on the number of processes, and not on how
often the work was interrupted.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from pathlib import Path

from colorize_core.data.duplicates import NearDuplicates
from colorize_core.data.index import Entry
from colorize_core.data.journal import LEFT_OUT, Journal, Record
from colorize_core.data.resizing import Prepared, Recipe, prepared
from colorize_core.data.sources import Photographs
from colorize_core.processes import Processes, is_stopping
from colorize_core.remedies import Remedy

NEAR_DUPLICATE = "near-duplicate"
_CHUNK = 16  # photographs that a process is given at a time
_AHEAD = 4  # chunks a process; what comes early waits in memory

Task = list[tuple[int, Entry]]


class ProcessEndedError(OSError):
    """One of several processes ended before its work was done."""

    remedy = Remedy.FEWER_PROCESSES


@dataclass(frozen=True, slots=True)
class PrepareOptions:
    """The choices that the shards depend on.

    Attributes:
        recipe: of a single photograph.
        per_shard: photographs in a shard. A shard is put together in memory.
        near_duplicates: whether they are kept.
    """

    recipe: Recipe = field(default_factory=Recipe)
    per_shard: int = 1000
    near_duplicates: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """The fate of all photographs, whenever they were looked at."""

    photographs: int
    kept: int
    shards: int
    left_out: dict[str, int]
    resumed_at: int


def prepare(
    places: Iterable[str | Path],
    folder: Path,
    options: PrepareOptions,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Summary:
    """Make shards, or go on where an interrupted run stopped.

    Args:
        places: as :class:`Photographs` takes them.
        folder: of the shards and of ``left-out.jsonl``, outside of all places.
        options: a folder is finished with those that it was begun with.
        jobs: processes.
        progress: called with the number of photographs that are through, and of all.

    Returns:
        Counts. A photograph left out counts under ``near-grey``, ``near-duplicate``,
        ``broken`` or ``not-encoded``.

    Raises:
        FileNotFoundError: a place does not exist, or there is no photograph.
        ValueError: the folder lies in a place, or a place in the folder; the folder was begun
            with other options or photographs; not one photograph was kept.
        OSError: a folder cannot be listed, a file cannot be written, or a process died.
    """
    places = list(places)
    _check_apart([Path(place) for place in places], folder)
    photographs = Photographs(places, unreadable=_refuse)
    settings = {
        "format": "colorize-prepare-1",
        **asdict(options.recipe),
        "per_shard": options.per_shard,
        "near_duplicates": options.near_duplicates,
        "photographs": len(photographs),
        "fingerprint": photographs.table.fingerprint(),
    }
    with Journal(folder).open(settings) as journal:
        records = journal.records()
        start = records[-1].next if records else 0
        progress(start, len(photographs))
        if start < len(photographs):
            _make_shards(photographs, options, jobs, journal, records, progress)
        left_out = [item for record in records for item in record.left_out]
        journal.list_left_out([_line(photographs, *item) for item in left_out])
    kept = sum(len(record.kept) for record in records)
    if not kept:
        raise ValueError(
            f"none of the {len(photographs)} photographs was kept; "
            f"{folder / LEFT_OUT} says why of each"
        )
    return Summary(
        len(photographs),
        kept,
        sum(bool(record.kept) for record in records),
        dict(Counter(reason.partition(":")[0] for _, reason, _ in left_out).most_common()),
        start,
    )


def _make_shards(
    photographs: Photographs,
    options: PrepareOptions,
    jobs: int,
    journal: Journal,
    records: list[Record],
    progress: Callable[[int, int], None],
) -> None:
    """Append a record for every shard that is made, and one for what is left at the end."""
    seen = NearDuplicates()
    numbers = []
    for earlier in records:
        for number, hashed in earlier.kept:
            numbers.append(number)
            seen.add(hashed)
    start = records[-1].next if records else 0
    record, members = Record(), []
    for item in _all_prepared(photographs, start, options.recipe, jobs):
        record.next = item.number + 1
        like = None
        if not item.reason and not options.near_duplicates:
            like = seen.first_like(item.hashed)
        if item.reason:
            record.left_out.append((item.number, item.reason, None))
        elif like is not None:
            record.left_out.append((item.number, NEAR_DUPLICATE, numbers[like]))
        else:
            record.kept.append((item.number, item.hashed))
            members.append((f"{item.number:08d}.jpg", item.content))
            numbers.append(item.number)
            seen.add(item.hashed)
        if len(members) == options.per_shard or record.next == len(photographs):
            journal.finish(len(records), record, members)
            records.append(record)
            record, members = Record(), []
        progress(item.number + 1, len(photographs))


def _all_prepared(
    photographs: Photographs, start: int, recipe: Recipe, jobs: int
) -> Iterator[Prepared]:
    """Prepare the photographs from a number on, in order."""
    chunks = (
        [(number, photographs[number]) for number in range(first, last)]
        for first in range(start, len(photographs), _CHUNK)
        for last in [min(first + _CHUNK, len(photographs))]
    )
    jobs = min(jobs, -(-(len(photographs) - start) // _CHUNK))
    if jobs <= 1:
        for chunk in chunks:
            yield from _prepare_chunk(chunk, recipe)
        return
    pending: deque[Future[list[Prepared]]] = deque()
    try:
        with Processes(jobs, _start_process) as pool:
            for chunk in chunks:
                pending.append(pool.submit(_prepare_chunk, chunk, recipe))
                if len(pending) > _AHEAD * jobs:
                    yield from pending.popleft().result()
            while pending:
                yield from pending.popleft().result()
    except BrokenProcessPool as error:
        raise ProcessEndedError("a process ended unexpectedly, perhaps out of memory") from error


def _prepare_chunk(chunk: Task, recipe: Recipe) -> list[Prepared]:
    """Prepare the photographs of a chunk; fewer where they are not wanted any more."""
    return [prepared(number, entry, recipe) for number, entry in chunk if not is_stopping()]


def _start_process() -> None:
    import torch

    torch.set_num_threads(1)


def _check_apart(places: list[Path], folder: Path) -> None:
    target = folder.resolve()
    for place in places:
        source = place.resolve()
        if place.is_dir() and target.is_relative_to(source):
            raise ValueError(f"{folder}: lies in {place}, which is searched; name one outside")
        if source.is_relative_to(target):
            raise ValueError(f"{place}: lies in {folder}, where the shards go; name another folder")


def _refuse(error: OSError) -> None:
    raise OSError(
        f"{error.filename}: cannot be listed: {error.strerror}; "
        "make it readable, or name the other folders"
    ) from error


def _line(photographs: Photographs, number: int, reason: str, like: int | None) -> dict[str, str]:
    line = {"photo": photographs[number].label, "reason": reason}
    return line if like is None else line | {"like": photographs[like].label}
