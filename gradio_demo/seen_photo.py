"""An open photo as it is seen: what was chosen for it, and the pictures that come of that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from colorize_core.engine import ColorizeOptions, Prediction
from colorize_core.engine.keeping import kept, own_shares
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.mask import Mask
from colorize_core.photo import Photo
from gradio_demo.answers import Answers
from gradio_demo.chosen import Chosen
from gradio_demo.likes import Like
from gradio_demo.masking import Masking
from gradio_demo.preview import Preview
from gradio_demo.sizes import depth_resized, framed, resized, size_within
from gradio_demo.workshop import Workshop, colorized_name


class SeenPhoto:
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
        preview: of the pictures on the page.

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
        self._answers = Answers(workshop, path)
        photo = workshop.read(path)
        self.size = photo.size
        self._answers.to(self._chosen, photo)
        self.preview = Preview(workshop, path, photo)

    @property
    def is_aside(self) -> bool:
        """Whether the next look at it has to be computed, see :meth:`lay_aside`."""
        return self.preview.is_dropped

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
        return self.options.temperature or self._answers.to(self._chosen).temperature

    @property
    def seen_side(self) -> int:
        """Short side, in pixels, at which the network sees a photo: the chosen or its own."""
        return self.options.size or self._workshop.size(self.model)

    @property
    def percent(self) -> float:
        """Size of the file to download, in percent of the photo's own."""
        return self._chosen.percent

    @property
    def strokes(self) -> list[dict[str, Any]]:
        """The painted strokes."""
        return list(self._chosen.strokes)

    @property
    def masking(self) -> Masking:
        """The part that is colorized."""
        return self._chosen.masking

    @property
    def like(self) -> list[Like]:
        """Photos in colour whose colours are copied to what looks like them."""
        return list(self._chosen.like)

    @property
    def long_side(self) -> int:
        """Long side of the file to download, in pixels."""
        return max(1, round(max(self.size) * self.percent / 100))

    def prediction(self, plain: bool = False) -> Prediction:
        """Predict at the size of the preview.

        The last few models and hints cost no further forward pass.

        Args:
            plain: whether to leave out the picked alternatives.
        """
        return self._predicted(self.preview.lightness, plain)

    def colorized(self) -> Photo:
        """Colorize the photo at its chosen size, and keep everything else in its file."""
        read = self._workshop.read(self.path)
        pixels, alpha, options = read.pixels, read.alpha, self.options
        lightness = lightness_of_pixels(pixels)
        size = self.size
        if self.long_side < max(size):
            size = size_within(size, self.long_side)
            lightness = resized(lightness, size)
            alpha = None if alpha is None else depth_resized(alpha, size)
        prediction = self._predicted(lightness)
        picture = prediction.picture(options.temperature, options.saturation, pixels.dtype)
        shares = self.masking.shares(self.size, size)
        if shares is not None or prediction.frames:
            options = replace(options, mask=None if shares is None else Mask(shares))
            own = pixels if size == self.size else depth_resized(pixels, size)
            stays = kept(own, own_shares(own, options), prediction.frames, options)
            if stays:
                stays.put_back(picture)
        made = self._workshop.made(self.model, options)
        return replace(read, pixels=picture, alpha=alpha, made=made)

    def save(self, suffix: str) -> Path:
        """Write the photo in colour into its folder, as ``NAME-colorized.SUFFIX``.

        Args:
            suffix: with its dot; empty keeps the file's own where it can be written.
        """
        target = self.folder / "out" / colorized_name(self.path.name, suffix)
        return self._workshop.write(self.colorized(), target)

    def _predicted(self, lightness: np.ndarray, plain: bool = False) -> Prediction:
        """Predict at the size of a lightness."""
        chosen = self._chosen
        said = self._answers.to(chosen)
        frames = framed(said.frames, self.size, lightness.shape)
        prediction = Prediction(
            *(said.output, lightness, said.temperature, said.closer, frames), chosen.options.warmth
        )
        for one in () if plain else chosen.picked:
            prediction = one.of(prediction)
        return prediction
