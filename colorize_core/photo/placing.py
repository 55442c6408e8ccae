"""Outputs put in their places: whole, signed where they are to be, and never over another's."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from colorize_core.atomic import replacing
from colorize_core.leftovers import temporary_beside
from colorize_core.photo.photo import ExistsError, Made, PhotoError
from colorize_core.photo.signing import Seal


def place(
    path: Path, overwrite: bool, seal: Seal | None, write: Callable[[BinaryIO], Made | None]
) -> None:
    """Have a file written under a temporary name, sign it if it is to be, and rename it.

    Args:
        path: of the file.
        overwrite: whether to replace one that is there.
        seal: a signature to put on it.
        write: what writes it, and tells how its colours were made up.

    Raises:
        FileExistsError: there is one, which is not to be replaced.
        SigningError: it cannot be signed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, only_new=not overwrite) as temporary:
        if seal is None:
            with temporary.open("w+b") as file:
                write(file)
            return
        with temporary_beside(path) as plain:
            with plain.open("w+b") as file:
                made = write(file)
            seal.put(plain, temporary, path, made)


def exists(path: Path) -> ExistsError:
    """Say that a file is there already."""
    return ExistsError(f"{path}: exists already")


class Naming:
    """A context that turns errors into ones that name the file that cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, PhotoError):
            return
        if isinstance(error, FileExistsError) and error.filename == str(self.path):
            raise exists(self.path) from None  # since it was looked for
        reason = error.strerror or error if isinstance(error, OSError) else error
        # RuntimeError and ValueError: such as a photo too large for the format.
        if isinstance(error, OSError | RuntimeError | ValueError | struct.error):
            raise PhotoError(f"{self.path}: cannot be written: {reason}") from error
