"""The manifest of an archive: a row for each photograph that has had its turn, and no other.

Rows come in files, each with a checkpoint of the same name: the numbers of its rows, written when
the file is complete. A row counts when its number is in a checkpoint.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa
from pyarrow import compute, parquet

from colorize_core.archive.places import Place

SCHEMA = pa.schema(
    {
        "id": pa.int64(),  # as in the listing
        "source": pa.string(),
        "target": pa.string(),  # below the folder of pictures
        "sha256_in": pa.string(),
        "sha256_out": pa.string(),
        "bytes_in": pa.int64(),
        "bytes_out": pa.int64(),
        "error": pa.string(),  # empty where there is a picture
        "warnings": pa.string(),
        "seconds": pa.float64(),
        "finished": pa.float64(),  # seconds since 1970, UTC
        "host": pa.string(),
        "model_hash": pa.string(),
        "options": pa.string(),
        "run": pa.string(),
    }
)
_READERS = 16
PENDING = ".pending.parquet"  # of a checkpoint whose rows may be incomplete


def rows(manifest: Place, columns: Iterable[str]) -> pa.Table:
    """Read columns of all rows, also while others are written.

    A file that is being written is left out.
    """
    wanted = list(columns)
    empty = pa.schema([SCHEMA.field(name) for name in wanted]).empty_table()
    return pa.concat_tables([empty, *_parts(manifest, wanted)])


def done_numbers(checkpoints: Place) -> np.ndarray:
    """Give the numbers of all rows that count, int64 (N,), sorted."""
    parts = [part["id"].to_numpy() for part in _parts(checkpoints, ["id"])]
    return np.sort(np.concatenate([np.empty(0, np.int64), *parts]))


def mend(manifest: Place, checkpoints: Place) -> None:
    """Bring rows and checkpoints in line after a run that was killed.

    Rows that do not count go, also those that its processes have written since, and checkpoints
    without rows: those photographs will be colorized again. Nobody else may be writing.

    Raises:
        ValueError: none of the rows there counts.
    """
    for file, _ in checkpoints.files():
        if file.path.endswith(PENDING):
            file.remove()
    written, counted = _parquet(manifest), _parquet(checkpoints)
    whole = {name for name in written if _checkpoint_of(name) in counted}
    if counted and not whole:  # such as another version's
        raise ValueError(f"{manifest}: its files do not go with those in {checkpoints}")
    for name in counted.keys() - {_checkpoint_of(name) for name in whole}:
        counted[name].remove()
    for name in written.keys() - whole:
        written[name].remove()


def forget_errors(manifest: Place, checkpoints: Place) -> int:
    """Have photographs that failed count as not done; return how many.

    Stopped at any point, it loses no row: the worst is that a file's photographs are done again.
    """
    counted, forgotten = _parquet(checkpoints), 0
    for name, file in _parquet(manifest).items():
        errors = _read(file, ["error"])
        if errors is None or not compute.any(compute.not_equal(errors["error"], "")).as_py():
            continue
        table = parquet.read_table(file.path, filesystem=file.system)
        kept = table.filter(compute.equal(table["error"], ""))
        forgotten += len(table) - len(kept)
        checkpoint = counted[_checkpoint_of(name)]
        checkpoint.remove()  # now none of its rows counts
        if len(kept):
            file.write(_bytes(kept))
            checkpoint.write(_bytes(kept.select(["id"])))
        else:
            file.remove()
    return forgotten


def forget_all(manifest: Place, checkpoints: Place) -> None:
    """Have all photographs count as not done; stopped at any point, none counts that is not so."""
    for folder in (checkpoints, manifest):
        for file in _parquet(folder).values():
            file.remove()


def _checkpoint_of(name: str) -> str:
    """Name the checkpoint of a file of rows: Ray Data adds a number to it."""
    return f"{PurePosixPath(name).stem.rpartition('-')[0]}.parquet"


def _parquet(folder: Place) -> dict[str, Place]:
    """Give the files of a folder by name."""
    files = {PurePosixPath(file.path).name: file for file, size in folder.files() if size}
    wanted = files.items()
    return {n: f for n, f in wanted if n.endswith(".parquet") and not n.endswith(PENDING)}


def _parts(folder: Place, columns: list[str]) -> list[pa.Table]:
    """Read columns of all complete files of a folder, in the order of their names."""
    files = _parquet(folder).values()
    with ThreadPoolExecutor(_READERS) as pool:  # a store answers after a while, but many at once
        found = pool.map(lambda file: _read(file, columns), files)
        return [part for part in found if part is not None]


def _read(file: Place, columns: list[str]) -> pa.Table | None:
    """Read columns of a file; None where it is not complete, or gone."""
    try:
        with file.system.open_input_file(file.path) as opened:
            return parquet.ParquetFile(opened).read(columns, use_threads=False)
    except (pa.ArrowInvalid, FileNotFoundError):
        return None


def _bytes(table: pa.Table) -> bytes:
    made = io.BytesIO()
    parquet.write_table(table, made)
    return made.getvalue()
