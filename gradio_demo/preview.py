"""A photo at the size of the pictures on the page: its lightness, and its pixels as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.photo import Photo
from colorize_core.photo.depth import as_depth
from gradio_demo.sizes import pixels_at, shrunk
from gradio_demo.workshop import Workshop


class Preview:
    """The preview of a photo; what was dropped of it is computed again once it is needed.

    Args:
        workshop: reads the photo.
        path: of the photo.
        photo: as it was read.

    Attributes:
        size: height and width.
    """

    def __init__(self, workshop: Workshop, path: Path, photo: Photo) -> None:
        self._workshop = workshop
        self._path = path
        self._own: np.ndarray | None = None
        self._lightness: np.ndarray | None = self._shrunk(photo)
        height, width = self._lightness.shape
        self.size = height, width

    @property
    def lightness(self) -> np.ndarray:
        """L, float32 ``(h, w)``."""
        lightness = self._lightness
        if lightness is None:
            lightness = self._lightness = self._shrunk(self._workshop.read(self._path))
        return lightness

    @property
    def own(self) -> np.ndarray:
        """The photo as it was, uint8 ``(h, w)`` or ``(h, w, 3)``."""
        own = self._own
        if own is None:
            pixels = as_depth(self._workshop.read(self._path).pixels, np.uint8)
            own = self._own = pixels_at(pixels, self.size)
        return own

    @property
    def is_dropped(self) -> bool:
        """Whether the next look at it has to be computed."""
        return self._lightness is None

    def drop(self) -> None:
        """Keep the size alone."""
        self._lightness = self._own = None

    def _shrunk(self, photo: Photo) -> np.ndarray:
        return shrunk(lightness_of_pixels(photo.pixels), self._workshop.settings.preview_pixels)
