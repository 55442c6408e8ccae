"""Sorting of a folder's files: photographs, and what the others are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from colorize_core.photo.kinds import PHOTO_SUFFIXES, begins_as_photo, kind_of_suffix
from colorize_core.photo.photo import PhotoError

__all__ = ["PHOTO_SUFFIXES", "PassedOver", "find_photos", "look_through"]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file that is not read, and of which kind it is: see :data:`~.kinds.ADVICE`."""

    path: Path
    kind: str


def find_photos(folder: Path, leave_out: Path | None = None) -> Iterator[Path | PhotoError]:
    """Find photographs below a folder, in order of their names.

    A folder that cannot be listed comes up as the error it causes, so that the others are
    still found. Folders that links lead to come after the others, and none is searched twice.

    Args:
        folder: to search, with all that is below it.
        leave_out: a folder not to look into, such as the one that is written to.
    """
    for found in look_through(folder, leave_out):
        if not isinstance(found, PassedOver):
            yield found


def look_through(
    folder: Path, leave_out: Path | None = None
) -> Iterator[Path | PhotoError | PassedOver]:
    """Tell what :func:`find_photos` gives, and the files that are passed over.

    A file is a photograph by its suffix; where that tells nothing, by how it begins. Hidden files
    are not looked at.
    """
    errors: list[PhotoError] = []
    hidden = leave_out.resolve() if leave_out else None
    seen: set[Path] = set()
    later = [folder]  # the folder itself, then what links lead to
    while later:
        links: list[Path] = []
        for parent, names in _folders(later.pop(0), hidden, seen, links, errors):
            for name in names:
                yield from _looked_at(parent / name)
        later += links
    yield from errors


def _folders(
    top: Path,
    hidden: Path | None,
    seen: set[Path],
    links: list[Path],
    errors: list[PhotoError],
) -> Iterator[tuple[Path, list[str]]]:
    """Give folders from one on downwards, and their files' names; links to others are put by."""

    def unreadable(error: OSError) -> None:
        errors.append(PhotoError(f"{error.filename}: cannot be listed: {error.strerror}"))

    for parent, folders, files in os.walk(top, onerror=unreadable):
        here = Path(parent)
        real = here.resolve()
        if real in seen or real == hidden:
            folders.clear()
            continue
        seen.add(real)
        links += sorted(here / name for name in folders if (here / name).is_symlink())
        folders[:] = sorted(name for name in folders if not (here / name).is_symlink())
        yield here, sorted(name for name in files if not name.startswith("."))


def _looked_at(path: Path) -> Iterator[Path | PassedOver]:
    suffix = path.suffix.lower()
    kind = kind_of_suffix(suffix)
    if suffix in PHOTO_SUFFIXES or (kind is None and begins_as_photo(path)):
        yield path
    else:
        yield PassedOver(path, kind or suffix)
