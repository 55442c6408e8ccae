"""A run over an archive: Ray Data takes its listing to painters, their rows to the manifest."""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from colorize_core.archive.listing import (
    SCHEMA,
    Listed,
    parquet_files,
    targets,
    update_listing,
)
from colorize_core.archive.manifest import done_numbers, forget_all, forget_errors, mend
from colorize_core.archive.painting import Job, Painter, SupersededError
from colorize_core.archive.places import Place
from colorize_core.archive.records import (
    CHECKPOINTS,
    LISTING,
    LOCK,
    MANIFEST,
    check_record,
    read_record,
    record_of,
    write_record,
)
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.tasks import BatchOptions
from colorize_core.leftovers import sweep
from colorize_core.locks import locked
from colorize_core.photo.signing import check_signable
from colorize_core.threads import free_cores

_MOST_A_BLOCK = 64
_BLOCKS_AN_ACTOR = 16  # at least, so that none waits long for the others in the end
_ACTORS_A_WRITER = 8  # rows of so many are written by one process, which has nothing else to do
_STORE = 256 * 2**20  # bytes of memory that rows on their way may take, on one machine
_AT_ONCE_ON_A_GPU = 3  # photographs: one is read and one written meanwhile
_AT_ONCE_FROM_A_STORE = 2  # so that the one is colorized while the other is on its way


@dataclass(frozen=True, slots=True)
class Work:
    """The way of distributing an archive.

    Attributes:
        cluster: ``local`` for this machine, ``auto`` for the cluster it belongs to, or the address
            of another, ``ray://HOST:10001``.
        actors: the fewest and the most processes that colorize; None takes one for each free core
            of this machine, and 1 to 64 on a cluster.
        gpus_each: share of a GPU for each.
        block: photographs between two checkpoints; None for 64, or fewer where there are few.
        retry_errors: whether photographs that failed before are tried again.
        overwrite: whether all are colorized again, also with other options.
        kind: suffix of the pictures; None keeps each photo's own where that can be written.
    """

    cluster: str = "local"
    actors: tuple[int, int] | None = None
    gpus_each: float = 0.0
    block: int | None = None
    retry_errors: bool = False
    overwrite: bool = False
    kind: str | None = None


def run_archive(
    sources: Sequence[Place],
    destination: Place,
    options: ColorizeOptions,
    batch: BatchOptions,
    work: Work,
    planned: Callable[[Listed, int], None] = lambda listed, left: None,
) -> Listed:
    """Colorize all photographs of an archive that have not had their turn.

    Args:
        sources: folders, photographs and tar shards; they are only read.
        destination: the archive's folder, new or of an earlier run with the same options.
        options: how to colorize.
        batch: how to go about the files.
        work: where and how.
        planned: called with the listing and the number of photographs left, before the start.

    Returns:
        The listing; what became of the photographs is in the manifest.

    Raises:
        ValueError: the folder is of another run, or something else; sources lie in it; a model or
            a device cannot be used.
        HeldError: another process of this machine is at work on it.
    """
    for source in sources:
        if destination.contains(source):
            raise ValueError(f"{source}: lies in the archive's own folder, {destination}")
    record = record_of(options, batch, work.kind)
    check_record(destination, record, work.overwrite)
    with _held(destination):
        return _run(sources, destination, options, batch, work, record, planned)


def _run(
    sources: Sequence[Place],
    destination: Place,
    options: ColorizeOptions,
    batch: BatchOptions,
    work: Work,
    record: dict[str, Any],
    planned: Callable[[Listed, int], None],
) -> Listed:
    manifest, checkpoints = destination / MANIFEST, destination / CHECKPOINTS
    record |= {"started": time.time(), "host": socket.gethostname(), "run": uuid.uuid4().hex}
    old = read_record(destination) if work.overwrite else None
    if old is not None:  # in whose words its rows count, until they are gone
        write_record(destination, old | {"run": record["run"]})
        forget_all(manifest, checkpoints)
    write_record(destination, record)  # now processes of a run that was killed end
    listed = update_listing(destination / LISTING, sources, destination, work.kind)
    mend(manifest, checkpoints)
    if work.retry_errors:
        forget_errors(manifest, checkpoints)
    done = done_numbers(checkpoints)
    left = listed.total - len(done)
    record |= {"total": listed.total, "done_before": len(done)}
    write_record(destination, record)
    planned(listed, left)
    if left:
        if batch.sign:
            check_signable(Path(name) for name in targets(destination / LISTING))
        said = (record["model_hash"], record["options"])
        at_once = _at_once([*sources, destination], work)
        job = Job(destination, record["run"], options, batch, *said, at_once=at_once)
        with _ray(work) as most:
            _lead(job, work, done, left, most)
    _sweep(destination)
    write_record(destination, record | {"ended": time.time()})
    return listed


def _at_once(places: Iterable[Place], work: Work) -> int:
    """Give the number of photographs in a painter at the same time.

    Where all lies on disks and cores do all the work, a second one costs more than it brings.
    """
    if work.gpus_each:
        return _AT_ONCE_ON_A_GPU
    return 1 if all(place.local for place in places) else _AT_ONCE_FROM_A_STORE


def _lead(job: Job, work: Work, done: np.ndarray, left: int, most: int) -> None:
    """Distribute the rows, from within the cluster: Ray Data cannot do it from outside.

    Raises:
        ValueError: the run has ended before its end.
    """
    import ray

    try:
        if work.cluster.startswith("ray://"):
            inside = ray.remote(num_cpus=0, max_retries=0)(_distribute)
            ray.get(inside.remote(job, work, done, left, most))
        else:
            _distribute(job, work, done, left, most)
    except ray.exceptions.RayError as error:
        reason = _reason(error)
        raise ValueError(f"{job.destination}: the run has ended: {reason}") from error


def _distribute(job: Job, work: Work, done: np.ndarray, left: int, most: int) -> None:
    """Have Ray Data take the rows through the painters."""
    import ray.data
    from ray.data.checkpoint import CheckpointConfig
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    from colorize_core.archive.resuming import NothingToFilter
    from colorize_core.archive.source import ListingSource, load

    destination = job.destination
    fewest, most = work.actors or (most if work.cluster == "local" else 1, most)
    block = work.block or max(1, min(_MOST_A_BLOCK, left // (_BLOCKS_AN_ACTOR * most)))
    (destination / CHECKPOINTS / ".keep").write(b"")  # a folder that is there: stores have none
    context = ray.data.DataContext.get_current()
    for handler in logging.getLogger("ray.data").handlers:
        if not isinstance(handler, logging.FileHandler):
            handler.setLevel(logging.CRITICAL)  # what goes wrong is told in a line
    context.enable_progress_bars = False
    context.issue_detectors_config.detectors = []
    context.checkpoint_config = CheckpointConfig(
        "id",
        (destination / CHECKPOINTS).path,
        delete_checkpoint_on_success=False,
        override_filesystem=destination.system,
        checkpoint_manager_cls=NothingToFilter,
    )
    writers = max(1, most // _ACTORS_A_WRITER)
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
    writing: dict[str, Any] = {"num_cpus": 0, "scheduling_strategy": here}
    # Writers start with the painters: until they are there, nothing of what is painted counts.
    loading = [ray.remote(**writing)(load).remote() for _ in range(writers)]
    listing = ListingSource(parquet_files(destination / LISTING), SCHEMA, done, block)
    asked: dict[str, Any] = {"num_cpus": 1, "num_gpus": work.gpus_each or None}
    rows = ray.data.read_datasource(listing, override_num_blocks=1, **asked)
    rows = rows.map_batches(
        Painter,
        fn_constructor_args=(job,),
        batch_size=None,  # a block
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(min_size=min(fewest, most), max_size=most),
        **asked,
    )
    rows.write_parquet(
        (destination / MANIFEST).path,
        filesystem=destination.system,
        ray_remote_args=writing,
        concurrency=writers,
    )
    ray.get(loading)


def _reason(error: BaseException) -> str:
    """Find the line of an error of another process that tells what went wrong there."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, (SupersededError, ValueError, OSError)):
        return str(cause).splitlines()[0]
    said = [line for line in str(error).splitlines() if line and not line.startswith(" ")]
    wanted = (line for line in said if line.partition(":")[0].endswith("Error"))
    return next(wanted, said[0] if said else type(error).__name__)


@contextmanager
def _ray(work: Work) -> Iterator[int]:
    """Start Ray, or find it; give the most painters. What was started ends with the block."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    os.environ.setdefault("RAY_worker_niceness", "0")  # else others' work goes before it
    # What writes rows waits for the next ones; else it ends after a second, to be started again.
    os.environ.setdefault("RAY_idle_worker_killing_time_threshold_ms", "600000")
    import ray

    if ray.is_initialized():
        yield work.actors[1] if work.actors else 64
        return
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if work.cluster == "local":
        most = work.actors[1] if work.actors else free_cores()
        if not work.gpus_each:
            quiet["num_gpus"] = 0
        with ThreadPoolExecutor(1) as pool:
            pool.submit(import_module, "ray.data")  # while Ray's processes start
            ray.init(
                "local",
                num_cpus=most,  # what is not painting asks for none
                include_dashboard=False,
                object_store_memory=_STORE,
                **quiet,
            )
    else:
        most = work.actors[1] if work.actors else 64
        ray.init(work.cluster, **quiet)
    try:
        yield most
    finally:
        ray.shutdown()


@contextmanager
def _held(destination: Place) -> Iterator[None]:
    """Keep others of this machine from the same archive, where it is on a disk."""
    if destination.local:
        destination.local.mkdir(parents=True, exist_ok=True)
        refusal = f"{destination}: is being worked on by"
    lock = locked(destination.local / LOCK, refusal=refusal) if destination.local else None
    with lock or nullcontext():
        yield


def _sweep(destination: Place) -> None:
    """Remove what killed processes left half-written."""
    if destination.local:
        with suppress(OSError):
            for folder, _, _ in os.walk(destination.local):
                sweep(Path(folder))
