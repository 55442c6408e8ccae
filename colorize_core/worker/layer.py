"""New colours for a host's layer; its lightness and alpha are not touched.

Hosts want sRGB, or CIE Lab for D50, as ICC profiles have it, while the networks speak Lab for
D65. For greys the two are the same. A colour is carried over by its chromaticity: linear RGB,
scaled to the luminance that the host's L stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from colorize_core.color.gamut import fit_gamut
from colorize_core.color.lab import (
    bytes_of_rgb,
    lightness_of_bytes,
    linear_of_lab,
    rgb_to_lab,
    srgb_of_linear,
)
from colorize_core.engine.colorizer import Colorizer
from colorize_core.engine.hints import painted_hints
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.strips import by_strips
from colorize_core.engine.upsample import upsampler
from colorize_core.worker.wire import LAB

# Linear sRGB to XYZ, adapted to D50 by Bradford's method (ICC.1, sRGB profile).
_XYZ_OF_RGB = (
    (0.43603516, 0.38511658, 0.14305115),
    (0.22248840, 0.71690369, 0.06060791),
    (0.01391602, 0.09706116, 0.71392822),
)
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27  # CIE 15
_TINY = 1e-6

Step = Callable[[float, str], None]


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
        colorizer: of the model that the options name.
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
        given = lightness_of_bytes(given)
    lightness = np.nan_to_num(given).clip(0.0, 100.0)
    prediction = colorizer.look(
        lightness,
        options.size,
        lambda size: None if painted is None else painted_hints(painted, size),
    )
    whole = torch.from_numpy(lightness)
    ab = prediction.ab(options.temperature, options.saturation)
    upsampled = upsampler(ab, whole)

    def strip(rows: slice) -> np.ndarray:
        light, spread = whole[None, None, rows], upsampled(rows)
        if painted is not None:
            spread = _with_paint(spread, painted[rows])
        in_gamut = fit_gamut(torch.cat((light, spread), 1))
        linear = _at_luminance(linear_of_lab(in_gamut), _luminance(light))
        if result == LAB:
            return _as_lab(_ab_for_d50(linear), given[rows], alpha[rows])
        return _as_rgb(srgb_of_linear(linear), alpha[rows])

    for rows, done in by_strips(strip, *whole.shape):
        step(0.4 + 0.6 * rows.start / len(whole), "Colouring")
        yield rows, done
    step(1.0, "Done")


def _as_lab(ab: Tensor, lightness: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    strip = np.empty((*alpha.shape, 4), np.float32)
    strip[..., 0] = lightness
    strip[..., 1:3] = ab[0].permute(1, 2, 0).numpy()
    strip[..., 3] = alpha / np.float32(255.0) if alpha.dtype == np.uint8 else alpha
    return strip


def _as_rgb(rgb: Tensor, alpha: np.ndarray) -> np.ndarray:
    strip = np.empty((*alpha.shape, 4), np.uint8)
    strip[..., :3] = bytes_of_rgb(rgb)
    strip[..., 3] = alpha if alpha.dtype == np.uint8 else (alpha.clip(0.0, 1.0) * 255.0).round()
    return strip


def _with_paint(ab: Tensor, painted: np.ndarray) -> Tensor:
    """Put the painted colours over the predicted ones, ``(1, 2, H, W)``, as far as they cover."""
    if not painted[..., 3].any():
        return ab
    paint = torch.from_numpy(painted.astype(np.float32) / 255.0).permute(2, 0, 1)[None]
    return torch.lerp(ab, rgb_to_lab(paint[:, :3])[:, 1:], paint[:, 3:])


def _at_luminance(linear: Tensor, luminance: Tensor) -> Tensor:
    """Linear RGB, ``(1, 3, H, W)``, brought to a luminance that was measured for D50."""
    linear = linear.clamp(0.0, 1.0)
    linear = linear * (luminance / _mix(linear, _XYZ_OF_RGB[1]).clamp(min=_TINY))
    # What scaling carried out of the gamut goes towards grey, which keeps the luminance.
    highest = linear.amax(1, keepdim=True)
    share = ((1.0 - luminance) / (highest - luminance).clamp(min=_TINY)).clamp(0.0, 1.0)
    return torch.lerp(luminance.expand_as(linear), linear, share)


def _ab_for_d50(linear: Tensor) -> Tensor:
    """The a and b for D50, ``(1, 2, H, W)``, of linear RGB, ``(1, 3, H, W)``."""
    x, y, z = (_bend(_mix(linear, row) / sum(row)) for row in _XYZ_OF_RGB)
    return torch.cat((500.0 * (x - y), 200.0 * (y - z)), 1)


def _mix(linear: Tensor, row: tuple[float, float, float]) -> Tensor:
    red, green, blue = linear.split(1, 1)
    return red * row[0] + green * row[1] + blue * row[2]


def _luminance(lightness: Tensor) -> Tensor:
    bent = (lightness + 16.0) / 116.0
    return torch.where(bent**3 > _EPSILON, bent**3, lightness / _KAPPA)


def _bend(values: Tensor) -> Tensor:
    root = values.clamp(min=_TINY) ** (1 / 3)
    return torch.where(values > _EPSILON, root, (_KAPPA * values + 16.0) / 116.0)
