"""New colours for a host's layer; its lightness and alpha are not touched.

Hosts want sRGB, or CIE Lab for D50, as ICC profiles have it: see :mod:`colorize_core.color.d50`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from colorize_core.engine.colorizer import Colorizer
from colorize_core.engine.hints import painted_hints
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.rendering import Form
from colorize_core.engine.strips import by_strips, each_strip
from colorize_core.worker.wire import LAB, Report


@torch.inference_mode()
def colorize_layer(
    colorizer: Colorizer,
    pixels: np.ndarray,
    painted: np.ndarray | None,
    options: ColorizeOptions,
    result: str,
    report: Report,
) -> Iterator[tuple[slice, np.ndarray]]:
    """Colorize a layer, strip by strip from the top.

    Args:
        colorizer: of the model that was chosen.
        pixels: L and alpha, float32 ``(H, W, 2)``, or grey sRGB and alpha, uint8.
        painted: colour hints, sRGB and alpha, uint8 ``(H, W, 4)``; painted pixels keep their hue
            and chroma, and what surrounds them follows.
        options: temperature, saturation and size count.
        result: :data:`~colorize_core.worker.wire.LAB` or :data:`~colorize_core.worker.wire.RGB`.
        report: told of the progress, share and text; may raise to stop.

    Yields:
        Rows, and their pixels: Lab for D50 and alpha, float32 ``(rows, W, 4)``, L and alpha being
        what was given; or sRGB and alpha, uint8 ``(rows, W, 4)``.

    Raises:
        HintError: something is painted but the model takes no hints.
    """
    report(0.05, "Looking at the picture")
    given, alpha = pixels[..., 0], pixels[..., 1]
    if given.dtype == np.uint8:
        given = lightness_of_pixels(given)
    lightness = _usable(given)
    prediction = colorizer.look(
        lightness,
        options.size,
        lambda size: None if painted is None else painted_hints(painted, size),
        as_is=options.as_is,
    )
    form, blank = (Form.AB_D50, _blank_lab) if result == LAB else (Form.RGB_D50, _blank_rgb)
    paint = prediction.painter(form, options.temperature, options.saturation, painted)

    def strip(rows: slice) -> np.ndarray:
        filled = blank(given[rows], alpha[rows])
        paint(rows, filled)
        return filled

    for rows, done in by_strips(strip, *lightness.shape):
        report(0.4 + 0.6 * rows.start / len(lightness), "Colouring")
        yield rows, done
    report(1.0, "Done")


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
