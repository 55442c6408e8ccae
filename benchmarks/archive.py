"""Archives at size: a listing of a million rows, and photographs a second beside ``photo --jobs``.

    python benchmarks/archive.py listing [--rows 1000000] [--files]
    python benchmarks/archive.py throughput [--photos 500] [--jobs 2] [--rounds 1]

``listing`` makes rows up, has all but 64 of them done, and measures time and memory of planning,
resuming, dividing as many rows into blocks, and status, each in a process of its own; ``--files``
makes a million empty files, too, and plans from these. ``throughput`` colorizes the same
photographs both ways, in turn, and tells the processors' time as well, which others that are at
work change less (Linux only).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import skimage.data
from PIL import Image
from pyarrow import parquet

from colorize_core.archive import manifest
from colorize_core.archive.listing import SCHEMA, parquet_files, update_listing
from colorize_core.archive.manifest import done_numbers, mend
from colorize_core.archive.places import Place
from colorize_core.archive.records import record_of, write_record
from colorize_core.archive.status import status_of
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.tasks import BatchOptions

BLOCK = 64


def made_up(place: Place, count: int) -> None:
    """Write a listing, and the manifest and checkpoints of all its rows but the last block."""
    write_record(place, record_of(ColorizeOptions(), BatchOptions(), None) | {"run": "first"})
    for folder in ("listing", "manifest", "checkpoints"):
        (Path(place.path) / folder).mkdir(parents=True)
    for begin in range(0, count, 200_000):
        numbers = range(begin, min(begin + 200_000, count))
        columns = {
            "id": numbers,
            "source": [f"/masters/{n // 1000:04}/{n:07}.jpg" for n in numbers],
            "offset": [0] * len(numbers),
            "size": [-1] * len(numbers),
            "target": [f"{n // 1000:04}/{n:07}.jpg" for n in numbers],
        }
        table = pa.table({name: pa.array(column) for name, column in columns.items()}, SCHEMA)
        path = Path(place.path) / "listing" / f"{begin:010}.parquet"
        parquet.write_table(table, path, row_group_size=20_000)
    row: dict[str, object] = {
        name: "0" * 64 if "sha256" in name else "" for name in manifest.SCHEMA.names
    }
    row |= {"bytes_in": 2_000_000, "bytes_out": 2_500_000, "seconds": 0.2, "run": "first"}
    now = time.time()
    for begin in range(0, count - BLOCK, BLOCK):
        block = [row | {"id": n, "finished": now} for n in range(begin, begin + BLOCK)]
        table = pa.Table.from_pylist(block, manifest.SCHEMA)
        parquet.write_table(table, f"{place.path}/manifest/r_{begin:09}-0.parquet")
        parquet.write_table(table.select(["id"]), f"{place.path}/checkpoints/r_{begin:09}.parquet")


def empty_files(folder: Path, count: int) -> None:
    """Make as many files as there are photographs."""
    for number in range(count):
        if number % 1000 == 0:
            (folder / f"{number // 1000:04}").mkdir(parents=True)
        os.close(os.open(folder / f"{number // 1000:04}" / f"{number:07}.jpg", os.O_CREAT))


def peak() -> float:
    """Give the most memory that this process has had, in MB."""
    said = Path("/proc/self/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) / 1024


def step(name: str, place: Place, masters: Path) -> None:
    """Take one step of a run, and print its time and the memory of this process."""
    started = time.monotonic()
    base = peak()
    if name == "planning":
        listed = update_listing(place / "again", [Place.parse(str(masters))], place)
        result: object = listed.total
    elif name == "known":
        result = update_listing(place / "listing", [], place).total
    elif name == "dividing":
        from colorize_core.archive.source import ListingSource

        started, base = time.monotonic(), peak()  # without Ray's import
        files, none = parquet_files(place / "listing"), np.empty(0, np.int64)
        result = f"{len(ListingSource(files, SCHEMA, none, BLOCK).get_read_tasks(1))} blocks"
    elif name == "mending":
        mend(place / "manifest", place / "checkpoints")
        result = ""
    elif name == "resuming":
        result = len(done_numbers(place / "checkpoints"))
    else:
        result = status_of(place).left
    took = time.monotonic() - started
    print(f"{name:9} {took:7.1f} s  {peak() - base:6.0f} MB more memory  {result}")


def run_listing(count: int, files: bool) -> None:
    """Measure every step in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        place, masters = Place.parse(f"{name}/archive"), Path(name) / "masters"
        started = time.monotonic()
        made_up(place, count)
        if files:
            empty_files(masters, count)
        print(f"{count} rows made up in {time.monotonic() - started:.0f} s", flush=True)
        steps = ["planning"] * files + ["known", "mending", "resuming", "dividing", "status"]
        for one in steps:
            line = [sys.executable, __file__, "step", "--of", one, place.path, str(masters)]
            subprocess.run(line, check=True)


class ProcessorTime:
    """The processors' time of what this process starts, directly or not; in seconds."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, str], float] = {}  # a number is given again; a start is not

    @property
    def seconds(self) -> float:
        """All of it until now, but for the last moments of those that have ended."""
        return sum(self._seen.values())

    def look(self) -> None:
        """Read the times of all that are there, also of those that have lost their parents."""
        ticks = os.sysconf("SC_CLK_TCK")
        parents, found = {}, {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # gone meanwhile
                told = entry.read_text().rpartition(")")[2].split()
                number = int(entry.parent.name)
                parents[number] = int(told[1])
                found[number, told[19]] = (int(told[11]) + int(told[12])) / ticks
        for (number, begun), seconds in found.items():
            if (number, begun) in self._seen or os.getpid() in ancestors(number, parents):
                self._seen[number, begun] = seconds


def ancestors(number: int, parents: dict[int, int]) -> Iterator[int]:
    """Give a process's parent, its parent's, and so on."""
    while number := parents.get(number, 0):
        yield number


@contextmanager
def processor_time() -> Iterator[ProcessorTime]:
    """Measure the processors' time of what is started in the block."""
    measured, ended = ProcessorTime(), threading.Event()

    def look() -> None:
        while not ended.wait(0.2):
            measured.look()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield measured
    finally:
        ended.set()
        thread.join()


def rates(line: list[str], folder: Path, count: int, env: dict[str, str]) -> tuple[float, ...]:
    """Colorize into a folder: photos a second with the start and without, seconds of processors."""
    shutil.rmtree(folder, ignore_errors=True)
    with processor_time() as used:
        started = time.time()
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL, env=env)
        ended = time.time()
    written = sorted(path.stat().st_mtime for path in folder.rglob("*.jpg"))
    return count / (ended - started), (count - 1) / (written[-1] - written[0]), used.seconds / count


def run_throughput(count: int, jobs: int, rounds: int) -> None:
    """Colorize the same photographs as a batch and as an archive; print the median rates."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        original = Image.fromarray(skimage.data.camera()).resize((1600, 1250))
        for kind, number in [("few", n) for n in range(jobs)] + [("in", n) for n in range(count)]:
            (folder / kind).mkdir(exist_ok=True)
            original.rotate(number % 90).save(folder / kind / f"{number:04}.jpg", quality=90)
        # Compiled once, as when they are installed, where this machine keeps it elsewhere or not.
        env = os.environ | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        measured: dict[str, list[tuple[float, ...]]] = {"batch": [], "archive": []}
        for turn in range(rounds + 1):  # in turn, because other programs may be at work
            source, photos = ("in", count) if turn else ("few", jobs)
            for door, found in measured.items():
                into = folder / door
                line = [sys.executable, "-m", "colorize_core.cli.app"]
                line += [
                    "photo" if door == "batch" else door,
                    str(folder / source),
                    "-o",
                    str(into),
                ]
                line += ["--jobs", str(jobs)] if door == "batch" else ["--actors", f"{jobs}:{jobs}"]
                one = rates(line, into, photos, env)
                if turn:  # the first compiles
                    found.append(one)
                    load = os.getloadavg()[0]
                    print(
                        door, *(f"{figure:.3f}" for figure in one), f"load {load:.1f}", flush=True
                    )
        told = ("with the start, a second", "from the first photo on", "processor seconds a photo")
        for what, of_batch, of_archive in zip(
            told, *(zip(*found, strict=True) for found in measured.values()), strict=True
        ):
            one, two = median(of_batch), median(of_archive)
            print(f"{what}: batch {one:.2f}, archive {two:.2f}: {two / one:.2f}")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["listing", "throughput", "step"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", action="store_true")
    parser.add_argument("--photos", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--of", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.what == "listing":
        run_listing(options.rows, options.files)
    elif options.what == "step":
        step(options.of[0], Place.parse(options.of[1]), Path(options.of[2]))
    else:
        run_throughput(options.photos, options.jobs, options.rounds)


if __name__ == "__main__":
    main()
