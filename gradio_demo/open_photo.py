"""A visitor's open photo: the choices made for it, and the networks' answers.

Only its methods change the choices. Each drops what its change makes untrue, and an error leaves
everything as it was.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from colorize_core.engine import ColorizeOptions, Prediction
from colorize_core.engine.alternatives import Alternative, alternatives
from colorize_core.engine.framing import Frame
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.photo import Photo
from colorize_core.photo.depth import as_depth, as_float
from gradio_demo.chosen import Chosen, chosen_of
from gradio_demo.sizes import framed, resized, shrunk, size_within
from gradio_demo.strokes import hints_of_strokes
from gradio_demo.workshop import Workshop, colorized_name

_KEPT_OUTPUTS = 3  # as it was, with the hints of now, with those before
_ALTERNATIVES = 5


class _Said(NamedTuple):
    """The answer of a network: its output, its own temperature, the photographs on the scan."""

    output: Tensor
    temperature: float
    frames: tuple[Frame, ...]


class OpenPhoto:
    """A photo on a visitor's desk.

    Args:
        workshop: reads it, looks at it and writes it.
        folder: private to this photo, for the files made from it.
        path: the file as it was uploaded, byte for byte, under its own name.
        model: a name of the engines.

    Attributes:
        folder: as given.
        path: as given.
        size: height and width in pixels.
        preview_size: height and width of the preview.

    Raises:
        Refusal: it has too many pixels.
        PhotoError: it cannot be read.
        ValueError: there is no such model.
    """

    def __init__(self, workshop: Workshop, folder: Path, path: Path, model: str) -> None:
        self.folder = folder
        self.path = path
        self._workshop = workshop
        self._chosen = Chosen(model)
        self._outputs: OrderedDict[tuple, _Said] = OrderedDict()
        self._lock = threading.Lock()
        photo = workshop.read(path)
        self.size = photo.size
        self._output(self._chosen, photo)
        self._lightness: np.ndarray | None = self._shrunk(photo)
        height, width = self._lightness.shape
        self.preview_size = height, width

    @property
    def lightness(self) -> np.ndarray:
        """L at the size of the preview, float32."""
        lightness = self._lightness
        if lightness is None:
            lightness = self._lightness = self._shrunk(self._workshop.read(self.path))
        return lightness

    @property
    def is_aside(self) -> bool:
        """Whether the next look at it has to be computed, see :meth:`lay_aside`."""
        return self._lightness is None

    @property
    def model(self) -> str:
        """Name of the chosen model in the studio."""
        return self._chosen.model

    @property
    def options(self) -> ColorizeOptions:
        """The choices as the engine takes them."""
        return self._chosen.options

    @property
    def temperature(self) -> float:
        """The temperature in use: the chosen one, or the model's own."""
        return self.options.temperature or self._output(self._chosen).temperature

    @property
    def percent(self) -> float:
        """Size of the file to download, in percent of the photo's own."""
        return self._chosen.percent

    @property
    def strokes(self) -> list[dict[str, Any]]:
        """The painted strokes."""
        return list(self._chosen.strokes)

    @property
    def long_side(self) -> int:
        """Long side of the file to download, in pixels."""
        return max(1, round(max(self.size) * self.percent / 100))

    def choose_model(self, model: str) -> None:
        """Have another model look, at its own temperature; alternatives of the old one go.

        Raises:
            ValueError: there is no such model, or it takes no hints and some are painted.
        """
        options = replace(self.options, temperature=None)
        self._change(model=model, options=options, picked=None, found=None)

    def choose_tones(self, as_is: bool) -> None:
        """Have the network look at the tones as they are, or not; alternatives go."""
        self._change(options=replace(self.options, as_is=as_is), picked=None, found=None)

    def paint(self, strokes: Sequence[dict[str, Any]]) -> None:
        """Replace all strokes. A picked alternative stays; the others are found anew.

        Raises:
            ValueError: a stroke makes no sense, or the model takes no hints.
        """
        hints = hints_of_strokes(strokes)
        options = replace(self.options, hints=hints)
        self._change(options=options, strokes=tuple(strokes), found=None)

    def pick(self, index: int) -> None:
        """Go on with an alternative.

        Args:
            index: from 1, in the order of :meth:`alternatives`; 0 takes the prediction.

        Raises:
            ValueError: there is no such alternative.
        """
        choices = [None, *self.alternatives()]
        if index not in range(len(choices)):
            raise ValueError(f"there is no alternative {index}")
        self._change(picked=choices[index])

    def adjust(
        self, temperature: float | None, saturation: float, percent: float, warmth: float = 0.0
    ) -> None:
        """Set the sliders.

        Raises:
            ValueError: a value is out of its range.
        """
        options = replace(
            self.options, temperature=temperature, saturation=saturation, warmth=warmth
        )
        self._change(options=options, percent=percent)

    def alternatives(self) -> list[Alternative]:
        """Find alternatives to the prediction for the photo with its hints.

        A picked one is among them, even if it was found before the last stroke.

        Raises:
            ValueError: the model regresses ab.
        """
        chosen = self._chosen
        if chosen.found is None:
            found = alternatives(self.prediction(plain=True), _ALTERNATIVES)
            if chosen.picked is not None:
                others = [one for one in found if one.ab != chosen.picked.ab]
                found = [chosen.picked, *others][:_ALTERNATIVES]
            chosen = self._chosen = replace(chosen, found=tuple(found))
        return list(chosen.found or ())

    @property
    def picked(self) -> int:
        """Index of the picked alternative, see :meth:`pick`."""
        picked = self._chosen.picked
        if picked is None:
            return 0
        return next(n for n, one in enumerate(self.alternatives(), 1) if one is picked)

    def prediction(self, plain: bool = False) -> Prediction:
        """Predict at the size of the preview.

        The last few models and hints cost no further forward pass.

        Args:
            plain: whether to leave out the picked alternative.
        """
        return self._predicted(self.lightness, plain)

    def colorized(self) -> Photo:
        """Colorize the photo at its chosen size, and keep everything else in its file."""
        read = self._workshop.read(self.path)
        lightness = lightness_of_pixels(read.pixels)
        alpha = read.alpha
        if self.long_side < max(self.size):
            size = size_within(self.size, self.long_side)
            lightness = resized(lightness, size)
            if alpha is not None:
                alpha = as_depth(resized(as_float(alpha), size), alpha.dtype)
        pixels = self._predicted(lightness).picture(
            self.options.temperature, self.options.saturation, read.pixels.dtype
        )
        made = self._workshop.made(self.model, self.options)
        return replace(read, pixels=pixels, alpha=alpha, made=made)

    def save(self, suffix: str) -> Path:
        """Write the photo in colour into its folder, as ``NAME-colorized.SUFFIX``.

        Args:
            suffix: with its dot; empty keeps the file's own where it can be written.
        """
        target = self.folder / "out" / colorized_name(self.path.name, suffix)
        return self._workshop.write(self.colorized(), target)

    def written(self) -> dict[str, Any]:
        """Write the choices as JSON can hold them, for :meth:`restore`."""
        return self._chosen.written()

    def restore(self, written: dict[str, Any]) -> None:
        """Take over the choices that were made for this photo another time.

        Raises:
            ValueError: they make no sense, or their model is not here.
        """
        chosen = chosen_of(written)
        self._output(chosen)
        self._chosen = chosen

    def lay_aside(self) -> None:
        """Keep the choices alone; what else there is, is computed again once it is needed."""
        with self._lock:
            self._outputs.clear()
        self._lightness = None
        self._chosen = replace(self._chosen, found=None)

    def _shrunk(self, photo: Photo) -> np.ndarray:
        """Compute L at the size of the preview."""
        return shrunk(lightness_of_pixels(photo.pixels), self._workshop.settings.preview_pixels)

    def _change(self, **changes: Any) -> None:
        """Replace parts of the state, once the network has agreed to them."""
        chosen = replace(self._chosen, **changes)
        self._output(chosen)
        self._chosen = chosen

    def _predicted(self, lightness: np.ndarray, plain: bool = False) -> Prediction:
        """Predict at the size of a lightness."""
        chosen = self._chosen
        said = self._output(chosen)
        frames = framed(said.frames, self.size, lightness.shape)
        prediction = Prediction(
            *(said.output, lightness, said.temperature, None, frames), chosen.options.warmth
        )
        return prediction if plain or chosen.picked is None else chosen.picked.of(prediction)

    def _output(self, chosen: Chosen, photo: Photo | None = None) -> _Said:
        """Look up or compute the answer of a network."""
        options = chosen.options
        key = (chosen.model, options.size, options.hints, options.as_is)
        with self._lock:
            kept = self._outputs.get(key)
            if kept is not None:
                self._outputs.move_to_end(key)
                return kept
        looked = self._workshop.look(photo or self._workshop.read(self.path), chosen.model, options)
        said = _Said(looked.output, looked.temperature, looked.frames)
        with self._lock:
            self._outputs[key] = said
            while len(self._outputs) > _KEPT_OUTPUTS:
                self._outputs.popitem(last=False)
        return said
