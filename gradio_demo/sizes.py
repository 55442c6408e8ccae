"""Photos, and predictions of them, at other sizes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from colorize_core.engine import Prediction
from colorize_core.engine.framing import Frame
from colorize_core.photo.depth import as_depth, as_float


def size_within(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Scale height and width in proportion, the longer of them to ``long_side``."""
    scale = long_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink float32 ``(H, W)`` to a size."""
    image = torch.from_numpy(np.ascontiguousarray(values))[None, None]
    return F.interpolate(image, size, mode="bilinear", antialias=True)[0, 0].numpy()


def depth_resized(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink pixels ``(H, W)`` or ``(H, W, C)`` of any depth to a size."""
    values = as_float(pixels)
    if values.ndim == 2:
        return as_depth(resized(values, size), pixels.dtype)
    channels = [resized(channel, size) for channel in np.moveaxis(values, -1, 0)]
    return as_depth(np.stack(channels, -1), pixels.dtype)


def shrunk(lightness: np.ndarray, most_pixels: int) -> np.ndarray:
    """Shrink a lightness to about ``most_pixels`` at most."""
    height, width = lightness.shape
    scale = (most_pixels / (height * width)) ** 0.5
    if scale >= 1.0:
        return lightness
    return resized(
        lightness, size_within((height, width), max(1, round(scale * max(height, width))))
    )


def pixels_at(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink pixels, uint8 ``(H, W)`` or ``(H, W, 3)``, to a size; those of that size stay."""
    if pixels.shape[:2] == size:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size[::-1], Image.Resampling.BILINEAR))


def at_size(prediction: Prediction, lightness: np.ndarray) -> Prediction:
    """Give a prediction the lightness of the same photo at another size."""
    frames = framed(prediction.frames, prediction.lightness.shape, lightness.shape)
    return replace(prediction, lightness=lightness, frames=frames)


def framed(
    frames: tuple[Frame, ...], size: tuple[int, ...], other: tuple[int, ...]
) -> tuple[Frame, ...]:
    """Scale the frames of a scan from one height and width to another."""
    down, across = other[0] / size[0], other[1] / size[1]
    return tuple(
        Frame(
            round(frame.top * down),
            round(frame.left * across),
            round(frame.bottom * down),
            round(frame.right * across),
        )
        for frame in frames
    )
