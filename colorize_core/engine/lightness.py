"""The lightness of a photo at its full size, in one pass over its pixels."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np

from colorize_core.color.kernels import kernels_for
from colorize_core.color.lab import (
    grey_lightness_table,
    light_table,
    lightness_of_bytes,
    rgb_to_lightness,
)
from colorize_core.engine.strips import each_strip
from colorize_core.photo.depth import as_float

_Into = Callable[[np.ndarray, np.ndarray], None]


def lightness_of_pixels(pixels: np.ndarray) -> np.ndarray:
    """Compute L of pixels in any depth.

    Args:
        pixels: sRGB ``(H, W, 3)`` or grey ``(H, W)``: uint8, uint16, or float32 in 0..1.

    Returns:
        L in 0..100, float32 ``(H, W)``.
    """
    height, width = pixels.shape[:2]
    lightness = np.empty((height, width), np.float32)
    write = _way(pixels)
    each_strip(lambda rows: write(pixels[rows], lightness[rows]), height, width)
    return lightness


def _way(pixels: np.ndarray) -> _Into:
    if pixels.ndim == 2 and pixels.dtype != np.float32:
        table = grey_lightness_table(pixels.dtype)

        def of_greys(strip: np.ndarray, lightness: np.ndarray) -> None:
            np.take(table, strip, out=lightness, mode="clip")

        return of_greys
    kernels = kernels_for(pixels.shape[0] * pixels.shape[1])
    return _with_torch if kernels is None else _compiled(kernels, pixels)


def _compiled(kernels: ModuleType, pixels: np.ndarray) -> _Into:
    channels = 1 if pixels.ndim == 2 else 3

    def of_floats(strip: np.ndarray, lightness: np.ndarray) -> None:
        flat = np.ascontiguousarray(strip).reshape(-1, channels)
        kernels.lightness_of_floats(flat, lightness.reshape(-1))

    def of_integers(strip: np.ndarray, lightness: np.ndarray) -> None:
        flat = np.ascontiguousarray(strip).reshape(-1, channels)
        kernels.lightness_of_integers(flat, table, lightness.reshape(-1))

    if pixels.dtype == np.float32:
        return of_floats
    table = light_table(pixels.dtype)
    return of_integers


def _with_torch(strip: np.ndarray, lightness: np.ndarray) -> None:
    if strip.dtype == np.uint8:
        lightness[:] = lightness_of_bytes(strip)
        return
    values = as_float(strip)
    if values.ndim == 2:
        values = np.repeat(values[..., None], 3, axis=2)
    lightness[:] = rgb_to_lightness(values)[..., 0]
