"""Which files of a folder are photographs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from colorize_core.photo.photo import PhotoError

PHOTO_SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".pgm"),
        *(".ppm", ".avif", ".heic", ".heif", ".hif"),
    }
)


def find_photos(folder: Path, leave_out: Path | None = None) -> Iterator[Path | PhotoError]:
    """Photographs below a folder, by suffix, in order of their names.

    A folder that cannot be listed comes up as the error it causes, so that the others are
    still found.

    Args:
        folder: to search, with all that is below it.
        leave_out: a folder not to look into, such as the one that is written to.
    """
    errors: list[PhotoError] = []

    def unreadable(error: OSError) -> None:
        errors.append(PhotoError(f"{error.filename}: cannot be listed: {error.strerror}"))

    hidden = leave_out.resolve() if leave_out else None
    for parent, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if (Path(parent) / name).resolve() != hidden)
        for name in sorted(files):
            if Path(name).suffix.lower() in PHOTO_SUFFIXES and not name.startswith("."):
                yield Path(parent) / name
    yield from errors
