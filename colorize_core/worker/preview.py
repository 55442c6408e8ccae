"""Small pictures of a layer that was looked at: what a dialog shows while its sliders move.

No forward pass is needed, nor the layer's full size: a few milliseconds make one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from colorize_core.engine.distribution import plausible_colors
from colorize_core.engine.framing import Frame
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.prediction import Prediction
from colorize_core.engine.resize import areas
from colorize_core.worker.layer import Looked, color_layer
from colorize_core.worker.wire import RGB

LONGEST = 2048  # pixels of a side


class Previews:
    """The previews of one layer.

    Args:
        looked: the layer.
    """

    def __init__(self, looked: Looked) -> None:
        self.looked = looked
        self._chosen: dict[int, Prediction] = {}
        self._small: dict[tuple[int, int], Looked] = {}
        self._count: int | None = None

    @property
    def alternatives(self) -> int:
        """How many alternatives there are."""
        if self._count is None:
            found = self.looked.alternatives()
            self._count = len(found)
            for number, one in enumerate(found, 1):
                self._chosen[number] = one.of(self.looked.prediction)
        return self._count

    @torch.inference_mode()
    def picture(self, size: tuple[int, int], options: Mapping[str, Any]) -> np.ndarray:
        """Colour a small picture of the layer.

        Args:
            size: height and width.
            options: temperature, saturation and alternative.

        Returns:
            sRGB and alpha, uint8 ``(H, W, 4)``.

        Raises:
            ValueError: an option or the size makes no sense.
        """
        values = dict(options)
        alternative = values.pop("alternative", 0)
        chosen = ColorizeOptions(**values)
        small = self._reduced(size)
        prediction = replace(
            self._prediction(alternative),
            lightness=small.prediction.lightness,
            frames=small.prediction.frames,
        )
        looked = replace(small, prediction=prediction)
        strips = color_layer(looked, chosen, RGB, lambda *_: None)
        return np.concatenate([strip for _, strip in strips])

    def colors(self, x: float, y: float) -> list[dict[str, Any]]:
        """List the likely colours of a pixel, the likeliest first; none without classes.

        Raises:
            ValueError: the pixel lies outside.
        """
        if not self.looked.has_classes:
            return []
        found = plausible_colors(self.looked.prediction, x, y)
        return [{"color": one.color, "share": one.share} for one in found]

    def _prediction(self, alternative: int) -> Prediction:
        if not alternative:
            return self.looked.prediction
        if not 1 <= alternative <= self.alternatives:
            raise ValueError(
                f"there is no alternative {alternative}, but {self.alternatives} of them"
            )
        return self._chosen[alternative]

    def _reduced(self, size: tuple[int, int]) -> Looked:
        """Reduce the layer to a size; the last one is kept."""
        if not all(type(side) is int and 1 <= side <= LONGEST for side in size):
            raise ValueError(f"a preview's sides are 1 to {LONGEST} pixels; got {size}")
        if size not in self._small:
            self._small = dict(list(self._small.items())[-1:])
            self._small[size] = _reduce(self.looked, size)
        return self._small[size]


def _reduce(looked: Looked, size: tuple[int, int]) -> Looked:
    prediction = looked.prediction
    height, width = prediction.lightness.shape
    lightness = areas(torch.from_numpy(prediction.lightness)[None, None], size)[0, 0].numpy()
    rows = np.arange(size[0]) * height // size[0]
    columns = np.arange(size[1]) * width // size[1]
    alpha = looked.pixels[..., 1][rows[:, None], columns]
    shares = alpha / np.float32(255.0) if alpha.dtype == np.uint8 else alpha
    painted = looked.painted
    return Looked(
        np.ascontiguousarray(np.stack((lightness, shares), 2), np.float32),
        None if painted is None else _thinned(painted, size),
        replace(prediction, lightness=np.ascontiguousarray(lightness), frames=_at(looked, size)),
        looked.takes_hints,
    )


def _thinned(painted: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Reduce paint so that the finest stroke is still seen: of each cell its most covering pixel.

    Only rows and columns with paint are looked at.
    """
    small = np.zeros((*size, 4), np.uint8)
    height, width = painted.shape[:2]
    rows, columns = np.nonzero(painted[..., 3])
    values = painted[rows, columns]
    order = np.argsort(values[:, 3], kind="stable")
    down, across = rows * size[0] // height, columns * size[1] // width
    small[down[order], across[order]] = values[order]
    return small


def _at(looked: Looked, size: tuple[int, int]) -> tuple[Frame, ...]:
    """Scale the photographs on a scan to another height and width."""
    height, width = looked.prediction.lightness.shape
    down, across = size[0] / height, size[1] / width
    return tuple(
        Frame(
            round(frame.top * down),
            round(frame.left * across),
            round(frame.bottom * down),
            round(frame.right * across),
        )
        for frame in looked.prediction.frames
    )
