"""Hints: paint a colour somewhere, and it spreads over the object."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import gradio as gr

from colorize_core.engine.distribution import plausible_colors
from colorize_core.engine.hints import hints_of, read_hints
from gradio_demo.components import canvas
from gradio_demo.deadline import in_time
from gradio_demo.looks import looks_value
from gradio_demo.page import (
    AT_ONCE,
    ENGINE,
    QUICK,
    Page,
    canvas_value,
    in_color,
    on_preview,
    picture_of,
)
from gradio_demo.refusals import in_words
from gradio_demo.strokes import strokes_of_hints
from gradio_demo.tabs.colorize import ColorizeTab


class HintsTab:
    """The tab's components, and the handlers of their events."""

    def __init__(self, page: Page, colorize: ColorizeTab, tab: gr.Tab) -> None:
        self.page = page
        self.colorize = colorize
        gr.HTML(
            '<p class="quiet">Paint where you know a colour. <span class="by-mouse">'
            "Rest on a place to see which colours the network holds possible there, the most "
            "likely first; click one to paint. The wheel zooms. By keyboard: arrows move, "
            "Enter paints, Ctrl+Z takes back."
            '</span><span class="by-touch">With “Ask for colours”, a tap shows which are '
            "likely there; tap one to paint it. Two fingers zoom.</span></p>"
        )
        self.canvas = canvas(
            "hints",
            paint=True,
            label="Photo to paint colour hints on",
            empty="Open a photo first, or drop one here. In this tab you paint colours that you "
            "know, and each spreads over its object.",
        )
        tab.select(self.show, outputs=self.canvas, show_progress="hidden", **ENGINE)
        self.canvas.asked(
            self.ask,
            outputs=self.canvas,
            show_progress="hidden",
            trigger_mode="always_last",
            **QUICK,
        )
        for event, handler in ((self.canvas.saved, self.save), (self.canvas.loaded, self.load)):
            event(handler, outputs=self.canvas, show_progress="hidden", **QUICK)
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
        """Show the photo with its strokes; None if none is open."""
        photo = self.page.photo(request)
        if photo is None:
            return None
        return canvas_value(photo, picture_of(photo)) | {"strokes": photo.strokes}

    @in_words
    @in_time
    def ask(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """List the plausible colours at a point."""
        photo = self.page.desk.photo(request)
        point = on_preview(photo, *point_of(event))
        colors = plausible_colors(photo.prediction(), *point)
        return {"palette": [{"color": one.color, "share": one.share} for one in colors]}

    @in_words
    @in_time
    def paint(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Colorize the photo with strokes as hints."""
        photo = self.page.desk.photo(request)
        photo.paint(event._data.get("strokes", []))
        picture = picture_of(photo)
        return {"picture": picture}, in_color(photo, picture), looks_value(photo)

    @in_words
    def save(self, request: gr.Request) -> dict[str, Any]:
        """Write the hints as JSON, for the browser to save."""
        photo = self.page.desk.photo(request)
        hints = [asdict(hint) for hint in hints_of(photo.options.hints)]
        name = f"{photo.path.stem}-hints.json"
        return {"file": {"name": name, "text": json.dumps(hints, indent=1)}}

    @in_words
    def load(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """Read the hints of a file as strokes."""
        photo = self.page.desk.photo(request)
        path = self.page.desk.private_folder(request) / "hints.json"
        with self.page.desk.visits.writing(path):
            path.write_text(str(event._data.get("text", "")), "utf-8")
        try:
            hints = read_hints(path, photo.path.name)
        finally:
            self.page.desk.visits.drop(path.parent)
        return {"loaded": strokes_of_hints(hints, photo.size)}


def point_of(event: gr.EventData) -> tuple[float, float]:
    """Read the point of a canvas's event, in pixels of the photo.

    Raises:
        ValueError: the event says nothing of a place.
    """
    try:
        return float(event._data["x"]), float(event._data["y"])
    except (KeyError, TypeError):
        raise ValueError("expected x and y, in pixels of the photo") from None
