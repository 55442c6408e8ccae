"""The last answers of the networks to one photo, so that what is asked again costs no pass."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from colorize_core.engine.framing import Frame
from colorize_core.photo import Photo
from gradio_demo.chosen import Chosen
from gradio_demo.workshop import Workshop

_KEPT = 3  # as it was, with the hints of now, with those before


class Said(NamedTuple):
    """The answer of a network, see :class:`Prediction`: all of it but the lightness."""

    output: Tensor
    temperature: float
    closer: Tensor | None
    frames: tuple[Frame, ...]


class Answers:
    """What the networks have said about a photo.

    Args:
        workshop: reads it, and has it looked at.
        path: of the photo.
    """

    def __init__(self, workshop: Workshop, path: Path) -> None:
        self._workshop = workshop
        self._path = path
        self._kept: OrderedDict[tuple, Said] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def to(self, chosen: Chosen, photo: Photo | None = None) -> Said:
        """Look up or compute the answer to what was chosen.

        Args:
            chosen: for the photo.
            photo: as it was read; None reads it.
        """
        options = chosen.options
        key = (
            *(chosen.model, options.size, options.hints, options.as_is, options.detail),
            *(options.like, options.likeness),
        )
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        photo = photo or self._workshop.read(self._path)
        looked = self._workshop.look(photo, chosen.model, options)
        said = Said(looked.output, looked.temperature, looked.closer, looked.frames)
        with self._lock:
            self._kept[key] = said
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return said

    def forget(self) -> None:
        """Drop all of them."""
        with self._lock:
            self._kept.clear()
