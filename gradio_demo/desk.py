"""The desk: what each visitor has open, kept apart from everybody else's and put away in time."""

from __future__ import annotations

import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from colorize_core.engine import ColorizeOptions, Prediction
from colorize_core.engine.alternatives import Alternative
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.photo import WRITABLE_SUFFIXES, Photo, PhotoError, read_photo, write_photo
from colorize_core.photo.depth import as_depth, as_float
from gradio_demo.deadline import Result, within
from gradio_demo.engines import Engines
from gradio_demo.memory import give_back_memory, share_memory
from gradio_demo.refusals import Refusal, check_pixels, message_of
from gradio_demo.settings import Settings
from gradio_demo.visits import Visits, shown_name

_KEPT_OUTPUTS = 3  # of a photo: as it was, with the hints of now, with those before
_SWEEPS = 30.0  # seconds at most between looking for what has become old


@dataclass(slots=True)
class OpenPhoto:
    """A photo on a visitor's desk.

    Attributes:
        folder: private to this photo; all that is made from it lies in here.
        path: the file as it was uploaded, byte for byte, under its own name.
        size: height and width in pixels.
        lightness: L at the size of the preview, float32.
        outputs: what networks said, by model and hints; the last ones used.
        options: what the visitor has chosen.
        model: that looks at it, by its name in the studio.
        strokes: of the brush, from which the hints in the options are.
        alternative: the one that was picked, if any.
        alternatives: that were found to choose from.
    """

    folder: Path
    path: Path
    size: tuple[int, int]
    lightness: np.ndarray
    options: ColorizeOptions
    model: str
    outputs: OrderedDict[tuple, tuple[Tensor, float]] = field(default_factory=OrderedDict)
    strokes: list[dict[str, Any]] = field(default_factory=list)
    alternative: Alternative | None = None
    alternatives: list[Alternative] | None = None

    @property
    def preview_size(self) -> tuple[int, int]:
        height, width = self.lightness.shape
        return height, width


class Desk:
    """Open photos by visitor.

    Args:
        engines: that look at them.
        settings: the limits.

    Attributes:
        visits: who own all that lies on the disk.
    """

    def __init__(self, engines: Engines, settings: Settings) -> None:
        self.engines = engines
        self.settings = settings
        self.visits = Visits(settings.idle_minutes)
        self.visits.when_ended.append(self._forget)
        self._photos: OrderedDict[str, OpenPhoto] = OrderedDict()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        share_memory()
        threading.Thread(target=self._sweep, name="desk", daemon=True).start()

    def __len__(self) -> int:
        return len(self._photos)

    def open(self, uploaded: str | Path, request: gr.Request, model: str = "") -> OpenPhoto:
        """Take a file on the visitor's desk, in place of what lay there, and look at it.

        Raises:
            Refusal: it is none of the visitor's files, or too large.
            PhotoError: it cannot be read.
        """
        visitor = _visitor(request)
        source = self.visits.file(uploaded, visitor)
        folder = self.visits.new_folder(visitor)
        path = folder / source.name
        try:
            _link_or_copy(source, path)
            photo = self.read(path)
            opened = OpenPhoto(
                folder,
                path,
                photo.size,
                lightness_of_pixels(photo.pixels),
                ColorizeOptions(),
                model or self.engines.names[0],
            )
            self._look(opened, photo)
            opened.lightness = shrunk(opened.lightness, self.settings.preview_pixels)
            self.visits.touch(path)  # unless the visit has ended meanwhile
        except BaseException:
            self.visits.drop(folder)
            raise
        with self._lock:
            self._remove(visitor)
            self._photos[visitor] = opened
            while len(self._photos) > self.settings.most_visitors:
                self._remove(next(iter(self._photos)))
        return opened

    def photo(self, request: gr.Request) -> OpenPhoto:
        """What the visitor has open.

        Raises:
            Refusal: nothing, or it was put away.
        """
        with self._lock:
            found = self._photos.get(_visitor(request))
            if found is None:
                raise Refusal(
                    "No photo is open. Open one; if you had, it was put away after "
                    f"{self.settings.idle_minutes:g} idle minutes, or because more than "
                    f"{self.settings.most_visitors} visitors came."
                )
            self._photos.move_to_end(_visitor(request))
            self.visits.touch(found.path)
            return found

    def file(self, named: Any, request: gr.Request) -> Path:
        """The file that a request names, where it is one of its visit's.

        Raises:
            Refusal: there is none, or it is not the visitor's.
        """
        if not named:
            raise Refusal("a photo is needed; with gradio_client: handle_file(path)")
        return self.visits.file(named, request.session_hash)

    def private_folder(self, request: gr.Request) -> Path:
        """A new folder of the visitor's, whose name nobody else knows.

        Raises:
            Refusal: the visit has ended.
        """
        return self.visits.new_folder(request.session_hash)

    def prediction(self, photo: OpenPhoto, plain: bool = False) -> Prediction:
        """What the chosen model says of a photo with its hints, at the size of the preview.

        Only models and hints that were not among the last ones used cost a forward pass.

        Args:
            photo: of the visitor.
            plain: whether to leave out the alternative that was picked.
        """
        if _key(photo) not in photo.outputs:
            self._look(photo, self.read(photo.path))
        photo.outputs.move_to_end(_key(photo))
        output, temperature = photo.outputs[_key(photo)]
        said = Prediction(output, photo.lightness, temperature)
        return said if plain or photo.alternative is None else photo.alternative.of(said)

    def colorized(self, photo: OpenPhoto, long_side: int | None = None) -> Photo:
        """The photo in colour, with all that its file carried.

        Args:
            photo: of the visitor.
            long_side: in pixels, if it shall be smaller than the photo's own.
        """
        read = self.read(photo.path)
        lightness = lightness_of_pixels(read.pixels)
        alpha = read.alpha
        if long_side is not None and long_side < max(photo.size):
            size = size_within(photo.size, long_side)
            lightness = resized(lightness, size)
            if alpha is not None:
                alpha = as_depth(resized(as_float(alpha), size), alpha.dtype)
        options = photo.options
        pixels = replace(self.prediction(photo), lightness=lightness).picture(
            options.temperature, options.saturation, read.pixels.dtype
        )
        made = self.engines.colorizer(photo.model).made(options)
        return replace(read, pixels=pixels, alpha=alpha, made=made)

    def save(self, photo: OpenPhoto, suffix: str, long_side: int | None = None) -> Path:
        """Write the photo in colour into its folder, as ``NAME-colorized.SUFFIX``.

        Args:
            photo: of the visitor.
            suffix: with its dot; empty keeps the file's own where it can be written.
            long_side: see :meth:`colorized`.
        """
        target = photo.folder / "out" / colorized_name(photo.path.name, suffix)
        return self.write(self.colorized(photo, long_side), target)

    def in_time(self, function: Callable[[], Result]) -> Result:
        """Call a function that has to do with one photo; what it gives.

        Raises:
            Refusal: it takes longer than the settings allow.
        """
        return within(self.settings.photo_seconds, function, self.engines.take_from)

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

    def write(self, photo: Photo, target: Path) -> Path:
        """Write a file into a private folder; where it is.

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

    def clear(self) -> None:
        """Put everything away, for good."""
        self._closed.set()
        with self._lock:
            self._photos.clear()
        self.visits.clear()

    def put_away_old(self) -> None:
        """Put away what nobody has touched for long."""
        self.visits.put_away_old()
        with self._lock:
            for visitor, photo in list(self._photos.items()):
                if photo.folder not in self.visits:
                    del self._photos[visitor]

    def _look(self, photo: OpenPhoto, pixels: Photo) -> None:
        with self.engines.lock:
            said = self.engines.colorizer(photo.model).predict(pixels, photo.options)
        photo.outputs[_key(photo)] = (said.output, said.temperature)
        while len(photo.outputs) > _KEPT_OUTPUTS:
            photo.outputs.popitem(last=False)

    def _remove(self, visitor: str) -> None:
        photo = self._photos.pop(visitor, None)
        if photo is not None:
            self.visits.drop(photo.folder)

    def _forget(self, visitor: str) -> None:
        with self._lock:
            self._remove(visitor)

    def _sweep(self) -> None:
        pause = min(_SWEEPS, 20.0 * self.settings.idle_minutes)
        while not self._closed.wait(pause):
            self.put_away_old()
            give_back_memory()


def colorized_name(name: str, suffix: str = "") -> str:
    """What a photo in colour is called: as the command line calls it.

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


def size_within(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Height and width in proportion, the longer of them as given."""
    scale = long_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Float32 ``(H, W)`` at a smaller size."""
    image = torch.from_numpy(np.ascontiguousarray(values))[None, None]
    return F.interpolate(image, size, mode="bilinear", antialias=True)[0, 0].numpy()


def shrunk(lightness: np.ndarray, most_pixels: int) -> np.ndarray:
    """A lightness with at most about so many pixels."""
    height, width = lightness.shape
    scale = (most_pixels / (height * width)) ** 0.5
    if scale >= 1.0:
        return lightness
    return resized(
        lightness, size_within((height, width), max(1, round(scale * max(height, width))))
    )


def _visitor(request: gr.Request) -> str:
    if not request.session_hash:
        raise Refusal("This request belongs to no visit; open the page, or use a gradio client.")
    return request.session_hash


def _key(photo: OpenPhoto) -> tuple:
    options = photo.options
    return photo.model, options.size, options.hints, options.as_is


def _link_or_copy(source: Path, target: Path) -> None:
    """Keep a file where Gradio's own clean-up does not find it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
