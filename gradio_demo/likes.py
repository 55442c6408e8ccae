"""Photos in colour whose colours another one is to have: checked, and kept beside it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from colorize_core.engine.likeness import references_of
from colorize_core.photo import Photo
from colorize_core.photo.depth import as_depth
from gradio_demo.refusals import Refusal
from gradio_demo.sizes import pixels_at, size_within
from gradio_demo.workshop import Workshop, link_or_copy

_FOLDER = "like"
_CHECKED = 512  # pixels of the long side in which colours are looked for
_SMALL = 144


@dataclass(frozen=True, slots=True, eq=False)
class Like:
    """A photo whose colours are copied.

    Attributes:
        path: of its file.
        picture: of it, uint8 ``(H, W, 3)``, small.
    """

    path: Path
    picture: np.ndarray


def looked_at(workshop: Workshop, path: Path) -> Like:
    """Look at a photo in colour, within the studio's limits.

    Raises:
        Refusal: it has too many pixels, or no colours.
        PhotoError: it cannot be read.
    """
    pixels = as_depth(workshop.read(path).pixels, np.uint8)
    pixels = _shrunk(pixels, _CHECKED)
    try:
        references_of([Photo(pixels)], min(pixels.shape[:2]), 1)
    except ValueError:
        raise Refusal(f"{path.name}: has no colours to copy") from None
    return Like(path, _shrunk(pixels, _SMALL))


def all_looked_at(workshop: Workshop, paths: Sequence[Path], before: int = 0) -> list[Like]:
    """Look at photos in colour; all must be fit.

    Args:
        workshop: reads them, and has the limits.
        paths: of their files.
        before: number of others that count.

    Raises:
        Refusal: they are too many, or see :func:`looked_at`.
        PhotoError: one cannot be read.
    """
    most = workshop.settings.most_like
    if before + len(paths) > most:
        raise Refusal(f"Colours are copied from {most} photos at most.")
    return [looked_at(workshop, path) for path in paths]


@contextmanager
def taken_in(
    workshop: Workshop, folder: Path, paths: Sequence[Path], beside: Sequence[Like] = ()
) -> Iterator[tuple[Like, ...]]:
    """Keep photos in colour in a photo's folder; after an error they are not there.

    Args:
        workshop: reads them.
        folder: private to the photo.
        paths: of the visitor's files.
        beside: those that are there already; they come first.

    Raises:
        Refusal: they are too many, or see :func:`looked_at`; or the visit has ended.
        PhotoError: one cannot be read.
    """
    kept: list[Like] = []
    try:
        for seen in all_looked_at(workshop, paths, len(beside)):
            target = folder / _FOLDER / secrets.token_hex(8) / seen.path.name
            with workshop.visits.writing(target):
                target.parent.mkdir(parents=True)
                link_or_copy(seen.path, target)
            kept.append(Like(target, seen.picture))
        yield *beside, *kept
    except BaseException:
        for one in kept:
            let_go(one)
        raise


def let_go(one: Like) -> None:
    """Delete a photo that was taken in."""
    shutil.rmtree(one.path.parent, ignore_errors=True)


def _shrunk(pixels: np.ndarray, long_side: int) -> np.ndarray:
    size = (pixels.shape[0], pixels.shape[1])
    return pixels_at(pixels, size_within(size, long_side)) if long_side < max(size) else pixels
