"""Many photos of one visitor: the state of each, and an archive of those in colour."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import gradio as gr
import numpy as np

from colorize_core.engine import ColorizeOptions
from colorize_core.photo.depth import as_depth
from gradio_demo.components import as_data
from gradio_demo.desk import Desk
from gradio_demo.refusals import EXPECTED, Refusal, message_of
from gradio_demo.sizes import pixels_at, size_within
from gradio_demo.workshop import Workshop, colorized_name, free_name

_SMALL = 72  # long side of the pictures of photos that are done
_SMALL_QUALITY = 75
WAITING, WORKING, DONE, FAILED = "waiting", "working", "done", "failed"


@dataclass(slots=True)
class Item:
    """One photo of a folder, its state, and a small picture of it in colour once it is done."""

    name: str
    state: str = WAITING
    note: str = ""
    picture: str = ""


@dataclass(slots=True)
class Progress:
    """The state of a folder, with an ``archive`` at the end if any photo is in colour."""

    items: list[Item] = field(default_factory=list)
    archive: Path | None = None

    def count(self, state: str) -> int:
        """Count the photos in a state."""
        return sum(item.state == state for item in self.items)


def colorize_folder(
    desk: Desk,
    named: Sequence[str],
    model: str,
    options: ColorizeOptions,
    request: gr.Request,
    suffix: str = "",
) -> Iterator[Progress]:
    """Colorize one photo after the other into an archive; a bad one does not stop the rest.

    Args:
        desk: engines, limits and files.
        named: the photos' files, as the request names them.
        model: its name in the studio.
        options: for all of them.
        request: of the visitor.
        suffix: of the files to write; empty keeps each one's own.

    Yields:
        The progress, after each step. The same object every time.

    Raises:
        Refusal: there are too many photos, or none; one is not the visitor's, or the visit ends.
        ValueError: the suffix is none that can be written.
    """
    most = desk.settings.most_files
    if not named:
        raise Refusal("Choose some photos first.")
    if len(named) > most:
        raise Refusal(f"{len(named)} photos are too many: a folder takes {most}.")
    colorized_name("", suffix)  # told before any of them is at work
    paths = [desk.file(one, request) for one in named]
    progress = Progress([Item(path.name) for path in paths])
    folder = desk.private_folder(request)
    archive = folder / "colorized.zip"
    taken: set[str] = set()
    yield progress
    # Photographs do not shrink further: stored, not deflated.
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for item, path in zip(progress.items, paths, strict=True):
            desk.visits.touch(archive)  # unless the visit has ended
            item.state = WORKING
            yield progress
            try:
                target = folder / free_name(colorized_name(path.name, suffix), taken)
                for needed in (path, *options.like):  # which keeps them for another while
                    desk.file(needed, request)
                item.picture = desk.workshop.in_time(
                    partial(_colorize, desk.workshop, path, model, options, target)
                )
                file.write(target, target.name)
                target.unlink()
                item.state, item.note = DONE, target.name
            except EXPECTED as error:
                item.state, item.note = FAILED, message_of(error, path)
            yield progress
    if progress.count(DONE):
        progress.archive = archive
    yield progress


def _colorize(
    workshop: Workshop, path: Path, model: str, options: ColorizeOptions, target: Path
) -> str:
    """Write a photo in colour, and return a small picture of it."""
    photo = workshop.colorize(workshop.read(path), model, options)
    workshop.write(photo, target)
    step = max(1, min(photo.size) // (2 * _SMALL))  # of large photos not all is looked at
    few = as_depth(np.ascontiguousarray(photo.pixels[::step, ::step]), np.uint8)
    return as_data(pixels_at(few, size_within(few.shape[:2], _SMALL)), _SMALL_QUALITY)
