"""One row of an archive after another: bytes in, bytes out, and what is recorded of it.

This runs in processes of Ray's, on whatever machine; it does not know of Ray.
"""

from __future__ import annotations

import hashlib
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import torch

from colorize_core.archive.listing import INSIDE, WHOLE
from colorize_core.archive.manifest import SCHEMA
from colorize_core.archive.places import Place
from colorize_core.archive.records import PICTURES, running
from colorize_core.color.kernels import begin_loading, load_kernels
from colorize_core.engine.making import weights_hash
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.pipeline import FileColorizer
from colorize_core.engine.tasks import BatchOptions, Task
from colorize_core.models.loading import weights_file
from colorize_core.threads import wait_calmly


class SupersededError(RuntimeError):
    """An end of the work for a run that another one has taken over."""


@dataclass(frozen=True)
class Job:
    """The same for every row.

    Attributes:
        destination: the archive's folder.
        run: this run's name, as the folder's record has it while it goes on.
        options: how to colorize.
        batch: how to go about the files.
        model_hash: of the weights, which must be the same everywhere.
        said: the options in words.
        threads: that PyTorch may use in one process.
        at_once: photographs that are worked on at the same time in one process.
    """

    destination: Place
    run: str
    options: ColorizeOptions
    batch: BatchOptions
    model_hash: str
    said: str
    threads: int = 1
    at_once: int = 1


class Painter:
    """A colorizer of rows. It is made once in a process.

    Raises:
        ValueError: this machine's weights are others than those of the run.
    """

    def __init__(self, job: Job) -> None:
        wait_calmly()
        begin_loading()
        torch.set_num_threads(job.threads)
        found = weights_hash(weights_file(job.batch.model))
        if found != job.model_hash:
            raise ValueError(
                f"{socket.gethostname()} has other weights of {job.batch.model}: {found}, "
                f"where the run has {job.model_hash}"
            )
        self.job = job
        self._colorize = FileColorizer(job.options, job.batch)
        with suppress(ImportError):  # PyTorch does the same, slower
            load_kernels()  # so that pictures are the same whichever comes first

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Colorize the photographs of some rows of the listing; give their rows of the manifest.

        Raises:
            SupersededError: another run has taken the archive over.
        """
        listed = rows.to_pylist()
        if self.job.at_once == 1:
            done = list(map(self._row, listed))
        else:
            with ThreadPoolExecutor(self.job.at_once, initializer=self._in_thread) as pool:
                done = list(pool.map(self._row, listed))
        return pa.Table.from_pylist(done, schema=SCHEMA)

    def _in_thread(self) -> None:
        torch.set_num_threads(self.job.threads)

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        job, started = self.job, time.monotonic()
        if running(job.destination) != job.run:
            raise SupersededError(f"{job.destination}: another run has taken over")
        made = {
            "sha256_in": "",
            "sha256_out": "",
            "bytes_in": 0,
            "bytes_out": 0,
            "error": "",
            "warnings": "",
            **self._painted(row),
        }
        return made | {
            "id": row["id"],
            "source": row["source"],
            "target": row["target"],
            "seconds": time.monotonic() - started,
            "finished": time.time(),
            "host": socket.gethostname(),
            "model_hash": job.model_hash,
            "options": job.said,
            "run": job.run,
        }

    def _painted(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Colorize a photograph; tell the hashes and sizes, or the error."""
        target = self.job.destination / PICTURES / row["target"]
        said: dict[str, Any] = {}
        try:
            with tempfile.TemporaryDirectory(prefix="colorize-") as own:
                source, content = _fetched(row, Path(own))
                said |= {"sha256_in": sha256(content), "bytes_in": len(content)}
                del content
                with _written(target, Path(own)) as path:
                    outcome = self._colorize(Task(source, path))
                    if outcome.error:
                        told = outcome.error.replace(str(source), row["source"])
                        return said | {"error": told.replace(str(path), str(target))}
                    picture = path.read_bytes()
                return said | {
                    "sha256_out": sha256(picture),
                    "bytes_out": len(picture),
                    "warnings": "; ".join(outcome.warnings),
                }
        except OSError as error:
            return said | {"error": _told(row["source"], error)}


def place_of(row: Mapping[str, Any]) -> Place:
    """Find the file in which a row's photograph lies: it, or a shard."""
    if row["size"] == WHOLE:
        return Place.parse(row["source"])
    # A name inside may have the mark, too; that of a shard ends with its suffix.
    shard, _, _ = row["source"].partition(f".tar{INSIDE}")
    return Place.parse(f"{shard}.tar")


def content_of(row: Mapping[str, Any]) -> bytes:
    """Read a photograph's bytes, wherever they lie.

    Raises:
        OSError: they cannot be read.
    """
    place = place_of(row)
    return place.read() if row["size"] == WHOLE else place.read(row["offset"], row["size"])


def sha256(content: bytes) -> str:
    """Give the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _fetched(row: Mapping[str, Any], own: Path) -> tuple[Path, bytes]:
    """Give a photograph as a file of this machine, of the same name, and its bytes."""
    content = content_of(row)
    place = place_of(row)
    if place.local and row["size"] == WHOLE:
        return place.local, content
    folder = own / "in"
    folder.mkdir()
    path = folder / PurePosixPath(row["source"].rpartition(INSIDE)[2]).name
    path.write_bytes(content)
    return path, content


@contextmanager
def _written(target: Place, own: Path) -> Iterator[Path]:
    """Give a path of this machine to write to; what is there in the end goes to the target."""
    if target.local:
        target.local.parent.mkdir(parents=True, exist_ok=True)
        yield target.local
        return
    path = own / "out" / PurePosixPath(target.path).name
    path.parent.mkdir()
    yield path
    if path.exists():
        target.write(path.read_bytes())


def _told(source: str, error: OSError) -> str:
    reason = error.strerror or (str(error).splitlines() or ["cannot be read"])[0]
    return f"{source}: {reason}"
