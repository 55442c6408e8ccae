"""Alternatives: what the network holds possible besides what it shows."""

from __future__ import annotations

import math
from typing import Any

import gradio as gr

from colorize_core.engine.alternatives import alternatives
from colorize_core.engine.distribution import hex_of
from gradio_demo.colorize_tab import ColorizeTab
from gradio_demo.components import choices
from gradio_demo.deadline import in_time
from gradio_demo.desk import OpenPhoto
from gradio_demo.page import ENGINE, Page
from gradio_demo.refusals import Refusal, in_words

_COUNT = 5
_LONG_SIDE = 480
_SHOWN_LIGHTNESS = 65.0
_GREY = 8.0  # chroma below which a colour has no name
# Hue angles in Lab, degrees, up to which a colour has this name.
_HUES = (
    *((15, "Pink"), (48, "Red"), (72, "Orange"), (105, "Yellow"), (165, "Green")),
    *((220, "Teal"), (295, "Blue"), (325, "Violet"), (361, "Pink")),
)


class AlternativesTab:
    """The tab's components, and what they do."""

    def __init__(self, page: Page, colorize: ColorizeTab, tab: gr.Tab) -> None:
        self.page = page
        gr.HTML(
            '<p class="quiet">Where the network is unsure it holds several colours possible. Each '
            "picture decides otherwise in one region. Choose one to go on with.</p>"
        )
        self.choices = choices("alternatives")
        tab.select(self.show, outputs=self.choices, **ENGINE)
        self.choices.chosen(
            self.choose, outputs=[self.choices, colorize.compare, page.tabs], **ENGINE
        )

    @in_words
    @in_time
    def show(self, request: gr.Request) -> dict[str, Any] | None:
        try:
            photo = self.page.desk.photo(request)
        except Refusal:
            return None
        return self._value(photo)

    @in_words
    @in_time
    def choose(self, event: gr.EventData, request: gr.Request):
        photo = self.page.desk.photo(request)
        found = [None, *self._alternatives(photo)]
        index = int(event._data.get("index", -1))
        if not 0 <= index < len(found):
            raise Refusal(f"there is no alternative {index}")
        photo.alternative = found[index]
        value = self._value(photo)
        return value, {"after": self.page.picture(photo)}, gr.Tabs(selected="colorize")

    def _alternatives(self, photo: OpenPhoto) -> list:
        if photo.alternatives is None:
            photo.alternatives = alternatives(self.page.desk.prediction(photo, plain=True), _COUNT)
        return photo.alternatives

    def _value(self, photo: OpenPhoto) -> dict[str, Any]:
        plain = self.page.desk.prediction(photo, plain=True)
        found = self._alternatives(photo)
        pictures = [
            {
                "picture": self.page.thumbnail(photo, plain, _LONG_SIDE),
                "title": "As predicted",
                "note": "the mean of what is likely",
            }
        ]
        for one in found:
            pictures.append(
                {
                    "picture": self.page.thumbnail(photo, one.of(plain), _LONG_SIDE),
                    "title": hue_name(one.ab),
                    "color": hex_of(_SHOWN_LIGHTNESS, one.ab),
                    "note": f"in one region, {100 * one.share:.0f} % likely",
                }
            )
        chosen = 0 if photo.alternative is None else 1 + _index(found, photo.alternative)
        return {"pictures": pictures, "chosen": chosen}


def hue_name(ab: tuple[float, float]) -> str:
    """What people call a colour of this a and b, roughly."""
    if math.hypot(*ab) < _GREY:
        return "Grey"
    angle = math.degrees(math.atan2(ab[1], ab[0])) % 360
    return next(name for end, name in _HUES if angle < end)


def _index(found: list, one) -> int:
    return next((number for number, other in enumerate(found) if other is one), -1)
