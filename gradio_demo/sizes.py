"""Lightness and alpha at smaller sizes."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F


def size_within(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Scale height and width in proportion, the longer of them to ``long_side``."""
    scale = long_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink float32 ``(H, W)`` to a size."""
    image = torch.from_numpy(np.ascontiguousarray(values))[None, None]
    return F.interpolate(image, size, mode="bilinear", antialias=True)[0, 0].numpy()


def shrunk(lightness: np.ndarray, most_pixels: int) -> np.ndarray:
    """Shrink a lightness to about ``most_pixels`` at most."""
    height, width = lightness.shape
    scale = (most_pixels / (height * width)) ** 0.5
    if scale >= 1.0:
        return lightness
    return resized(
        lightness, size_within((height, width), max(1, round(scale * max(height, width))))
    )
