"""The eye: how a network sees the frames of a film, upright and in their displayed shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import torch

from colorize_core.color.tone import FULL, tonal_range, within_border
from colorize_core.engine import ColorizeOptions, Colorizer, Hint, Prediction
from colorize_core.engine.colorizer import network_size
from colorize_core.engine.hints import rasterize_hints
from colorize_core.engine.page import HintsAt
from colorize_core.video.chroma import resized
from colorize_core.video.planes import Scale, lightness_table


@dataclass(frozen=True, slots=True)
class Shape:
    """How stored frames are shown.

    Attributes:
        size: height and width, as stored.
        aspect: of a stored pixel, width to height.
        turns: quarter turns, counterclockwise, after which the picture is upright.
    """

    size: tuple[int, int]
    aspect: Fraction = Fraction(1)
    turns: int = 0

    @property
    def shown(self) -> tuple[int, int]:
        """Height and width as shown, upright."""
        height, width = self.size[0], max(1, round(self.size[1] * self.aspect))
        return (width, height) if self.turns % 2 else (height, width)

    def upright(self, values: np.ndarray) -> np.ndarray:
        """Turn what is laid out as stored."""
        return np.ascontiguousarray(np.rot90(values, self.turns))

    def stored(self, values: np.ndarray) -> np.ndarray:
        """Turn what is upright back."""
        return np.ascontiguousarray(np.rot90(values, -self.turns))


class Eye:
    """A network with options, for the frames of one film.

    Args:
        colorizer: the network.
        options: of the film; hints are given frame by frame.
        shape: of the frames.
        scale: of their luma.

    Attributes:
        seen: height and width at which the network sees a frame, upright.
        cells: rows and columns of ab.
    """

    def __init__(
        self, colorizer: Colorizer, options: ColorizeOptions, shape: Shape, scale: Scale
    ) -> None:
        self.colorizer, self.options, self.shape = colorizer, options, shape
        self.side = options.size or colorizer.model.side_for(min(shape.shown))
        self.seen = network_size(shape.shown, self.side)
        stride = colorizer.network.stride
        self.cells = self.seen[0] // stride, self.seen[1] // stride
        self._table = lightness_table(scale)
        self._references = colorizer.references(options)

    def lightness(self, luma: np.ndarray) -> np.ndarray:
        """Reduce a frame to what the network sees: L, float32, upright."""
        down, across = self.seen
        size = (across, down) if self.shape.turns % 2 else (down, across)
        return self.shape.upright(self._table[resized(luma, size)])

    def look(self, lightness: np.ndarray, hints: Sequence[Hint] = ()) -> np.ndarray:
        """Predict the colours of a frame.

        Args:
            lightness: as :meth:`lightness` gives it.
            hints: in pixels of the frame as shown.

        Returns:
            ab, float32 ``(h, w, 2)``, upright.
        """
        options = self.options
        ab = self.predict(lightness, hints).ab(options.temperature, options.saturation)
        return np.ascontiguousarray(ab[0].permute(1, 2, 0).numpy())

    def predict(self, lightness: np.ndarray, hints: Sequence[Hint] = ()) -> Prediction:
        """Give the network's answer, of the size that it sees; see :meth:`look`."""
        options = self.options
        tones = FULL if options.as_is else tonal_range(within_border(lightness))
        looked = self.colorizer.look(
            tones.stretch(lightness),
            min(self.seen),
            self._hints_at(hints),
            as_is=True,
            whole=True,
            references=self._references,
        )
        return replace(looked, warmth=options.warmth)

    def _hints_at(self, hints: Sequence[Hint]) -> HintsAt:
        def at(size: tuple[int, int]) -> torch.Tensor | None:
            return rasterize_hints(hints, self.shape.shown, size)

        return at


def as_picture(lightness: np.ndarray) -> np.ndarray:
    """Round L to the levels in which movement is looked for, uint8."""
    return np.rint(lightness * 2.55).astype(np.uint8)
