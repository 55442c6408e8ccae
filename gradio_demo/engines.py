"""The networks of the studio: loaded when they are first needed, one at work at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from colorize_core.color.kernels import begin_loading
from colorize_core.engine import Colorizer
from colorize_core.models.loading import short_name
from colorize_core.photo import Photo
from gradio_demo.deadline import Turn


class Engines:
    """Colorizers by name. All visitors share them, under one lock.

    Args:
        models: registered names or paths of weights.
        device: on which they run.

    Raises:
        ValueError: the first model cannot be used, or two have the same name.
        FileNotFoundError: it has no weights.
    """

    def __init__(self, models: Sequence[str], device: str = "auto") -> None:
        self._models = {short_name(model): model for model in models}
        if len(self._models) != len(models) or not models:
            raise ValueError(f"models need different names; got {', '.join(models) or 'none'}")
        self.device = device
        self.lock = Turn()
        self._loaded: dict[str, Colorizer] = {}
        self._warm_up()

    @property
    def names(self) -> list[str]:
        """The models to choose between."""
        return list(self._models)

    def colorizer(self, name: str) -> Colorizer:
        """Look up a colorizer by name; call its network only under :attr:`lock`.

        Raises:
            ValueError: there is no such model here.
        """
        if name not in self._models:
            raise ValueError(f"no model named {name!r} here; there are {', '.join(self.names)}")
        loaded = self._loaded.get(name)  # nobody waits for a photo of another's to ask for that
        if loaded is not None:
            return loaded
        with self.lock:
            if name not in self._loaded:
                self._loaded[name] = Colorizer(self._models[name], self.device)
            return self._loaded[name]

    def take_from(self, thread: int) -> None:
        """Go on without a stuck thread: others get their turn, with new networks.

        Args:
            thread: its number.
        """
        if self.lock.take_from(thread):
            self._loaded = {}

    def _warm_up(self) -> None:
        """Load everything now, so that the first visitors need not wait."""
        begin_loading()
        with self.lock:
            self.colorizer(self.names[0]).colorize(Photo(np.zeros((64, 64), np.uint8)))
