"""A visitor's open photo: the choices made for it, and the networks' answers.

Only its methods change the choices. Each drops what its change makes untrue, and an error leaves
everything as it was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from colorize_core.engine import ColorizeOptions, Prediction
from colorize_core.engine.alternatives import Alternative
from colorize_core.engine.keeping import kept, own_shares
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.mask import Mask
from colorize_core.photo import Photo
from gradio_demo.answers import Answers
from gradio_demo.chosen import Chosen, chosen_of
from gradio_demo.likes import Like, let_go, taken_in
from gradio_demo.masking import Masking
from gradio_demo.picking import offered, picked_with
from gradio_demo.preview import Preview
from gradio_demo.sizes import depth_resized, framed, resized, size_within
from gradio_demo.strokes import hints_of_strokes
from gradio_demo.workshop import Workshop, colorized_name

_A_STEP = 0.005  # half of one of the slider's


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

    def choose_model(self, model: str) -> None:
        """Have another model look, at its own temperature; alternatives of the old one go.

        Raises:
            ValueError: there is no such model, or it takes no hints and some are painted.
        """
        options = replace(self.options, temperature=None)
        self._change(model=model, options=options, picked=(), found=None)

    def choose_tones(self, as_is: bool) -> None:
        """Have the network look at the tones as they are, or not; alternatives go."""
        self._change(options=replace(self.options, as_is=as_is), picked=(), found=None)

    def choose_look(self, detail: bool, size: int | None) -> None:
        """Have the network look closer, or see the photo at another size; alternatives go.

        Args:
            detail: whether it looks a second time, for details.
            size: short side in pixels at which it sees the photo; None takes the model's own, as
                does its number.

        Raises:
            ValueError: the size is out of its range.
        """
        own = self._workshop.size(self.model)
        options = replace(self.options, detail=detail, size=None if size == own else size)
        self._change(options=options, picked=(), found=None)

    def paint(self, strokes: Sequence[dict[str, Any]]) -> None:
        """Replace all strokes. A picked alternative stays; the others are found anew.

        Raises:
            ValueError: a stroke makes no sense, or the model takes no hints.
        """
        hints = hints_of_strokes(strokes)
        options = replace(self.options, hints=hints)
        self._change(options=options, strokes=tuple(strokes), found=None)

    def mask(self, strokes: Sequence[dict[str, Any]], keeps: bool) -> None:
        """Replace the mask, see :class:`Masking`; without strokes all is colorized.

        Raises:
            ValueError: a stroke makes no sense.
        """
        self._change(masking=Masking(tuple(strokes), keeps))

    def add_like(self, paths: Sequence[Path]) -> None:
        """Copy colours from more photos. A picked alternative stays; the others are found anew.

        Args:
            paths: of the visitor's files; the photo keeps files of its own.

        Raises:
            Refusal: they are too many, or one has too many pixels or no colours.
            PhotoError: one cannot be read.
            ValueError: the model cannot copy colours.
        """
        with taken_in(self._workshop, self.folder, paths, self._chosen.like) as like:
            self._copy_from(like)

    def leave_out_like(self, number: int) -> None:
        """Copy no colours any more from one of the photos, and delete it.

        Raises:
            ValueError: there is none of this number.
        """
        like = self.like
        if type(number) is not int or number not in range(len(like)):
            raise ValueError(f"there is no photo {number} to copy colours from")
        gone = like.pop(number)
        self._copy_from(like)
        let_go(gone)

    def choose_likeness(self, likeness: float) -> None:
        """Set how readily colours are copied, see :class:`ColorizeOptions`.

        Raises:
            ValueError: it is out of its range.
        """
        self._change(options=replace(self.options, likeness=likeness), found=None)

    def pick(self, index: int, beside: bool = False) -> None:
        """Go on with an alternative.

        Args:
            index: from 1, in the order of :meth:`alternatives`; 0 takes the prediction.
            beside: whether those picked before stay, but for one of the same region; if it is
                one of them, it goes.

        Raises:
            ValueError: there is no such alternative.
        """
        choices = [None, *self.alternatives()]
        if index not in range(len(choices)):
            raise ValueError(f"there is no alternative {index}")
        self._change(picked=picked_with(self._chosen.picked, choices[index], beside))

    def adjust(
        self, temperature: float | None, saturation: float, percent: float, warmth: float = 0.0
    ) -> None:
        """Set the sliders.

        Args:
            temperature: None takes the model's own, as does its number.
            saturation: factor on the chroma.
            percent: size of the file to download.
            warmth: white balance.

        Raises:
            ValueError: a value is out of its range.
        """
        own = self._answers.to(self._chosen).temperature
        if temperature is not None and math.isclose(temperature, own, abs_tol=_A_STEP):
            temperature = None  # as every other door has it
        options = replace(
            self.options, temperature=temperature, saturation=saturation, warmth=warmth
        )
        self._change(options=options, percent=percent)

    def alternatives(self) -> list[Alternative]:
        """Find alternatives to the prediction for the photo with its hints.

        Those picked are among them, even if they were found before the last stroke.

        Raises:
            ValueError: the model regresses ab.
        """
        chosen = self._chosen
        if chosen.found is None:
            found = offered(self.prediction(plain=True), chosen.picked)
            chosen = self._chosen = replace(chosen, found=found)
        return list(chosen.found or ())

    @property
    def picked(self) -> list[int]:
        """Indices of the picked alternatives, see :meth:`pick`; of none it is the prediction."""
        picked = self._chosen.picked
        if not picked:
            return [0]
        found = enumerate(self.alternatives(), 1)
        return [n for n, one in found if any(one is other for other in picked)]

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

    def written(self) -> dict[str, Any]:
        """Write the choices as JSON can hold them, for :meth:`restore`."""
        return self._chosen.written()

    def restore(self, written: dict[str, Any], like: Sequence[Path] = ()) -> None:
        """Take over the choices that were made for this photo another time.

        Args:
            written: the choices.
            like: the visitor's files of photos to copy colours from.

        Raises:
            ValueError: they make no sense, or their model is not here.
            Refusal: one of the photos cannot be taken, see :meth:`add_like`.
            PhotoError: one cannot be read.
        """
        with taken_in(self._workshop, self.folder, like) as taken:
            chosen = chosen_of(written, taken)
            self._answers.to(chosen)
        self._chosen = chosen

    def lay_aside(self) -> None:
        """Keep the choices alone; what else there is, is computed again once it is needed."""
        self._answers.forget()
        self.preview.drop()
        self._chosen = replace(self._chosen, found=None)

    def _copy_from(self, like: Sequence[Like]) -> None:
        options = replace(self.options, like=[one.path for one in like])
        if not like:  # nothing is seen of the slider any more
            options = replace(options, likeness=1.0)
        self._change(options=options, like=tuple(like), found=None)

    def _change(self, **changes: Any) -> None:
        """Replace parts of the state, once the network has agreed to them."""
        chosen = replace(self._chosen, **changes)
        self._answers.to(chosen)
        self._chosen = chosen

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
