"""The common ground of the tabs: the desk, and pictures of its photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from colorize_core.engine import Prediction
from gradio_demo.components import as_data
from gradio_demo.desk import Desk
from gradio_demo.engines import Engines
from gradio_demo.open_photo import OpenPhoto
from gradio_demo.refusals import Refusal
from gradio_demo.rendering import rendered
from gradio_demo.settings import Settings
from gradio_demo.sizes import at_size, resized, size_within
from gradio_demo.tray import Tray
from gradio_demo.workshop import Workshop

_IN_TRAY = 144  # pixels of a picture's long side

# Everything that needs a network waits in one line.
ENGINE: dict[str, Any] = {
    "concurrency_id": "engine",
    "concurrency_limit": 1,
    "api_visibility": "private",
}
# Quick things do not wait for others' photos.
QUICK: dict[str, Any] = {"concurrency_limit": 4, "api_visibility": "private"}
# Tidying up after a refusal must not be refused itself where the queue is full.
AT_ONCE: dict[str, Any] = {"queue": False, "api_visibility": "private"}


def unseen(part: gr.components.Component) -> dict[str, Any]:
    """Have a handler that changes much of the page show no progress.

    Gradio tells all that shows progress, hidden or not, of every later request of the page; where
    that holds other parts, it first copies all of them with their pictures.

    Args:
        part: which is told alone, and holds no others.
    """
    return {"show_progress": "hidden", "show_progress_on": part}


@dataclass(frozen=True, slots=True)
class Page:
    """The studio, as every tab gets it.

    Attributes:
        settings: of the studio.
        engines: its networks.
        desk: the open photos of its visitors.
        tabs: to switch between them.
        blocks: the page itself.
        tray: the photos side by side.
    """

    settings: Settings
    engines: Engines
    desk: Desk
    tabs: gr.Tabs
    blocks: gr.Blocks
    tray: gr.HTML

    def photo(self, request: gr.Request) -> OpenPhoto | None:
        """Look up the visitor's open photo, if there is one."""
        try:
            return self.desk.photo(request)
        except Refusal:
            return None

    @property
    def workshop(self) -> Workshop:
        """Where photos are read, looked at and written."""
        return self.desk.workshop


def picture_of(photo: OpenPhoto, prediction: Prediction | None = None) -> str:
    """Render the preview of a photo in colour, as its visitor has chosen."""
    options = photo.options
    prediction = prediction or photo.prediction()
    return as_data(rendered(photo, prediction, options.temperature, options.saturation))


def grey_of(photo: OpenPhoto) -> str:
    """Render the preview of a photo without any colour."""
    return as_data(photo.prediction().picture(saturation=0.0))


def thumbnail(
    photo: OpenPhoto,
    prediction: Prediction,
    long_side: int,
    temperature: float | None = None,
) -> str:
    """Render a small picture of a photo in colour.

    Args:
        photo: of the visitor.
        prediction: of its colours.
        long_side: in pixels, at most.
        temperature: in place of the chosen one.
    """
    if long_side < max(photo.preview.size):
        small = resized(photo.preview.lightness, size_within(photo.preview.size, long_side))
        prediction = at_size(prediction, small)
    options = photo.options
    temperature = temperature or options.temperature
    return as_data(rendered(photo, prediction, temperature, options.saturation))


def in_color(photo: OpenPhoto, picture: str | None = None) -> dict[str, str]:
    """Make the value of a comparison with its picture in colour, at the chosen output size.

    Args:
        photo: of the visitor.
        picture: of the whole preview, if it was rendered already.
    """
    if picture is not None and photo.long_side >= max(photo.preview.size):
        return {"after": picture}
    return {"after": thumbnail(photo, photo.prediction(), photo.long_side)}


def keep_picture(tray: Tray, photo: OpenPhoto) -> None:
    """Render the small picture of a photo in the tray as it is now."""
    tray.pictures[photo.folder] = thumbnail(photo, photo.prediction(), _IN_TRAY)


def tray_value(tray: Tray) -> dict[str, Any]:
    """Make the value of the tray; a photo that is alone has no need of one."""
    photos = tray.photos if len(tray.photos) > 1 else []
    for photo in photos:
        if photo.folder not in tray.pictures:
            keep_picture(tray, photo)
    return {
        "photos": [
            {
                "picture": tray.pictures[photo.folder],
                "name": photo.path.name,
                "open": photo is tray.open,
            }
            for photo in photos
        ]
    }


def canvas_value(photo: OpenPhoto, picture: str) -> dict[str, Any]:
    """Make the value of a canvas from a photo and its picture."""
    height, width = photo.size
    return {"picture": picture, "width": width, "height": height}


def on_preview(photo: OpenPhoto, x: float, y: float) -> tuple[float, float]:
    """Find a point of the photo on its preview."""
    height, width = photo.preview.size
    return x * width / photo.size[1], y * height / photo.size[0]
