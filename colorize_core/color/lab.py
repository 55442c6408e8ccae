"""sRGB <-> CIELAB (D65, 2 degree observer), for tensors and arrays alike.

Tensors carry the colour in their third-last dimension, ``(*, 3, H, W)``; numpy arrays in their
last one, ``(*, 3)``. Each function gives back what it was given.

Sources: IEC 61966-2-1 (sRGB), CIE 15 (Lab). The constants are those of scikit-image's
``rgb2lab``, with which the results agree.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

Colors = TypeVar("Colors", Tensor, np.ndarray)

XYZ_OF_RGB = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_WHITE = (0.95047, 1.0, 1.08883)
EPSILON = 0.008856  # below this share of white, Lab's cube root becomes a line
SLOPE = 7.787
OFFSET = 16.0 / 116.0


def rgb_to_lab(rgb: Colors) -> Colors:
    """Convert sRGB to Lab.

    Args:
        rgb: sRGB in 0..1, floating point: a tensor ``(*, 3, H, W)`` or an array ``(*, 3)``.

    Returns:
        Lab of the same kind, shape and dtype: L in 0..100, a in -86.2..98.3, b in -107.9..94.5.

    Example:
        >>> import numpy as np
        >>> rgb_to_lab(np.array([[1.0, 1.0, 1.0]])).round(1)[0, 0]
        np.float64(100.0)
    """
    if isinstance(rgb, np.ndarray):
        return _through_tensors(rgb_to_lab, rgb)
    return _lab_of_linear(_linear_of_srgb(rgb))


def lab_to_rgb(lab: Colors) -> Colors:
    """Convert Lab to sRGB, clipped to 0..1.

    Colours outside sRGB are clipped channel by channel, as scikit-image does; call
    :func:`~colorize_core.color.gamut.fit_gamut` first to keep their lightness.

    Args:
        lab: a tensor ``(*, 3, H, W)`` or an array ``(*, 3)``, floating point, L in 0..100.

    Returns:
        sRGB in 0..1 of the same kind, shape and dtype.
    """
    if isinstance(lab, np.ndarray):
        return _through_tensors(lab_to_rgb, lab)
    return srgb_of_linear(linear_of_lab(lab))


def rgb_to_lightness(rgb: Colors) -> Colors:
    """Compute L alone, as :func:`rgb_to_lab`: tensors ``(*, 1, H, W)``, arrays ``(*, 1)``."""
    if isinstance(rgb, np.ndarray):
        return _through_tensors(rgb_to_lightness, rgb)
    red, green, blue = _linear_of_srgb(rgb).unbind(-3)
    of_red, of_green, of_blue = XYZ_OF_RGB[1]
    return _lightness_of_luminance(red * of_red + green * of_green + blue * of_blue).unsqueeze(-3)


def lightness_of_bytes(rgb: np.ndarray) -> np.ndarray:
    """Look up L of 8-bit pixels: uint8 ``(H, W, 3)`` or grey ``(H, W)`` to float32 ``(H, W)``.

    The table makes the full-size pass as cheap as three look-ups a pixel.
    """
    if rgb.ndim == 2:
        return grey_lightness_table(np.dtype(np.uint8))[rgb]
    linear = light_table(np.dtype(np.uint8))
    luminance = np.zeros(rgb.shape[:2], np.float32)
    for channel, share in enumerate(XYZ_OF_RGB[1]):
        luminance += (linear * np.float32(share))[rgb[..., channel]]
    return _lightness_of_luminance(torch.from_numpy(luminance)).numpy()


def bytes_of_rgb(rgb: Tensor) -> np.ndarray:
    """Convert sRGB in 0..1, ``(1, 3, H, W)``, to bytes, uint8 ``(H, W, 3)``."""
    return (rgb * 255.0).round_().byte()[0].permute(1, 2, 0).numpy()


def linear_of_lab(lab: Tensor) -> Tensor:
    """Compute linear-light RGB, not clipped: values outside 0..1 are colours outside sRGB."""
    return torch.stack(linear_channels(*lab.unbind(-3)), -3)


def linear_channels(lightness: Tensor, a: Tensor, b: Tensor) -> list[Tensor]:
    """Compute linear red, green and blue, not clipped, of L, a and b, tensors of one shape."""
    y = (lightness + 16.0) / 116.0
    x = _unbent(y + a / 500.0)
    z = _unbent((y - b / 200.0).clamp_(min=0.0))
    y = _unbent(y)
    return [(x * to_x).add_(y, alpha=to_y).add_(z, alpha=to_z) for to_x, to_y, to_z in rgb_of_xyz()]


def _unbent(values: Tensor) -> Tensor:
    return torch.where(
        values > EPSILON ** (1 / 3), values * values * values, (values - OFFSET) / SLOPE
    )


@lru_cache(maxsize=1)
def rgb_of_xyz() -> list[list[float]]:
    """Compute the matrix from XYZ, relative to the white, to linear sRGB."""
    return (np.linalg.inv(np.array(XYZ_OF_RGB)) * np.array(_WHITE)).tolist()


def _lab_of_linear(linear: Tensor) -> Tensor:
    xyz = _mix(linear, np.array(XYZ_OF_RGB) / np.array(_WHITE)[:, None])
    bent = torch.where(xyz > EPSILON, xyz.clamp(min=1e-12) ** (1 / 3), SLOPE * xyz + OFFSET)
    x, y, z = bent.unbind(-3)
    return torch.stack((116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)), -3)


def _lightness_of_luminance(luminance: Tensor) -> Tensor:
    bent = torch.where(
        luminance > EPSILON, luminance.clamp(min=1e-12) ** (1 / 3), SLOPE * luminance + OFFSET
    )
    return 116.0 * bent - 16.0


def _linear_of_srgb(rgb: Tensor) -> Tensor:
    return torch.where(rgb > 0.04045, ((rgb.clamp(min=0.0) + 0.055) / 1.055) ** 2.4, rgb / 12.92)


def srgb_of_linear(linear: Tensor) -> Tensor:
    """Gamma-encode linear light; what is outside 0..1 is clipped."""
    bent = 1.055 * linear.clamp(min=1e-12) ** (1 / 2.4) - 0.055
    return torch.where(linear > 0.0031308, bent, linear * 12.92).clamp(0.0, 1.0)


def _mix(colors: Tensor, matrix: np.ndarray) -> Tensor:
    """Multiply the colours in the third-last dimension by a 3 x 3 matrix."""
    first, second, third = colors.unbind(-3)
    return torch.stack(
        [first * float(x) + second * float(y) + third * float(z) for x, y, z in matrix], -3
    )


@lru_cache(maxsize=2)
def light_table(dtype: np.dtype) -> np.ndarray:
    """Tabulate linear light, float32, of every value of a depth: uint8 or uint16."""
    most = np.iinfo(dtype).max
    steps = torch.arange(most + 1, dtype=torch.float64) / most
    return _linear_of_srgb(steps).numpy().astype(np.float32)


@lru_cache(maxsize=2)
def grey_lightness_table(dtype: np.dtype) -> np.ndarray:
    """Tabulate L, float32, of every grey of a depth: uint8 or uint16."""
    linear = torch.from_numpy(light_table(dtype).astype(np.float64)) * sum(XYZ_OF_RGB[1])
    return _lightness_of_luminance(linear).numpy().astype(np.float32)


def _through_tensors(function: Callable[[Tensor], Tensor], array: np.ndarray) -> np.ndarray:
    """Run a tensor function on an array whose colours are in the last dimension."""
    if array.shape[-1] != 3:
        raise ValueError(f"colours must be in the last dimension, of size 3; got {array.shape}")
    if not np.issubdtype(array.dtype, np.floating):
        raise TypeError(f"colours must be floating point; got {array.dtype}")
    flat = torch.from_numpy(np.ascontiguousarray(array.reshape(-1, 3).T)).unsqueeze(-1)
    result = function(flat).squeeze(-1).T
    return result.reshape(*array.shape[:-1], result.shape[-1]).contiguous().numpy()
