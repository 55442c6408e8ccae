"""Photographs, and archives that are made without a cluster."""

import io
import os
import tarfile
from pathlib import Path

import pyarrow as pa
import skimage.data
from PIL import Image
from pyarrow import parquet

from colorize_core.archive import manifest
from colorize_core.archive.listing import update_listing
from colorize_core.archive.painting import Job, Painter
from colorize_core.archive.records import record_of, write_record
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.tasks import BatchOptions

BATCH = BatchOptions(overwrite=True)


def packed(folder, path):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as shard:
        for photo in sorted(folder.iterdir()):
            shard.add(photo, photo.name)


def listed(folder):
    """All rows of a listing."""
    parts = [parquet.read_table(f.path, filesystem=f.system) for f, _ in folder.files()]
    return pa.concat_tables(parts).to_pylist() if parts else []


def archived(sources, destination, options=None, at_once=1):
    """Make an archive without a cluster: what a single painter does with a single block."""
    options = options or ColorizeOptions()
    record = record_of(options, BATCH, None) | {"run": "first", "started": 0.0, "ended": 1.0}
    write_record(destination, record)
    update_listing(destination / "listing", sources, destination)
    said = (record["model_hash"], record["options"])
    job = Job(destination, "first", options, BATCH, *said, at_once=at_once)
    files = [
        parquet.read_table(f.path, filesystem=f.system)
        for f, _ in (destination / "listing").files()
    ]
    done = Painter(job)(pa.concat_tables(files))
    put_rows(destination, "a", done)
    return done.to_pylist()


def put_rows(destination, name, rows, counted=True):
    """Write rows as Ray Data does: with a checkpoint beside them."""
    written = {f"manifest/{name}-0.parquet": rows}
    if counted:
        written[f"checkpoints/{name}.parquet"] = rows.select(["id"])
    for path, table in written.items():
        made = io.BytesIO()
        parquet.write_table(table, made)
        (destination / path).write(made.getvalue())


def rows_of(numbers, error=""):
    made = [
        {"id": n, "source": f"{n}.jpg", "error": error, "run": "r", "finished": float(n)}
        for n in numbers
    ]
    return pa.Table.from_pylist(made, schema=manifest.SCHEMA)


def save_photos(folder: Path, count: int, size: tuple[int, int]) -> None:
    """Write photographs in grey, each another."""
    folder.mkdir(parents=True, exist_ok=True)
    camera = Image.fromarray(skimage.data.camera())
    for number in range(count):
        camera.rotate(number).resize(size).save(folder / f"{number:02}.jpg")


def environment() -> dict[str, str]:
    """The variables of a process of its own; it computes with one thread."""
    return os.environ | {"OMP_NUM_THREADS": "1", "RAY_USAGE_STATS_ENABLED": "0"}
