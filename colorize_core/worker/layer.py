"""New colours for a host's layer; its lightness and alpha are not touched.

Hosts want sRGB, or CIE Lab for D50, as ICC profiles have it: see :mod:`colorize_core.color.d50`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

import numpy as np
import torch
from torch import Tensor

from colorize_core.color.d50 import ab_for_d50, at_luminance
from colorize_core.color.gamut import fit_gamut
from colorize_core.color.kernels import kernels_for
from colorize_core.color.lab import (
    bytes_of_rgb,
    linear_of_lab,
    rgb_to_lab,
    srgb_of_linear,
)
from colorize_core.engine.colorizer import Colorizer
from colorize_core.engine.hints import painted_hints
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.rendering import compiled_lines
from colorize_core.engine.strips import by_strips, each_strip
from colorize_core.engine.upsample import upsampler
from colorize_core.worker.wire import LAB

Step = Callable[[float, str], None]
_BYTES = np.float32(255.0), np.float32(0.5)  # white, and what rounds
_Recolor = Callable[[slice, np.ndarray], None]


@torch.inference_mode()
def colorize_layer(
    colorizer: Colorizer,
    pixels: np.ndarray,
    painted: np.ndarray | None,
    options: ColorizeOptions,
    result: str,
    step: Step,
) -> Iterator[tuple[slice, np.ndarray]]:
    """Colorize a layer, strip by strip from the top.

    Args:
        colorizer: of the model that was chosen.
        pixels: L and alpha, float32 ``(H, W, 2)``, or grey sRGB and alpha, uint8.
        painted: colour hints, sRGB and alpha, uint8 ``(H, W, 4)``; painted pixels keep their hue
            and chroma, and what surrounds them follows.
        options: temperature, saturation and size count.
        result: :data:`~colorize_core.worker.wire.LAB` or :data:`~colorize_core.worker.wire.RGB`.
        step: told of the progress, share and text; may raise to stop.

    Yields:
        Rows, and their pixels: Lab for D50 and alpha, float32 ``(rows, W, 4)``, L and alpha being
        what was given; or sRGB and alpha, uint8 ``(rows, W, 4)``.

    Raises:
        HintError: something is painted but the model takes no hints.
    """
    step(0.05, "Looking at the picture")
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
    ab = prediction.ab(options.temperature, options.saturation)
    recolor = _recoloring(ab, lightness, painted)
    blank = _blank_lab if result == LAB else _blank_rgb

    def strip(rows: slice) -> np.ndarray:
        filled = blank(given[rows], alpha[rows])
        recolor(rows, filled)
        return filled

    for rows, done in by_strips(strip, *lightness.shape):
        step(0.4 + 0.6 * rows.start / len(lightness), "Colouring")
        yield rows, done
    step(1.0, "Done")


def _usable(lightness: np.ndarray) -> np.ndarray:
    """Finite and in 0..100, where floating point images may hold anything."""
    usable = np.empty(lightness.shape, np.float32)

    def clip(rows: slice) -> None:
        np.clip(np.nan_to_num(lightness[rows]), 0.0, 100.0, out=usable[rows])

    each_strip(clip, *lightness.shape)
    return usable


def _blank_lab(lightness: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lab and alpha, without a and b."""
    strip = np.empty((*alpha.shape, 4), np.float32)
    strip[..., 0] = lightness
    strip[..., 3] = alpha / np.float32(255.0) if alpha.dtype == np.uint8 else alpha
    return strip


def _blank_rgb(_: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Red, green, blue and alpha, of which only alpha is there."""
    strip = np.empty((*alpha.shape, 4), np.uint8)
    strip[..., 3] = alpha if alpha.dtype == np.uint8 else (alpha.clip(0.0, 1.0) * 255.0).round()
    return strip


def _recoloring(ab: Tensor, lightness: np.ndarray, painted: np.ndarray | None) -> _Recolor:
    """What fills a strip of blank pixels with its rows' colours."""
    kernels = kernels_for(lightness.size)
    if kernels is None:
        return _with_torch(ab, lightness, painted)
    compiled = _compiled(kernels, ab, lightness)
    if painted is None:
        return compiled
    with_paint = _with_torch(ab, lightness, painted)

    def recolor(rows: slice, strip: np.ndarray) -> None:
        # Kernels know of no paint: hardly any strip has some.
        (with_paint if painted[rows, :, 3].any() else compiled)(rows, strip)

    return recolor


def _compiled(kernels: ModuleType, ab: Tensor, lightness: np.ndarray) -> _Recolor:
    lines = compiled_lines(ab, lightness)

    def recolor(rows: slice, strip: np.ndarray) -> None:
        if strip.dtype == np.uint8:
            kernels.render(lightness[rows], *lines(rows), True, _BYTES, strip)
        else:
            kernels.ab_for_d50(lightness[rows], *lines(rows), strip)

    return recolor


def _with_torch(ab: Tensor, lightness: np.ndarray, painted: np.ndarray | None) -> _Recolor:
    whole = torch.from_numpy(lightness)
    upsampled = upsampler(ab, whole)

    def recolor(rows: slice, strip: np.ndarray) -> None:
        light, spread = whole[None, None, rows], upsampled(rows)
        if painted is not None:
            spread = _with_paint(spread, painted[rows])
        linear = linear_of_lab(fit_gamut(torch.cat((light, spread), 1)))
        linear = at_luminance(linear, light)
        if strip.dtype == np.uint8:
            strip[..., :3] = bytes_of_rgb(srgb_of_linear(linear))
        else:
            strip[..., 1:3] = ab_for_d50(linear)[0].permute(1, 2, 0).numpy()

    return recolor


def _with_paint(ab: Tensor, painted: np.ndarray) -> Tensor:
    """Put the painted colours over the predicted ones, ``(1, 2, H, W)``, as far as they cover."""
    if not painted[..., 3].any():
        return ab
    paint = torch.from_numpy(painted.astype(np.float32) / 255.0).permute(2, 0, 1)[None]
    return torch.lerp(ab, rgb_to_lab(paint[:, :3])[:, 1:], paint[:, 3:])
