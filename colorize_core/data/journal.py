"""The folder that photographs are prepared into, and what is known there of finished work.

::

    FOLDER/photos-000000.tar, ...   what training reads
    FOLDER/left-out.jsonl           the photographs left out, and why, once all are through
    FOLDER/.prepare/                settings, and a record for each shard, to go on from

A shard gets its name when it is whole and on the disk. Its record is written just before that,
and counts only together with it.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from colorize_core.atomic import write_bytes
from colorize_core.locks import locked

LEFT_OUT = "left-out.jsonl"
_WORK = ".prepare"


@dataclass(slots=True)
class Record:
    """A shard's share of the work; without kept photographs, what came after the last shard.

    Attributes:
        next: number of the first photograph that was not looked at.
        kept: numbers and perceptual hashes of those in the shard.
        left_out: numbers and reasons of the others, and for near-duplicates the number of the
            photograph that they are like.
    """

    next: int = 0
    kept: list[tuple[int, int]] = field(default_factory=list)
    left_out: list[tuple[int, str, int | None]] = field(default_factory=list)

    def to_json(self) -> str:
        """Write it as :meth:`from_json` takes it; hashes in hexadecimal."""
        kept = [[number, f"{hashed:x}"] for number, hashed in self.kept]
        return json.dumps({"next": self.next, "kept": kept, "left_out": self.left_out})

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Read a record that was written.

        Raises:
            ValueError, KeyError, TypeError: it is none.
        """
        values = json.loads(text)
        kept = [(number, int(hashed, 16)) for number, hashed in values["kept"]]
        return cls(values["next"], kept, [(n, why, of) for n, why, of in values["left_out"]])


class Journal:
    """The folder, taken by :meth:`open` for this process alone.

    Args:
        folder: to write to; made where it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / _WORK

    @contextmanager
    def open(self, settings: dict) -> Iterator[Journal]:
        """Take the folder, or go on in it.

        Args:
            settings: what the result depends on, for JSON.

        Raises:
            ValueError: the folder was begun with other settings, which are named, or holds
                something else.
            OSError: it cannot be written to, or another process prepares into it.
        """
        if self.folder.exists() and not (self.work / "settings.json").exists():
            foreign = sorted(item.name for item in self.folder.iterdir() if item.name != _WORK)
            if foreign:
                raise ValueError(f"{self.folder}: is not empty ({foreign[0]}); name a new folder")
        self.work.mkdir(parents=True, exist_ok=True)
        refusal = f"{self.folder}: is being prepared into by"
        with locked(self.work / "lock", refusal=refusal):
            for stale in (*self.folder.glob(".*.tmp"), *self.work.glob(".*.tmp")):
                stale.unlink()
            self._check_settings(settings)
            yield self

    def records(self) -> list[Record]:
        """Read the records of all finished shards, in order, and of the photographs after them."""
        found: list[Record] = []
        while record := self._record(len(found)):
            found.append(record)
        return found

    def finish(self, number: int, record: Record, members: list[tuple[str, bytes]]) -> None:
        """Write a shard and its record; without members, the record alone.

        Raises:
            OSError: it cannot be written; the message names it.
        """
        _write(self._record_path(number), (record.to_json() + "\n").encode())
        if members:
            _write(self.shard(number), tar_of(members))

    def list_left_out(self, lines: list[dict[str, str]]) -> None:
        """Write the list of what was left out, a JSON object a line."""
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        _write(self.folder / LEFT_OUT, text.encode("utf-8", "surrogateescape"))

    def shard(self, number: int) -> Path:
        """Give the path of a shard."""
        return self.folder / f"photos-{number:06d}.tar"

    def _record_path(self, number: int) -> Path:
        return self.work / f"{number:06d}.json"

    def _record(self, number: int) -> Record | None:
        try:
            record = Record.from_json(self._record_path(number).read_text("utf-8"))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        return record if not record.kept or self.shard(number).is_file() else None

    def _check_settings(self, settings: dict) -> None:
        path = self.work / "settings.json"
        if not path.exists():
            _write(path, (json.dumps(settings, indent=2) + "\n").encode())
            return
        try:
            begun = dict(json.loads(path.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: damaged: {error}; name a new folder") from error
        differences = [
            f"{name.replace('_', ' ')} {begun.get(name)}, not {settings.get(name)}"
            for name in sorted({*begun, *settings})
            if begun.get(name) != settings.get(name)
        ]
        if differences:
            raise ValueError(
                f"{self.folder}: was begun with {'; '.join(differences)}; "
                "repeat the command that began it, or name a new folder"
            )


def tar_of(members: list[tuple[str, bytes]]) -> bytes:
    """Pack named contents into an uncompressed tar; the same bytes for the same contents."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as shard:
        for name, content in members:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            shard.addfile(header, io.BytesIO(content))
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    try:
        write_bytes(path, content)
    except OSError as error:
        raise OSError(error.errno, f"cannot be written: {error.strerror}", str(path)) from error
