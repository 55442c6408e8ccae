"""Only a part: paint over what is to be colorized, or what is to stay as it was."""

from __future__ import annotations

from typing import Any

import gradio as gr

from gradio_demo.components import mask
from gradio_demo.deadline import in_time
from gradio_demo.looks import looks_value
from gradio_demo.page import AT_ONCE, ENGINE, Page, canvas_value, in_color, picture_of
from gradio_demo.refusals import in_words
from gradio_demo.tabs.colorize import ColorizeTab


class MaskTab:
    """The tab's components, and the handlers of their events."""

    def __init__(self, page: Page, colorize: ColorizeTab, tab: gr.Tab) -> None:
        self.page = page
        gr.HTML(
            '<p class="quiet">Paint over a part of the photo: it alone is colorized, or it alone '
            'stays as it was. <span class="by-mouse">The wheel zooms. By keyboard: arrows move, '
            'Enter paints, Ctrl+Z takes back.</span><span class="by-touch">Two fingers zoom.'
            "</span></p>"
        )
        self.canvas = mask(
            "mask",
            label="Photo to paint a mask on",
            empty="Open a photo first, or drop one here. In this tab you paint over the part that "
            "is to be colorized, or that is to stay as it was.",
        )
        tab.select(self.show, outputs=self.canvas, show_progress="hidden", **ENGINE)
        self.canvas.painted(
            self.paint,
            outputs=[self.canvas, colorize.compare, colorize.looks],
            show_progress="hidden",
            trigger_mode="always_last",
            **ENGINE,
        ).failure(self.show, outputs=self.canvas, show_progress="hidden", **AT_ONCE)

    @in_words
    @in_time
    def show(self, request: gr.Request) -> dict[str, Any] | None:
        """Show the photo with its mask; None if none is open."""
        photo = self.page.photo(request)
        if photo is None:
            return None
        strokes = {"strokes": list(photo.masking.strokes), "keeps": photo.masking.keeps}
        return canvas_value(photo, picture_of(photo)) | strokes

    @in_words
    @in_time
    def paint(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Colorize the part that is painted over, or all but that."""
        photo = self.page.desk.photo(request)
        photo.mask(event._data.get("strokes", []), bool(event._data.get("keeps")))
        picture = picture_of(photo)
        return {"picture": picture}, in_color(photo, picture), looks_value(photo)
