"""Photographs in memory as the bytes of a file, or in files that are open."""

from __future__ import annotations

from io import TextIOBase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from colorize_core.photo.photo import Photo, PhotoError
from colorize_core.photo.reading import read_photo


def read_bytes(content: bytes | bytearray | memoryview) -> Photo:
    """Read a photograph from the bytes of its file.

    Raises:
        PhotoError: as :func:`~.reading.read_photo`.
    """
    return _read(content, "the bytes given", "")


def read_open(file: IO[bytes]) -> Photo:
    """Read a photograph from an open file, from its beginning where that can be sought.

    Raises:
        PhotoError: as :func:`~.reading.read_photo`.
        TypeError: the file is open as text.
    """
    if isinstance(file, TextIOBase):
        raise TypeError("expected a file that is open in binary; open it with mode 'rb'")
    name = getattr(file, "name", None)
    if getattr(file, "seekable", lambda: False)():
        file.seek(0)  # who has just written into a BytesIO stands at its end
    content = file.read()
    if not isinstance(content, bytes | bytearray | memoryview):
        kind = type(content).__name__
        raise TypeError(f"expected a file that is open in binary; its read() gives {kind}")
    if not isinstance(name, str) or not name:  # that of a pipe is a number
        return _read(content, "the open file", "")
    return _read(content, name, Path(name).suffix)


def _read(content: bytes | bytearray | memoryview, label: str, suffix: str) -> Photo:
    """Read a photograph by way of a file, which all decoders take; errors name it as it came."""
    with TemporaryDirectory(prefix="colorize-") as folder:
        path = Path(folder, f"photo{suffix}")
        path.write_bytes(content)
        try:
            return read_photo(path)
        except PhotoError as error:
            raise type(error)(str(error).replace(str(path), label)) from None
