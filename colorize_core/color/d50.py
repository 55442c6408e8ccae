"""Colours of sRGB as ICC profiles have them: Lab for D50, where the networks speak Lab for D65.

For greys the two are the same. A colour is carried over by its chromaticity: linear RGB, scaled to
the luminance that L stands for when it was measured for D50.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Linear sRGB to XYZ, adapted to D50 by Bradford's method (ICC.1, sRGB profile).
XYZ_OF_RGB = (
    (0.43603516, 0.38511658, 0.14305115),
    (0.22248840, 0.71690369, 0.06060791),
    (0.01391602, 0.09706116, 0.71392822),
)
TINY = 1e-6
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27  # CIE 15


def at_luminance(linear: Tensor, lightness: Tensor) -> Tensor:
    """Bring linear RGB, ``(1, 3, H, W)``, to a lightness for D50, ``(1, 1, H, W)``, in gamut."""
    bent = (lightness + 16.0) / 116.0
    luminance = torch.where(bent**3 > _EPSILON, bent**3, lightness / _KAPPA)
    linear = linear.clamp(0.0, 1.0)
    linear = linear * (luminance / _mix(linear, XYZ_OF_RGB[1]).clamp(min=TINY))
    # What scaling carried out of the gamut goes towards grey, which keeps the luminance.
    highest = linear.amax(1, keepdim=True)
    share = ((1.0 - luminance) / (highest - luminance).clamp(min=TINY)).clamp(0.0, 1.0)
    return torch.lerp(luminance.expand_as(linear), linear, share)


def ab_for_d50(linear: Tensor) -> Tensor:
    """Convert linear RGB, ``(1, 3, H, W)``, to a and b for D50, ``(1, 2, H, W)``."""
    x, y, z = (_bent(_mix(linear, row) / sum(row)) for row in XYZ_OF_RGB)
    return torch.cat((500.0 * (x - y), 200.0 * (y - z)), 1)


def _mix(linear: Tensor, row: tuple[float, float, float]) -> Tensor:
    red, green, blue = linear.split(1, 1)
    return red * row[0] + green * row[1] + blue * row[2]


def _bent(values: Tensor) -> Tensor:
    root = values.clamp(min=TINY) ** (1 / 3)
    return torch.where(values > _EPSILON, root, (_KAPPA * values + 16.0) / 116.0)
