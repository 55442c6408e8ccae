"""The answer of a network to one photograph, ready to be rendered again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from colorize_core.color.balance import warmed
from colorize_core.color.encoding import decode
from colorize_core.engine.detail import with_details
from colorize_core.engine.framing import Frame, around
from colorize_core.engine.rendering import Form, Painter, beside, painter
from colorize_core.engine.strips import each_strip


@dataclass(frozen=True, slots=True)
class Prediction:
    """A network's output for one photo, and the photo's lightness.

    Attributes:
        output: ``(1, 313, h, w)`` logits or ``(1, 2, h, w)`` ab / 110, on the CPU, at the
            network's stride.
        lightness: L in 0..100, float32 ``(H, W)``, at the photo's own size.
        temperature: what :meth:`render` takes unless told otherwise.
        closer: output of a closer look, ``(1, 313 or 2, H', W')``, for the details; None for none.
        frames: the photographs on the scan, where it has a border.
        warmth: white balance of its colours, see :class:`~.options.ColorizeOptions`.
    """

    output: Tensor
    lightness: np.ndarray
    temperature: float
    closer: Tensor | None = None
    frames: tuple[Frame, ...] = ()
    warmth: float = 0.0

    def __repr__(self) -> str:
        height, width = self.lightness.shape
        kind = "ab" if self.output.shape[1] == 2 else f"logits of {self.output.shape[1]} colours"
        down, across = self.output.shape[2:]
        closer = "" if self.closer is None else ", with a closer look"
        return (
            f"<Prediction of a photo of {width} x {height} pixels: {kind} at {across} x {down}, "
            f"T = {self.temperature:g}{closer}>"
        )

    def ab(self, temperature: float | None = None, saturation: float = 1.0) -> Tensor:
        """Decode to ab at the network's stride, ``(1, 2, h, w)``, without a forward pass.

        With a closer look, it is that one's ``(1, 2, H', W')``.

        Args:
            temperature: of the annealed mean, above 0; regression networks have none.
            saturation: factor on ab.
        """
        chosen = self.temperature if temperature is None else temperature
        ab = decode(self.output, chosen)
        if self.closer is not None:
            ab = with_details(ab, decode(self.closer, chosen))
        return warmed(ab, self.warmth) * saturation

    def render(self, temperature: float | None = None, saturation: float = 1.0) -> np.ndarray:
        """Render the photo's ab at its own size, in gamut: float32 ``(H, W, 2)``."""
        rendered = np.empty((*self.lightness.shape, 2), np.float32)
        self._fill(rendered, self.painter(Form.AB, temperature, saturation))
        return rendered

    def picture(
        self,
        temperature: float | None = None,
        saturation: float = 1.0,
        dtype: np.dtype | type = np.uint8,
        out: np.ndarray | None = None,
        paint: np.ndarray | None = None,
    ) -> np.ndarray:
        """Render the colorized photo at its own size, its L untouched.

        Args:
            temperature: as for :meth:`ab`.
            saturation: factor on ab.
            dtype: uint8, uint16, or float32 for values in 0..1.
            out: where to, contiguous ``(H, W, 3)`` of that type; None makes a new array.
            paint: as for :meth:`painter`.

        Returns:
            sRGB ``(H, W, 3)``.
        """
        picture = np.empty((*self.lightness.shape, 3), dtype) if out is None else out
        self._fill(picture, self.painter(Form.RGB, temperature, saturation, paint))
        return picture

    def painter(
        self,
        form: Form,
        temperature: float | None = None,
        saturation: float = 1.0,
        paint: np.ndarray | None = None,
    ) -> Painter:
        """Make the painter of this photo's strips: :func:`~colorize_core.engine.rendering.painter`.

        Args:
            form: of the strips.
            temperature: as for :meth:`ab`.
            saturation: factor on ab.
            paint: colours that lie over the predicted ones, sRGB and alpha, uint8 ``(H, W, 4)``.
        """
        ab = self.ab(temperature, saturation)
        colored = painter(ab, self.lightness, form, paint)
        if not self.frames:
            return colored
        grey = painter(torch.zeros_like(ab), self.lightness, form, paint)
        return beside(colored, grey, around(self.lightness.shape, self.frames))

    def _fill(self, pixels: np.ndarray, paint: Painter) -> None:
        each_strip(lambda rows: paint(rows, pixels[rows]), *self.lightness.shape)
