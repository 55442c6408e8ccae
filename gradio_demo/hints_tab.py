"""Hints: paint what colour something has, and the colour spreads to what it belongs to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import gradio as gr

from colorize_core.engine import Hint
from colorize_core.engine.distribution import plausible_colors
from gradio_demo.colorize_tab import ColorizeTab
from gradio_demo.components import canvas
from gradio_demo.deadline import in_time
from gradio_demo.page import ENGINE, QUICK, Page
from gradio_demo.refusals import Refusal, in_words

_MOST_DABS = 4000  # of all strokes together


class HintsTab:
    """The tab's components, and what they do."""

    def __init__(self, page: Page, colorize: ColorizeTab, tab: gr.Tab) -> None:
        self.page = page
        self.colorize = colorize
        gr.HTML(
            '<p class="quiet">Paint where you know a colour. <span class="by-mouse">'
            "Rest on a place to see which colours the network holds possible there, the most "
            "likely first; click one to paint with it. By keyboard: arrows move, Enter paints, "
            "Ctrl+Z takes back."
            '</span><span class="by-touch">With <i>Ask for colours</i>, a tap shows which are '
            "likely there; choose one, and paint with it.</span></p>"
        )
        self.canvas = canvas("hints", paint=True, label="Photo to paint colour hints on")
        tab.select(self.show, outputs=self.canvas, show_progress="hidden", **ENGINE)
        self.canvas.asked(
            self.ask,
            outputs=self.canvas,
            show_progress="hidden",
            trigger_mode="always_last",
            **QUICK,
        )
        self.canvas.painted(
            self.paint,
            outputs=[self.canvas, colorize.compare],
            show_progress="hidden",
            trigger_mode="always_last",
            **ENGINE,
        )

    @in_words
    @in_time
    def show(self, request: gr.Request) -> dict[str, Any] | None:
        try:
            photo = self.page.desk.photo(request)
        except Refusal:
            return None
        value = self.page.canvas_value(photo, self.page.picture(photo))
        return value | {"strokes": photo.strokes}

    @in_words
    @in_time
    def ask(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        photo = self.page.desk.photo(request)
        point = self.page.on_preview(photo, *point_of(event))
        colors = plausible_colors(self.page.desk.prediction(photo), *point)
        return {"palette": [{"color": one.color, "share": one.share} for one in colors]}

    @in_words
    @in_time
    def paint(self, event: gr.EventData, request: gr.Request):
        photo = self.page.desk.photo(request)
        strokes = event._data.get("strokes", [])
        before = photo.options
        photo.options = replace(before, hints=hints_of_strokes(strokes))
        try:
            picture = self.page.picture(photo)
        except ValueError:
            photo.options = before
            raise
        photo.strokes = strokes
        photo.alternatives = None
        return {"picture": picture}, {"after": picture}


def point_of(event: gr.EventData) -> tuple[float, float]:
    """Where on the photo a canvas was asked about, in pixels.

    Raises:
        ValueError: the event says nothing of a place.
    """
    try:
        return float(event._data["x"]), float(event._data["y"])
    except (KeyError, TypeError):
        raise ValueError("expected x and y, in pixels of the photo") from None


def hints_of_strokes(strokes: Sequence[dict[str, Any]]) -> tuple[Hint, ...]:
    """Strokes of a brush as hints, dab by dab, as the command line takes them.

    Args:
        strokes: each with ``color``, ``radius`` and ``points``, in pixels of the photo.

    Raises:
        ValueError: a stroke makes no sense, or there are too many.
    """
    hints: list[Hint] = []
    for stroke in strokes:
        try:
            radius, color = float(stroke["radius"]), stroke["color"]
            points = [(float(x), float(y)) for x, y in stroke["points"]]
            if not all(
                map(math.isfinite, [radius, *(value for point in points for value in point)])
            ):
                raise ValueError
        except (KeyError, TypeError, ValueError):
            raise ValueError("a stroke needs a color, a radius and points") from None
        for x, y in _along(points, max(1.0, radius)):
            hints.append(Hint(x, y, color, radius))
            if len(hints) > _MOST_DABS:
                raise ValueError("that is too much paint; clear some, or use a larger brush")
    return tuple(hints)


def _along(points: Sequence[tuple[float, float]], step: float) -> Iterator[tuple[float, float]]:
    """Points of a line, no further apart than a step; one by one, as a line may be endless."""
    yield from points[:1]
    for (x0, y0), (x1, y1) in pairwise(points):
        count = max(1, math.ceil(math.hypot(x1 - x0, y1 - y0) / step))
        for part in range(1, count + 1):
            yield x0 + (x1 - x0) * part / count, y0 + (y1 - y0) * part / count
