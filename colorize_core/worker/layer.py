"""New colours for a host's layer; its lightness and alpha are not touched.

Hosts hand over CIE Lab for D50, as ICC profiles have it, while the networks speak Lab for D65.
For greys the two are the same. A colour is carried over by its chromaticity: linear RGB, scaled
to the luminance that the host's L stands for.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from colorize_core.color.gamut import fit_gamut
from colorize_core.color.lab import linear_of_lab, rgb_to_lab
from colorize_core.engine.colorizer import Colorizer
from colorize_core.engine.hints import painted_hints
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.upsample import upsample_strips

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
    lab: np.ndarray,
    painted: np.ndarray | None,
    options: ColorizeOptions,
    step: Step,
) -> None:
    """Replace a layer's a and b in place.

    Args:
        colorizer: of the model that the options name.
        lab: L, a, b for D50 and alpha, float32 ``(H, W, 4)``.
        painted: colour hints, sRGB and alpha, uint8 ``(H, W, 4)``; painted pixels keep their hue
            and chroma, and what surrounds them follows.
        options: temperature, saturation and size count.
        step: told of the progress, share and text; may raise to stop.

    Raises:
        HintError: something is painted but the model takes no hints.
    """
    step(0.05, "Looking at the picture")
    lightness = np.nan_to_num(np.ascontiguousarray(lab[..., 0]), copy=False).clip(0.0, 100.0)
    prediction = colorizer.look(
        lightness,
        options.size,
        lambda size: None if painted is None else painted_hints(painted, size),
    )
    whole = torch.from_numpy(lightness)
    ab = prediction.ab(options.temperature, options.saturation)
    for rows, spread in upsample_strips(ab, whole):
        step(0.4 + 0.6 * rows.start / len(whole), "Colouring")
        light = whole[None, None, rows]
        if painted is not None:
            spread = _with_paint(spread, painted[rows])
        in_gamut = fit_gamut(torch.cat((light, spread), 1))
        lab[rows, :, 1:3] = _ab_for_d50(in_gamut, light)[0].permute(1, 2, 0).numpy()
    step(1.0, "Done")


def _with_paint(ab: Tensor, painted: np.ndarray) -> Tensor:
    """Put the painted colours over the predicted ones, ``(1, 2, H, W)``, as far as they cover."""
    if not painted[..., 3].any():
        return ab
    paint = torch.from_numpy(painted.astype(np.float32) / 255.0).permute(2, 0, 1)[None]
    return torch.lerp(ab, rgb_to_lab(paint[:, :3])[:, 1:], paint[:, 3:])


def _ab_for_d50(lab: Tensor, lightness: Tensor) -> Tensor:
    """The a and b for D50, ``(1, 2, H, W)``, of Lab for D65, to go with a lightness for D50."""
    linear = linear_of_lab(lab).clamp(0.0, 1.0)
    luminance = _luminance(lightness)
    linear = linear * (luminance / _mix(linear, _XYZ_OF_RGB[1]).clamp(min=_TINY))
    # What scaling carried out of the gamut goes towards grey, which keeps the luminance.
    highest = linear.amax(1, keepdim=True)
    share = ((1.0 - luminance) / (highest - luminance).clamp(min=_TINY)).clamp(0.0, 1.0)
    linear = torch.lerp(luminance.expand_as(linear), linear, share)
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
