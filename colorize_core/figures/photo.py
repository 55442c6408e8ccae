"""Figures of one photo: how sure the network is, and the effect of the temperature."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image
from torch import Tensor

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.engine.distribution import need_classes
from colorize_core.engine.prediction import Prediction
from colorize_core.figures.canvas import beside, shades, with_bar

PAPER_TEMPERATURES = (1.0, 0.77, 0.58, 0.38, 0.29, 0.14, 0.0)  # those of the paper's figure
_COLDEST = 1e-3  # stands for 0, where the annealed mean is the mode


def entropy_map(logits: Tensor) -> Tensor:
    """Compute the entropy of every cell's distribution, nats: ``(N, 313, h, w)`` to ``(N, h, w)``.

    0 where one colour is certain, ln 313 = 5.746 where all are alike.
    """
    log = logits.log_softmax(1)
    return -(log.exp() * log).sum(1)


def entropy_figure(prediction: Prediction, title: str) -> Image.Image:
    """Draw the photo in grey, and beside it the entropy of its predicted colours.

    Raises:
        ValueError: the network regresses ab, so it has no distributions.
    """
    need_classes(prediction)
    height, width = prediction.lightness.shape
    most = math.log(BIN_COUNT)
    values = entropy_map(prediction.output.float())[0].numpy() / most
    drawn = Image.fromarray(shades(values)).resize((width, height), Image.Resampling.NEAREST)
    grey = Image.fromarray((prediction.lightness * 2.55).round().astype(np.uint8)).convert("RGB")
    row = beside([grey, drawn], ["lightness", f"entropy: mean {values.mean() * most:.2f} nats"])
    marks = [(nats / most, f"{nats}") for nats in range(int(most) + 1)]
    return with_bar(row, "nats", [*marks, (1.0, "ln 313")], title)


def temperature_strip(
    prediction: Prediction, temperatures: Sequence[float] = PAPER_TEMPERATURES
) -> Image.Image:
    """Render the photo at several temperatures, from the mean (1) to the mode (0).

    Args:
        prediction: of a network with classes.
        temperatures: 0 or more each.

    Raises:
        ValueError: the network regresses ab, so it has no temperature.
    """
    need_classes(prediction)
    pictures = [
        Image.fromarray(prediction.picture(max(temperature, _COLDEST)))
        for temperature in temperatures
    ]
    ends = {1.0: " (mean)", 0.0: " (mode)"}
    return beside(pictures, [f"T = {t:g}{ends.get(t, '')}" for t in temperatures])
