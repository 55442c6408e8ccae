"""The depths that pixels are stored in, and going from one to another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_STRIP_VALUES = 1 << 20


def full_scale(dtype: np.dtype | type) -> float:
    """Give the value of white: 255, 65535, or 1 for floating point."""
    return float(np.iinfo(dtype).max) if np.issubdtype(dtype, np.integer) else 1.0


def strips(pixels: np.ndarray) -> Iterator[slice]:
    """Divide rows of an array, about a million values at a time."""
    rows = max(1, _STRIP_VALUES // max(1, pixels[:1].size))
    for top in range(0, len(pixels), rows):
        yield slice(top, top + rows)


def as_float(values: np.ndarray) -> np.ndarray:
    """Convert values of any depth as float32 in 0..1; they may be given back as they are."""
    if values.dtype == np.float32:
        return values
    return values.astype(np.float32) / np.float32(full_scale(values.dtype))


def as_depth(values: np.ndarray, dtype: np.dtype | type) -> np.ndarray:
    """Convert values to another depth, rounded; as they are where they have it already.

    Args:
        values: uint8, uint16 or float32 in 0..1, any shape.
        dtype: one of these.
    """
    if values.dtype == dtype:
        return values
    result = np.empty(values.shape, dtype)
    for rows in strips(values):
        result[rows] = _rounded(as_float(values[rows]), dtype)
    return result


def _rounded(values: np.ndarray, dtype: np.dtype | type) -> np.ndarray:
    if np.issubdtype(dtype, np.floating):
        return values.astype(dtype)
    return np.rint(np.clip(values, 0.0, 1.0) * np.float32(full_scale(dtype))).astype(dtype)


def without_color(pixels: np.ndarray) -> np.ndarray:
    """Give grey ``(H, W)`` where all channels are alike; otherwise the pixels as they are."""
    if pixels.ndim == 2:
        return pixels
    first = pixels[..., 0]
    for rows in strips(pixels):
        strip = pixels[rows]
        if (strip[..., 1] != first[rows]).any() or (strip[..., 2] != first[rows]).any():
            return pixels
    return np.ascontiguousarray(first)
