"""What a network said of one photograph, ready to be rendered again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from colorize_core.color.encoding import annealed_mean
from colorize_core.color.gamut import BIN_COUNT, fit_gamut
from colorize_core.color.lab import bytes_of_rgb, lab_to_rgb
from colorize_core.engine.strips import by_strips
from colorize_core.engine.upsample import upsampler
from colorize_core.photo.depth import as_depth

AB_SCALE = 110.0  # what regression networks divide ab by


@dataclass(frozen=True, slots=True)
class Prediction:
    """A network's output for one photo, and the photo's lightness.

    Attributes:
        output: ``(1, 313, h, w)`` logits or ``(1, 2, h, w)`` ab / 110, on the CPU, at the
            network's stride.
        lightness: L in 0..100, float32 ``(H, W)``, at the photo's own size.
        temperature: what :meth:`render` takes unless told otherwise.
    """

    output: Tensor
    lightness: np.ndarray
    temperature: float

    def ab(self, temperature: float | None = None, saturation: float = 1.0) -> Tensor:
        """Decode to ab at the network's stride, ``(1, 2, h, w)``, without a forward pass.

        Args:
            temperature: of the annealed mean, above 0; regression networks have none.
            saturation: factor on ab.
        """
        if self.output.shape[1] == BIN_COUNT:
            chosen = self.temperature if temperature is None else temperature
            ab = annealed_mean(self.output, chosen)
        else:
            ab = self.output * AB_SCALE
        return ab * saturation

    def render(self, temperature: float | None = None, saturation: float = 1.0) -> np.ndarray:
        """The photo's ab at its own size, in gamut: float32 ``(H, W, 2)``."""
        ab = np.empty((*self.lightness.shape, 2), np.float32)
        strips = self._strips(
            temperature, saturation, lambda lab: lab[0, 1:].permute(1, 2, 0).numpy()
        )
        for rows, strip in strips:
            ab[rows] = strip
        return ab

    def picture(
        self,
        temperature: float | None = None,
        saturation: float = 1.0,
        dtype: np.dtype | type = np.uint8,
    ) -> np.ndarray:
        """The colorized photo at its own size, its L untouched.

        Args:
            temperature: as for :meth:`ab`.
            saturation: factor on ab.
            dtype: uint8, uint16, or float32 for values in 0..1.

        Returns:
            sRGB ``(H, W, 3)``.
        """
        picture = np.empty((*self.lightness.shape, 3), dtype)

        def rgb(lab: Tensor) -> np.ndarray:
            if picture.dtype == np.uint8:
                return bytes_of_rgb(lab_to_rgb(lab))
            return as_depth(lab_to_rgb(lab)[0].permute(1, 2, 0).numpy(), dtype)

        for rows, strip in self._strips(temperature, saturation, rgb):
            picture[rows] = strip
        return picture

    def _strips(
        self, temperature: float | None, saturation: float, render: Callable[[Tensor], np.ndarray]
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """What is made of Lab in gamut, by strips, so that memory does not grow with the photo."""
        lightness = torch.from_numpy(self.lightness)
        upsampled = upsampler(self.ab(temperature, saturation), lightness)

        def strip(rows: slice) -> np.ndarray:
            lab = torch.cat((lightness[None, None, rows], upsampled(rows)), 1)
            return render(fit_gamut(lab))

        return by_strips(strip, *lightness.shape)
