"""New colours for a host's layer; its lightness and alpha are not touched.

Hosts want sRGB, or CIE Lab for D50, as ICC profiles have it: see :mod:`colorize_core.color.d50`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.engine.alternatives import Alternative, alternatives
from colorize_core.engine.colorizer import Colorizer, NotFiniteError
from colorize_core.engine.hints import painted_hints, rasterize_hints
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.prediction import Prediction
from colorize_core.engine.rendering import Form
from colorize_core.engine.strips import by_strips, each_strip
from colorize_core.models.references import References
from colorize_core.worker.answers import N_
from colorize_core.worker.failures import TellingError, unusable
from colorize_core.worker.wire import LAB, OPAQUE_RGB, RGB, Report


@dataclass(frozen=True, slots=True)
class Looked:
    """A layer that a network has looked at, to be coloured again and again.

    Attributes:
        pixels: L and alpha, float32 ``(H, W, 2)``, or grey sRGB and alpha, uint8.
        painted: colour hints, sRGB and alpha, uint8 ``(H, W, 4)``; painted pixels keep their hue
            and chroma.
        prediction: what the network sees in it.
        takes_hints: whether the network listens to them.
    """

    pixels: np.ndarray
    painted: np.ndarray | None
    prediction: Prediction
    takes_hints: bool

    @property
    def given(self) -> np.ndarray:
        """L as the host has it, float32 ``(H, W)``."""
        is_bytes = self.pixels.dtype == np.uint8
        return self.prediction.lightness if is_bytes else self.pixels[..., 0]

    @property
    def has_classes(self) -> bool:
        """Whether the network has several ideas, instead of one colour a place."""
        return self.prediction.output.shape[1] == BIN_COUNT

    def alternatives(self) -> list[Alternative]:
        """List colorizations that are possible, too; none of networks without classes."""
        return alternatives(self.prediction) if self.has_classes else []

    def chosen(self, alternative: int) -> Prediction:
        """Give the prediction; from 1 on, that of an alternative.

        Raises:
            ValueError: there is no such alternative.
        """
        if not alternative:
            return self.prediction
        found = self.alternatives()
        if not 1 <= alternative <= len(found):
            raise ValueError(f"there is no alternative {alternative}, but {len(found)} of them")
        return found[alternative - 1].of(self.prediction)


@torch.inference_mode()
def look_at_layer(
    colorizer: Colorizer,
    pixels: np.ndarray,
    painted: np.ndarray | None,
    options: ColorizeOptions,
    report: Report,
) -> Looked:
    """Have a network look at a layer.

    Args:
        colorizer: of the model that was chosen.
        pixels: as in :class:`Looked`.
        painted: as in :class:`Looked`; what surrounds the paint follows.
        options: size, as_is, hints, likeness and like count; the last is as ``painted``, of any
            size.
        report: told of the progress, share and text; may raise to stop.

    Raises:
        HintError: a hint lies outside.
        TellingError: there are hints or a photo to copy from, but the model takes none; or that
            photo has no colours; or the model's answer is not finite.
    """
    report(0.05, N_("Looking at the picture"))
    _check_abilities(colorizer, painted, options)
    lightness = _usable(_lightness_of(pixels))

    def hints_at(size: tuple[int, int]) -> torch.Tensor | None:
        paint = None if painted is None else painted_hints(painted, size)
        dabs = rasterize_hints(options.hints, lightness.shape, size)
        if paint is None or dabs is None:
            return dabs if paint is None else paint
        return torch.where(dabs[:, 2:] > 0, dabs, paint)

    references = _references(colorizer, options)
    try:
        prediction = colorizer.look(
            lightness, options.size, hints_at, as_is=options.as_is, references=references
        )
    except NotFiniteError as error:
        raise unusable(colorizer.model.name, error) from error
    return Looked(pixels, painted, prediction, colorizer.network.takes_hints)


@torch.inference_mode()
def color_layer(
    looked: Looked,
    options: ColorizeOptions,
    result: str,
    report: Report,
    alternative: int = 0,
) -> Iterator[tuple[slice, np.ndarray]]:
    """Colour a layer that was looked at, strip by strip from the top.

    Args:
        looked: the layer.
        options: temperature and saturation count.
        result: one of :data:`~colorize_core.worker.wire.RESULT_BYTES`.
        report: told of the progress, share and text; may raise to stop.
        alternative: which one, from 1 on; 0 for the network's first choice.

    Yields:
        Rows, and their pixels: Lab for D50 and alpha, float32 ``(rows, W, 4)``, L and alpha being
        what was given; or sRGB and alpha, uint8 ``(rows, W, 4)``; or sRGB alone, with 3.
    """
    alpha = looked.pixels[..., 1]
    given = looked.given
    prediction = looked.chosen(alternative)
    form = Form.AB_D50 if result == LAB else Form.RGB_D50
    blank = _BLANKS[result]
    paint = prediction.painter(form, options.temperature, options.saturation, looked.painted)

    def strip(rows: slice) -> np.ndarray:
        filled = blank(given[rows], alpha[rows])
        paint(rows, filled)
        return filled

    for rows, done in by_strips(strip, *given.shape):
        report(0.4 + 0.6 * rows.start / len(given), N_("Colouring"))
        yield rows, done
    report(1.0, N_("Colouring"))


def colorize_layer(
    colorizer: Colorizer,
    pixels: np.ndarray,
    painted: np.ndarray | None,
    options: ColorizeOptions,
    result: str,
    report: Report,
) -> Iterator[tuple[slice, np.ndarray]]:
    """Look at a layer and colour it: :func:`look_at_layer`, then :func:`color_layer`."""
    looked = look_at_layer(colorizer, pixels, painted, options, report)
    yield from color_layer(looked, options, result, report)


def _check_abilities(
    colorizer: Colorizer, painted: np.ndarray | None, options: ColorizeOptions
) -> None:
    """Refuse what the model would not listen to."""
    network, model = colorizer.network, colorizer.model.name
    has_hints = options.hints or (painted is not None and painted[..., 3].any())
    if has_hints and not network.takes_hints:
        advice = N_("choose another model, or no hints")
        raise TellingError(N_("the model {model} takes no colour hints"), advice, model=model)
    if options.like and not network.takes_references:
        text = N_("the model {model} cannot copy the colours of another photo")
        raise TellingError(text, N_("choose another model, or no such photo"), model=model)


def _references(colorizer: Colorizer, options: ColorizeOptions) -> References | None:
    """Show the network the photo whose colours are copied, without what is all clear around it."""
    if not options.like:
        return None
    (pixels,) = options.like
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis)) for axis in (1, 0))
    if not len(rows):
        raise _nothing_to_copy()
    part = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1, :3]
    try:
        return colorizer.references(replace(options, like=(part,)))
    except ValueError as error:
        raise _nothing_to_copy() from error


def _nothing_to_copy() -> TellingError:
    return TellingError(
        N_("the photo to copy colours from has none"), N_("choose one that is in colour")
    )


def _lightness_of(pixels: np.ndarray) -> np.ndarray:
    given = pixels[..., 0]
    return lightness_of_pixels(given) if given.dtype == np.uint8 else given


def _usable(lightness: np.ndarray) -> np.ndarray:
    """Make L finite and within 0..100; floating point images may hold anything."""
    usable = np.empty(lightness.shape, np.float32)

    def clip(rows: slice) -> None:
        np.clip(np.nan_to_num(lightness[rows]), 0.0, 100.0, out=usable[rows])

    each_strip(clip, *lightness.shape)
    return usable


def _blank_lab(lightness: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Make a strip of Lab and alpha that lacks a and b."""
    strip = np.empty((*alpha.shape, 4), np.float32)
    strip[..., 0] = lightness
    strip[..., 3] = alpha / np.float32(255.0) if alpha.dtype == np.uint8 else alpha
    return strip


def _blank_rgb(_: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Make a strip of sRGB and alpha that has alpha alone."""
    strip = np.empty((*alpha.shape, 4), np.uint8)
    strip[..., 3] = alpha if alpha.dtype == np.uint8 else (alpha.clip(0.0, 1.0) * 255.0).round()
    return strip


def _blank_opaque(_: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Make a strip of sRGB that has nothing yet."""
    return np.empty((*alpha.shape, 3), np.uint8)


_BLANKS = {LAB: _blank_lab, RGB: _blank_rgb, OPAQUE_RGB: _blank_opaque}
