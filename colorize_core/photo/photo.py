"""A photograph in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


class PhotoError(Exception):
    """A photograph cannot be read or written. The message names the file and the reason."""


@dataclass(slots=True)
class Photo:
    """Pixels and what comes with them.

    Attributes:
        pixels: sRGB: uint8 or float32 in 0..1, grey ``(H, W)`` or colour ``(H, W, 3)``.
        alpha: opacity, uint8 ``(H, W)``, or None.
        info: what Pillow's ``save`` takes along: ``exif``, ``icc_profile``, ``dpi``.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.pixels.shape[:2]
        return height, width
