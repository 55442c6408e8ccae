"""A network's uncertainty: the entropy of its distributions."""

from __future__ import annotations

import math

import numpy as np
import torch

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.engine import Prediction
from colorize_core.engine.distribution import need_classes
from colorize_core.engine.upsample import interpolate
from colorize_core.figures.canvas import shades
from colorize_core.figures.photo import entropy_map


def most_uncertain(prediction: Prediction) -> tuple[float, float]:
    """Find the pixel in the middle of the cell with the highest entropy."""
    entropy = entropy_map(prediction.output.float())[0]
    rows, columns = entropy.shape
    row, column = divmod(int(entropy.argmax()), columns)
    height, width = prediction.lightness.shape
    return (column + 0.5) * width / columns, (row + 0.5) * height / rows


def uncertainty_map(prediction: Prediction, long_side: int) -> np.ndarray:
    """Draw the entropy in colours from dark (certain) to light, uint8 ``(H, W, 3)``.

    Raises:
        ValueError: the network regresses ab.
    """
    need_classes(prediction)
    share = entropy_map(prediction.output.float())[0] / math.log(BIN_COUNT)
    scale = long_side / max(prediction.lightness.shape)
    for dim, side in enumerate(prediction.lightness.shape):
        length = max(1, round(side * scale))
        share = interpolate(share, length, torch.arange(length), dim)
    return shades(share.numpy())
