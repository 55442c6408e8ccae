"""Alternatives: other colours that the network holds possible."""

from __future__ import annotations

import math
from typing import Any

import gradio as gr
import numpy as np
import torch.nn.functional as F

from colorize_core.engine.alternatives import Alternative
from colorize_core.engine.distribution import hex_of
from gradio_demo.components import as_data, choices
from gradio_demo.deadline import in_time
from gradio_demo.looks import looks_value
from gradio_demo.open_photo import OpenPhoto
from gradio_demo.page import ENGINE, Page, in_color, thumbnail
from gradio_demo.refusals import in_words
from gradio_demo.sizes import at_size, resized, size_within
from gradio_demo.tabs.colorize import ColorizeTab

_LONG_SIDE = 480
_WHERE = 140  # long side of the picture of a region
_COVER = 0.75  # of the photo below the region's colour, where it is surest
_SHOWN_LIGHTNESS = 65.0
_GREY = 8.0  # chroma below which a colour has no name
# Names of colours, each up to this hue angle in Lab, in degrees.
_HUES = (
    *((15, "Pink"), (48, "Red"), (72, "Orange"), (105, "Yellow"), (165, "Green")),
    *((220, "Teal"), (295, "Blue"), (325, "Violet"), (361, "Pink")),
)


class AlternativesTab:
    """The tab's components, and the handlers of their events."""

    def __init__(self, page: Page, colorize: ColorizeTab, tab: gr.Tab) -> None:
        self.page = page
        gr.HTML(
            '<p class="quiet">Where the network is unsure, it holds several colours possible. Each '
            "picture has another colour in one region, shown in its corner. Choose one to go on "
            "with; others can be combined with it, each in its own region.</p>"
        )
        self.choices = choices(
            "alternatives",
            "Plausible colorizations",
            empty="Open a photo first, or drop one here. This tab shows other colours that it "
            "could as well have, to choose from.",
        )
        tab.select(self.show, outputs=self.choices, **ENGINE)
        pictures = [self.choices, colorize.compare, colorize.looks]
        self.choices.chosen(
            self.choose, outputs=[*pictures, page.tabs], show_progress_on=pictures, **ENGINE
        )

    @in_words
    @in_time
    def show(self, request: gr.Request) -> dict[str, Any] | None:
        """Show the alternatives of the photo; None if none is open."""
        photo = self.page.photo(request)
        return None if photo is None else _value(photo)

    @in_words
    @in_time
    def choose(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Go on with the alternative that was chosen, alone or beside those before."""
        photo = self.page.desk.photo(request)
        photo.pick(event._data.get("index", -1), bool(event._data.get("beside")))
        shown = gr.Tabs(selected="colorize")
        return _value(photo), in_color(photo), looks_value(photo), shown


def hue_name(ab: tuple[float, float]) -> str:
    """Name a colour of this a and b, roughly."""
    if math.hypot(*ab) < _GREY:
        return "Grey"
    angle = math.degrees(math.atan2(ab[1], ab[0])) % 360
    return next(name for end, name in _HUES if angle < end)


def region_picture(photo: OpenPhoto, one: Alternative) -> np.ndarray:
    """Draw the region that an alternative is about: the photo in grey, the region in its colour.

    Returns:
        sRGB, uint8 ``(H, W, 3)``, small.
    """
    small = resized(photo.preview.lightness, size_within(photo.preview.size, _WHERE))
    grey = at_size(photo.prediction(plain=True), small).picture(saturation=0.0)
    region = F.interpolate(one.region[None, None], small.shape, mode="bilinear")[0, 0]
    color = hex_of(_SHOWN_LIGHTNESS, one.ab)
    paint = np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)])
    share = _COVER * region.clamp(0, 1).numpy()[..., None]
    return (grey * (1 - share) + paint * share).round().astype(np.uint8)


def _value(photo: OpenPhoto) -> dict[str, Any]:
    plain = photo.prediction(plain=True)
    pictures: list[dict[str, Any]] = [
        {
            "picture": thumbnail(photo, plain, _LONG_SIDE),
            "title": "As predicted",
            "note": "the mean of what is likely",
        }
    ]
    picked = photo.picked
    for number, one in enumerate(photo.alternatives(), 1):
        beside = "Combine" if number not in picked else "Leave out" if len(picked) > 1 else ""
        pictures.append(
            {
                "picture": thumbnail(photo, one.of(plain), _LONG_SIDE),
                "title": hue_name(one.ab),
                "color": hex_of(_SHOWN_LIGHTNESS, one.ab),
                "where": as_data(region_picture(photo, one)),
                "note": f"in the region shown, {100 * one.share:.0f} % likely",
                "beside": beside if picked != [0] else "",
            }
        )
    return {"pictures": pictures, "chosen": picked}
