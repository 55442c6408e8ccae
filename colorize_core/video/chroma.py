"""From ab at the network's stride to the Cb and Cr of a frame."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from colorize_core.engine.rendering import Form, painter
from colorize_core.video.planes import Scale, lightness_table


def chroma_of(
    ab: np.ndarray, luma: np.ndarray, size: tuple[int, int], film: Scale, written: Scale
) -> tuple[np.ndarray, np.ndarray]:
    """Compute Cb and Cr: ab enlarged along the picture's edges, and fitted into sRGB at its L.

    Args:
        ab: at the network's stride, float32 ``(h, w, 2)``.
        luma: the film's Y', ``(H, W)``.
        size: height and width of the planes of Cb and Cr.
        film: scale of the luma.
        written: scale of Cb and Cr.

    Returns:
        Two arrays of that size, uint8 or uint16.
    """
    small = resized(luma, size)
    lightness = lightness_table(film)[small]
    rgb = np.empty((*size, 3), np.float32)
    maps = torch.from_numpy(np.ascontiguousarray(ab.transpose(2, 0, 1)))[None]
    painter(maps, lightness, Form.RGB)(slice(0, size[0]), rgb)
    return chroma_of_rgb(rgb, written)


def chroma_of_rgb(rgb: np.ndarray, scale: Scale) -> tuple[np.ndarray, np.ndarray]:
    """Compute Cb and Cr of sRGB in 0..1, float32 ``(H, W, 3)``."""
    red, blue = scale.weights
    green = 1.0 - red - blue
    span = (1 << scale.bits) - 1 if scale.full else 224 << (scale.bits - 8)
    middle = 128 << (scale.bits - 8)
    to_blue = np.array([-red, -green, 1.0 - blue]) / (2.0 * (1.0 - blue))
    to_red = np.array([1.0 - red, -green, -blue]) / (2.0 * (1.0 - red))
    matrix = np.zeros((2, 4), np.float32)
    matrix[:, :3] = span * np.stack((to_blue, to_red))
    matrix[:, 3] = middle
    values = np.rint(cv2.transform(rgb, matrix))
    np.clip(values, 1, (1 << scale.bits) - 2, out=values)  # the outermost are for sync
    levels = values.astype(np.uint8 if scale.bits == 8 else np.uint16)
    return levels[..., 0], levels[..., 1]


def resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize by the means of areas, or cubic where it grows."""
    if values.shape[:2] == size:
        return values
    shrinks = size[0] <= values.shape[0] and size[1] <= values.shape[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cv2.resize(values, (size[1], size[0]), interpolation=way)
