"""Archives at size: a listing of a million rows, and photographs a second beside ``photo --jobs``.

    python benchmarks/archive.py listing [--rows 1000000] [--files]
    python benchmarks/archive.py throughput [--photos 500] [--jobs 2] [--rounds 1]

``listing`` makes rows up, has all but 64 of them done, and measures time and memory of planning,
resuming and status, each in a process of its own; ``--files`` makes a million empty files, too, and
plans from these. ``throughput`` colorizes the same photographs both ways, in turn.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import skimage.data
from PIL import Image
from pyarrow import parquet

from colorize_core.archive import manifest
from colorize_core.archive.listing import SCHEMA, update_listing
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
        steps = ["planning"] * files + ["known", "mending", "resuming", "status"]
        for one in steps:
            line = [sys.executable, __file__, "step", "--of", one, place.path, str(masters)]
            subprocess.run(line, check=True)


def run_throughput(count: int, jobs: int, rounds: int) -> None:
    """Colorize the same photographs as a batch and as an archive; print the median rates."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        original = Image.fromarray(skimage.data.camera()).resize((1600, 1250))
        for number in range(count):
            original.rotate(number % 90).save(folder / "in" / f"{number:04}.jpg", quality=90)
        command = [sys.executable, "-m", "colorize_core.cli.app"]
        batch = [*command, "photo", folder / "in", "-o", folder / "batch", "--jobs", jobs]
        archive = [*command, "archive", folder / "in", "-o", folder / "archive"]
        archive += ["--actors", f"{jobs}:{jobs}"]
        rates: dict[str, list[float]] = {"batch": [], "archive": []}
        for _ in range(rounds):  # in turn, because other programs may be at work
            for name, line in (("batch", batch), ("archive", archive)):
                shutil.rmtree(folder / name, ignore_errors=True)
                started = time.time()
                subprocess.run(list(map(str, line)), check=True, stdout=subprocess.DEVNULL)
                ended = time.time()
                written = sorted(path.stat().st_mtime for path in (folder / name).rglob("*.jpg"))
                rates[name] += [count / (ended - started), (count - 1) / (written[-1] - written[0])]
        for what, first in (("with the start", 0), ("from the first photo on", 1)):
            one, two = (sorted(rates[name][first::2])[rounds // 2] for name in rates)
            print(f"{what}: batch {one:.2f} a second, archive {two:.2f}: {two / one:.2f}")
        print(rates)


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
