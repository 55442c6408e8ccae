"""The listing of an archive: each photograph's address and where its picture goes, once for all."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pyarrow as pa
from pyarrow import parquet

from colorize_core.archive.places import Place
from colorize_core.data.shards import photographs_in
from colorize_core.engine.planning import Naming, in_writable_format
from colorize_core.photo import PHOTO_SUFFIXES, PassedOver, PhotoError, look_through

WHOLE = -1  # the size of what is a file of its own
INSIDE = "!"  # stands between a shard and a name in it
SCHEMA = pa.schema(
    {
        "id": pa.int64(),
        "source": pa.string(),
        "offset": pa.int64(),
        "size": pa.int64(),
        "target": pa.string(),
    }
)
_ROWS_A_FILE = 200_000
_ROWS_A_GROUP = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A photograph.

    Attributes:
        source: its address; in a shard, that of the shard and the name inside.
        name: relative to what it was found in.
        offset: of its first byte in the shard.
        size: in bytes there; ``WHOLE`` for a file of its own.
    """

    source: str
    name: str
    offset: int = 0
    size: int = WHOLE


@dataclass(slots=True)
class Listed:
    """What the listing has become.

    Attributes:
        total: photographs in it.
        new: of these, added now.
        failures: why folders or shards cannot be listed, a line each.
    """

    total: int = 0
    new: int = 0
    failures: list[str] = field(default_factory=list)


def update_listing(
    folder: Place, sources: Iterable[Place], leave_out: Place, kind: str | None = None
) -> Listed:
    """List photographs that are not listed yet; what is listed stays as it is.

    Args:
        folder: of the listing.
        sources: folders, files and shards.
        leave_out: a folder not to look into.
        kind: suffix of the pictures; None keeps each photo's own where that can be written.
    """
    known, taken = _known(folder)
    listed, rows = Listed(len(known)), []
    for found in (one for source in sources for one in entries(source, leave_out)):
        if isinstance(found, str):
            listed.failures.append(found)
        elif found.source not in known:
            known.add(found.source)
            target = _free(found.name, taken, Naming(format=kind))
            row = (listed.total, found.source, found.offset, found.size, target)
            rows.append(row)
            listed.total += 1
            listed.new += 1
            if len(rows) == _ROWS_A_FILE:
                _write(folder, rows)
                rows = []
    if rows:
        _write(folder, rows)
    return listed


def count_listed(folder: Place) -> int:
    """Count the photographs of a listing by what its files say of themselves."""
    files = parquet_files(folder)
    return sum(parquet.read_metadata(file.path, filesystem=file.system).num_rows for file in files)


def read_listing(folder: Place, columns: list[str]) -> pa.Table:
    """Read columns of a listing, in the order of the numbers: a row's is its place."""
    empty = pa.schema([SCHEMA.field(name) for name in columns]).empty_table()
    files = parquet_files(folder)
    read = [parquet.read_table(f.path, columns=columns, filesystem=f.system) for f in files]
    return pa.concat_tables([empty, *read])


def parquet_files(folder: Place) -> list[Place]:
    """Give the files of a listing, in the order of the numbers in them."""
    return [file for file, _ in folder.files() if file.path.endswith(".parquet")]


def targets(folder: Place) -> list[str]:
    """Give the pictures of a listing."""
    return read_listing(folder, ["target"])["target"].to_pylist()


def entries(source: Place, leave_out: Place) -> Iterator[Entry | str]:
    """Give the photographs of a source; what cannot be listed is told in a line.

    Args:
        source: a folder, a photograph, or a tar shard, uncompressed.
        leave_out: a folder not to look into.
    """
    if not source.exists():
        yield f"{source}: No such file or directory"
    elif not source.is_folder():
        yield from _file(source, PurePosixPath(source.path).name, "")
    elif source.local:
        hidden = leave_out.local
        for found in look_through(source.local, leave_out=hidden):
            if isinstance(found, PhotoError):
                yield str(found)
            elif isinstance(found, PassedOver):
                if found.kind == ".tar":
                    name = found.path.relative_to(source.local).as_posix()
                    yield from _file(Place(source.system, str(found.path)), name, name)
            else:
                yield Entry(str(found), found.relative_to(source.local).as_posix())
    else:
        for file, _ in source.files(deep=True):
            name = file.path.removeprefix(f"{source.path}/")
            if not (leave_out.contains(file) or _is_hidden(name)):
                yield from _file(file, name, name)


def _file(file: Place, name: str, inside: str) -> Iterator[Entry | str]:
    """Give a file, or the photographs in it if it is a shard."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".tar":
        yield from _members(file, inside.removesuffix(".tar"))
    elif suffix in PHOTO_SUFFIXES:
        yield Entry(str(file), name)
    elif not inside:
        yield f"{file}: neither a photograph nor a tar shard"


def _members(shard: Place, folder: str) -> Iterator[Entry | str]:
    try:
        with shard.system.open_input_file(shard.path) as file:
            for member in photographs_in(str(shard), file):
                path = PurePosixPath(folder, *_harmless(member.name))
                if path.suffix.lower() in PHOTO_SUFFIXES and not _is_hidden(member.name):
                    source = f"{shard}{INSIDE}{member.name}"
                    yield Entry(source, str(path), member.offset_data, member.size)
    except (OSError, tarfile.TarError) as error:
        yield str(error)


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in _harmless(name))


def _harmless(name: str) -> list[str]:
    """Give the parts of a name that do not lead out of a folder."""
    return [part for part in PurePosixPath(name).parts if part not in ("..", "/", ".")]


def _free(name: str, taken: set[str], naming: Naming) -> str:
    """Find a picture's name that no other has."""
    target = wanted = Path(in_writable_format(Path(name), naming))
    number = 2
    while target.as_posix() in taken:
        target = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
        number += 1
    taken.add(target.as_posix())
    return target.as_posix()


def _known(folder: Place) -> tuple[set[str], set[str]]:
    """Give the sources and targets that are listed."""
    table = read_listing(folder, ["source", "target"])
    return set(table["source"].to_pylist()), set(table["target"].to_pylist())


def _write(folder: Place, rows: list[tuple[int, str, int, int, str]]) -> None:
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    made = io.BytesIO()
    parquet.write_table(pa.table(columns, schema=SCHEMA), made, row_group_size=_ROWS_A_GROUP)
    (folder / f"{rows[0][0]:010d}.parquet").write(made.getvalue())
