"""Photographs as film and time leave them, the same ones every time.

Each condition is a pure function of a true colour photo and gives the lightness of an aged print
of it, at the size that it is given. What happens, happens in the order of a print's life: film
sees the scene, a lens or a shaken hand softens it, grain is laid over it, and the print fades.
Softness, grain and fading work on grey values as a scan holds them (gamma-encoded, 0..1), and the
result is rounded to the 256 greys of a file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from colorize_core.color.lab import (
    XYZ_OF_RGB,
    linear_of_lab,
    rgb_to_lab,
    rgb_to_lightness,
    srgb_of_linear,
)

Ageing = Callable[[Tensor, int], Tensor]

EYE = XYZ_OF_RGB[1]  # shares of linear red, green and blue in luminance
ORTHOCHROMATIC = (0.02, 0.45, 0.53)  # film that is blind to red, as most was before the 1930s
GRAIN = 12 / 255
FADED = (0.3, 0.9)  # what is left of black and white: 60 % of the contrast


def print_of(
    rgb: Tensor,
    seed: int = 0,
    response: tuple[float, float, float] = EYE,
    blur: float = 0.0,
    grain: float = 0.0,
    greys: tuple[float, float] = (0.0, 1.0),
) -> Tensor:
    """Make the lightness of an aged black-and-white print of a scene.

    Args:
        rgb: the true photo, sRGB in 0..1, float ``(N, 3, H, W)``.
        seed: of the grain.
        response: of the film to linear red, green and blue; sums to 1.
        blur: standard deviation of a Gaussian, in pixels.
        grain: standard deviation of normal noise, in grey values of 0..1.
        greys: what black and white have faded to, in 0..1.

    Returns:
        L in 0..100, float ``(N, 1, H, W)``.
    """
    red, green, blue = linear_of_lab(rgb_to_lab(rgb)).unbind(1)
    luminance = red * response[0] + green * response[1] + blue * response[2]
    grey = srgb_of_linear(luminance)[:, None]
    if blur:
        soft = gaussian_filter(grey.numpy(), (0, 0, blur, blur), mode="nearest")
        grey = torch.from_numpy(soft)
    if grain:
        noise = np.random.default_rng(seed).standard_normal(tuple(grey.shape), np.float32)
        grey = (grey + grain * torch.from_numpy(noise)).clamp(0.0, 1.0)
    black, white = greys
    grey = black + (white - black) * grey
    file = (grey * 255.0).round() / 255.0
    return rgb_to_lightness(file.expand(-1, 3, -1, -1))


def _condition(**settings: Any) -> Ageing:
    return lambda rgb, seed: print_of(rgb, seed, **settings)


AGEINGS: dict[str, Ageing] = {
    "blur 1.5": _condition(blur=1.5),
    "blur 3": _condition(blur=3.0),
    "grain 12": _condition(grain=GRAIN),
    "faded to 60 %": _condition(greys=FADED),
    "orthochromatic": _condition(response=ORTHOCHROMATIC),
    "all together": _condition(response=ORTHOCHROMATIC, blur=1.5, grain=GRAIN, greys=FADED),
}
"""Name -> what makes the lightness, ``(N, 1, H, W)``, of sRGB, ``(N, 3, H, W)``, and a seed."""
