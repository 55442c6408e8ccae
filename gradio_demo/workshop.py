"""Work on one photo, within the studio's limits: read it, look at it, colorize it, write it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from colorize_core.engine import ColorizeOptions, Prediction
from colorize_core.photo import WRITABLE_SUFFIXES, Photo, PhotoError, read_photo, write_photo
from colorize_core.photo.photo import Made
from gradio_demo.deadline import Result, within
from gradio_demo.engines import Engines
from gradio_demo.refusals import check_pixels, message_of
from gradio_demo.settings import Settings
from gradio_demo.visits import Visits, shown_name


class Workshop:
    """The engines, the limits of the settings, and the folders of the visits.

    Args:
        engines: at work for all visitors, one photo at a time.
        settings: the limits.
        visits: owners of all files.
    """

    def __init__(self, engines: Engines, settings: Settings, visits: Visits) -> None:
        self.engines = engines
        self.settings = settings
        self.visits = visits

    def read(self, path: Path) -> Photo:
        """Read a file within the studio's limits.

        Raises:
            Refusal: it has too many pixels.
            PhotoError: it cannot be read; the message names it without the server's folders.
        """
        check_pixels(path, self.settings.most_pixels)
        try:
            return read_photo(path)
        except Exception as error:
            raise type(error)(message_of(error, path)) from None

    def look(self, photo: Photo, model: str, options: ColorizeOptions) -> Prediction:
        """Predict the colours of a photo.

        Raises:
            ValueError: there is no such model here, or it does not take the options.
        """
        with self.engines.lock:
            return self.engines.colorizer(model).predict(photo, options)

    def colorize(self, photo: Photo, model: str, options: ColorizeOptions) -> Photo:
        """Colorize a photo.

        Raises:
            ValueError: there is no such model here, or it does not take the options.
        """
        with self.engines.lock:
            return self.engines.colorizer(model).colorize(photo, options)

    def size(self, model: str) -> int:
        """Tell the short side, in pixels, at which a model likes to see photos."""
        return self.engines.colorizer(model).model.size

    def made(self, model: str, options: ColorizeOptions) -> Made | None:
        """Say how photos are made with a model and options, for the files they are written to."""
        with self.engines.lock:
            return self.engines.colorizer(model).made(options)

    def write(self, photo: Photo, target: Path) -> Path:
        """Write a file into a private folder and return its path.

        Raises:
            PhotoError: it cannot be written; the message names it without the server's folders.
            Refusal: it lies in no folder of a visit that goes on.
        """
        try:
            with self.visits.writing(target):
                write_photo(photo, target, overwrite=True)
        except PhotoError as error:
            raise PhotoError(message_of(error, target)) from None
        return target

    def in_time(self, function: Callable[[], Result]) -> Result:
        """Call a function about one photo and return its result.

        Raises:
            Refusal: it takes longer than the settings allow.
        """
        return within(self.settings.photo_seconds, function, self.engines.take_from)


def colorized_name(name: str, suffix: str = "") -> str:
    """Name a photo in colour as the command line does: ``NAME-colorized.SUFFIX``.

    Args:
        name: of the photo.
        suffix: with its dot; empty keeps the photo's own where it can be written.

    Raises:
        ValueError: the suffix is none that can be written.
    """
    if suffix and suffix.lower() not in WRITABLE_SUFFIXES:
        known = ", ".join(sorted(WRITABLE_SUFFIXES))
        raise ValueError(f"no such format: {shown_name(suffix)}; choose one of {known}")
    path = Path(name)
    kept = path.suffix if path.suffix.lower() in WRITABLE_SUFFIXES else ".png"
    return f"{path.stem}-colorized{suffix or kept}"


def free_name(name: str, taken: set[str]) -> str:
    """Find a name not yet taken in an archive, whatever the case of its letters, and take it."""
    path, number, free = Path(name), 2, name
    while free.casefold() in taken:
        free = f"{path.stem}-{number}{path.suffix}"
        number += 1
    taken.add(free.casefold())
    return free


def link_or_copy(source: Path, target: Path) -> None:
    """Keep a file out of the way of Gradio's own clean-up."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
