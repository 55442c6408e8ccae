"""Places of files: on this machine or a disk that is shared, or in a store such as S3."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyarrow import fs

from colorize_core.atomic import write_bytes

_STORE = re.compile(r"[a-z][a-z0-9+.-]+://")  # a single letter is a drive
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass(frozen=True)
class Place:
    """A file or folder, in the words of its file system. It can be sent to other machines.

    Attributes:
        system: the file system.
        path: in it.
        scheme: what comes before the path in an address; empty on this machine's own.
    """

    system: fs.FileSystem
    path: str
    scheme: str = ""

    @classmethod
    def parse(cls, address: str) -> Place:
        """Find the place that an address names: a path, or ``s3://...``, ``gs://...``.

        Raises:
            ValueError: it is an address of a kind that nothing here reads.
        """
        found = _STORE.match(address)
        if not found:
            return cls(fs.LocalFileSystem(), os.path.abspath(address))  # noqa: PTH100 - no links
        try:
            if found[0] == "s3://" and (chosen := _said_of_s3()):
                return cls(fs.S3FileSystem(**chosen), address[5:].rstrip("/"), "s3://")
            system, path = fs.FileSystem.from_uri(address)
        except (OSError, ValueError) as error:
            raise ValueError(f"{address}: {error}") from error
        if isinstance(system, fs.LocalFileSystem):
            return cls(system, path)
        return cls(system, path.rstrip("/"), found[0])

    @property
    def local(self) -> Path | None:
        """The path, where programs of this machine can open it."""
        return None if self.scheme else Path(self.path)

    def __str__(self) -> str:
        return f"{self.scheme}{self.path}"

    def __truediv__(self, name: str) -> Place:
        return Place(self.system, f"{self.path.rstrip('/')}/{name}", self.scheme)

    def is_folder(self) -> bool:
        """Tell whether it is a folder that is there."""
        return self.system.get_file_info(self.path).type == fs.FileType.Directory

    def exists(self) -> bool:
        """Tell whether anything is there."""
        return self.system.get_file_info(self.path).type != fs.FileType.NotFound

    def files(self, deep: bool = False) -> Iterator[tuple[Place, int]]:
        """Give the files in a folder with their sizes, by name; none where there is no folder."""
        chosen = fs.FileSelector(self.path, recursive=deep, allow_not_found=True)
        for info in sorted(self.system.get_file_info(chosen), key=lambda info: info.path):
            if info.type == fs.FileType.File:
                yield Place(self.system, info.path, self.scheme), info.size

    def read(self, offset: int = 0, size: int = -1) -> bytes:
        """Read a file, or a part of it.

        Raises:
            OSError: it cannot be read, or is shorter.
        """
        with self.system.open_input_file(self.path) as file:
            content = file.read_at(size, offset) if size >= 0 else file.read()
        if size >= 0 and len(content) != size:
            raise OSError(f"{self}: ends within a photograph")
        return content

    def write(self, content: bytes) -> None:
        """Write a file as a whole: nobody meets half of it.

        Raises:
            OSError: it cannot be written.
        """
        if self.local:
            self.local.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(self.local, content)
        else:  # an object appears when it is complete
            with self.system.open_output_stream(self.path) as file:
                file.write(content)

    def remove(self) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            self.system.delete_file(self.path)

    def contains(self, other: Place) -> bool:
        """Tell whether another place is this one, or lies below it; links are followed."""
        if self.scheme != other.scheme:
            return False
        if self.local and other.local:
            return other.local.resolve().is_relative_to(self.local.resolve())
        return f"{other.path}/".startswith(f"{self.path}/")


def _said_of_s3() -> dict[str, Any]:
    """Tell what the environment says of S3; the region is asked for over the network otherwise."""
    endpoint = next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), None)
    region = next((os.environ[name] for name in _REGIONS if os.environ.get(name)), None)
    said = {"endpoint_override": endpoint, "region": region}
    return {name: value for name, value in said.items() if value}
