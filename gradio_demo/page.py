"""What the parts of the page share: the desk, and how a photo is shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from colorize_core.engine import Prediction
from gradio_demo.components import as_data
from gradio_demo.desk import Desk, OpenPhoto, resized, size_within
from gradio_demo.engines import Engines
from gradio_demo.settings import Settings

# Everything that makes a network work waits in one line.
ENGINE: dict[str, Any] = {
    "concurrency_id": "engine",
    "concurrency_limit": 1,
    "api_visibility": "private",
}
# What is quick, and shall not wait for others' photos.
QUICK: dict[str, Any] = {"concurrency_limit": 4, "api_visibility": "private"}
# What tidies up after a refusal, and must not be refused itself where the queue is full.
AT_ONCE: dict[str, Any] = {"queue": False, "api_visibility": "private"}


@dataclass(frozen=True, slots=True)
class Page:
    """Handed to every tab.

    Attributes:
        settings: of the studio.
        engines: its networks.
        desk: what its visitors have open.
        tabs: to switch between them.
    """

    settings: Settings
    engines: Engines
    desk: Desk
    tabs: gr.Tabs = field(default_factory=gr.Tabs)

    def picture(self, photo: OpenPhoto, prediction: Prediction | None = None) -> str:
        """The preview of a photo in colour, as the visitor's options have it."""
        options = photo.options
        prediction = prediction or self.desk.prediction(photo)
        return as_data(prediction.picture(options.temperature, options.saturation))

    def grey(self, photo: OpenPhoto) -> str:
        """The preview of a photo in grey: its lightness, without any colour."""
        return as_data(self.desk.prediction(photo).picture(saturation=0.0))

    def thumbnail(self, photo: OpenPhoto, prediction: Prediction, long_side: int) -> str:
        """A small picture of a photo in colour."""
        if long_side < max(photo.preview_size):
            small = resized(photo.lightness, size_within(photo.preview_size, long_side))
            prediction = replace(prediction, lightness=small)
        return self.picture(photo, prediction)

    def canvas_value(self, photo: OpenPhoto, picture: str) -> dict[str, Any]:
        """What a canvas needs of a photo."""
        height, width = photo.size
        return {"picture": picture, "width": width, "height": height}

    def on_preview(self, photo: OpenPhoto, x: float, y: float) -> tuple[float, float]:
        """A point of the photo on its preview."""
        height, width = photo.preview_size
        return x * width / photo.size[1], y * height / photo.size[0]
