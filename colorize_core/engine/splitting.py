"""Pages of albums: each photograph on a scan as a file of its own.

The first of them is written last. So where it is there, all are, and a run that was killed amid a
page does that page again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from colorize_core.engine.framing import Frame
from colorize_core.engine.tasks import Task
from colorize_core.photo import ExistsError, Photo, PhotoError, write_photo
from colorize_core.photo.provenance import is_of_another_photo, read_made
from colorize_core.photo.signing import Seal
from colorize_core.remedies import Remedy


class PartExistsError(PhotoError):
    """A file that is not of this page lies where one of its photographs is to be written."""

    remedy = Remedy.REPLACE


def parts_of(photo: Photo, frames: Sequence[Frame]) -> list[Photo]:
    """Cut a scan into its photographs; each carries all that the scan does.

    Args:
        photo: the scan.
        frames: its photographs; where there are none, it is one itself.
    """
    return [
        replace(
            photo,
            pixels=np.ascontiguousarray(photo.pixels[frame.rows, frame.columns]),
            alpha=(
                None
                if photo.alpha is None
                else np.ascontiguousarray(photo.alpha[frame.rows, frame.columns])
            ),
            info=dict(photo.info),
        )
        for frame in frames
    ] or [photo]


def part_path(target: Path, number: int) -> Path:
    """Give the name of a page's photograph, numbered from 1, from the name of the page's output."""
    return target.with_name(f"{target.stem}-{number}{target.suffix}")


def write_parts(
    photos: Iterable[Photo], task: Task, overwrite: bool, seal: Seal | None = None
) -> tuple[Path, ...]:
    """Write the photographs of a page, as they come but for the first, which is written last.

    Args:
        photos: one at least.
        task: of the page; its target is the path of the first.
        overwrite: whether files that exist are replaced; else those are that an earlier run made
            of the same page and did not finish.
        seal: a signature to put on each.

    Raises:
        PhotoError: a file cannot be written, or is there and is not of this page.
    """
    rest = iter(photos)
    first = next(rest)
    page = task.target.with_stem(task.target.stem.removesuffix("-1"))
    written = [task.target]
    for number, photo in enumerate(rest, 2):
        path = part_path(page, number)
        try:
            write_photo(photo, path, overwrite or _is_of(path, task.source), seal)
        except ExistsError as error:
            raise PartExistsError(str(error)) from None
        written.append(path)
    write_photo(first, task.target, overwrite, seal)
    return tuple(written)


def _is_of(path: Path, source: Path) -> bool:
    """Tell whether a file says that it was made from a page."""
    made = read_made(path)
    return made is not None and bool(made.source) and not is_of_another_photo(made, source)
