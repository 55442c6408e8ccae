"""Look inside: the distribution of a point, the uncertainty everywhere, the effect of T."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import gradio as gr
import numpy as np
import torch

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.engine import Prediction
from colorize_core.engine.distribution import distribution_at, need_classes, plausible_colors
from colorize_core.figures.canvas import shades
from colorize_core.figures.photo import PAPER_TEMPERATURES, entropy_map
from gradio_demo.components import as_data, canvas
from gradio_demo.deadline import in_time
from gradio_demo.open_photo import OpenPhoto
from gradio_demo.page import ENGINE, Page, canvas_value, on_preview, picture_of, thumbnail
from gradio_demo.plane import plane_svg
from gradio_demo.refusals import in_words
from gradio_demo.tabs.hints import point_of
from gradio_demo.uncertainty import most_uncertain, uncertainty_map

_COLDEST = 1e-3  # stands for T = 0, the mode
_STRIP_SIDE = 240
_MAP_SIDE = 640


class InsideTab:
    """The tab's components, and the handlers of their events."""

    def __init__(self, page: Page, tab: gr.Tab) -> None:
        self.page = page
        gr.HTML(
            '<p class="quiet">The network gives every place of the photo a distribution over 313 '
            "colours. Point somewhere, or use the arrow keys, to see it on the ab plane.</p>"
        )
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=300):
                self.canvas = canvas(
                    "inside",
                    paint=False,
                    label="Photo to point at",
                    empty="Open a photo first, or drop one here. This tab shows what the network "
                    "thinks of each place: how likely every colour is, and how sure it is.",
                )
            with gr.Column(scale=1, min_width=300):
                self.plane = gr.HTML(elem_id="plane")
        self.uncertainty = gr.HTML(elem_id="uncertainty")
        self.strip = gr.HTML(elem_id="strip")
        outputs = [self.canvas, self.plane, self.uncertainty, self.strip]
        tab.select(self.show, outputs=outputs, **ENGINE)
        self.canvas.asked(
            self.ask,
            outputs=[self.canvas, self.plane],
            show_progress="hidden",
            trigger_mode="always_last",
            **ENGINE,
        )

    @in_words
    @in_time
    def show(self, request: gr.Request) -> tuple[dict[str, Any] | None, str, str, str]:
        """Show how sure the model is of the photo, from its most uncertain point."""
        photo = self.page.photo(request)
        if photo is None:
            return None, "", "", ""
        prediction = photo.prediction()
        need_classes(prediction)
        x, y = most_uncertain(prediction)
        height, width = photo.preview.size
        point = [x * photo.size[1] / width, y * photo.size[0] / height]
        value = canvas_value(photo, picture_of(photo)) | {"point": point}
        return value, _plane(photo, *point), _uncertainty(prediction), _strip(photo)

    @in_words
    @in_time
    def ask(self, event: gr.EventData, request: gr.Request) -> tuple[dict[str, Any], str]:
        """Show the distribution at a point."""
        photo = self.page.desk.photo(request)
        x, y = point_of(event)
        return {"point": [x, y]}, _plane(photo, x, y)


def _plane(photo: OpenPhoto, x: float, y: float) -> str:
    prediction = photo.prediction()
    point = on_preview(photo, x, y)
    distribution = distribution_at(prediction, *point)
    temperature = photo.temperature
    entropy = float(torch.special.entr(distribution).sum())
    colors = "".join(
        f'<li><i style="background:{one.color}"></i>{100 * one.share:.0f} %</li>'
        for one in plausible_colors(prediction, *point)
    )
    return (
        f"<figure>{plane_svg(distribution, temperature)}"
        f"<figcaption>The distribution at ({x:.0f}, {y:.0f}): the larger a square, the "
        f"likelier its colour. The ring is the annealed mean at T = {temperature:g}, the "
        f"colour that is shown. Entropy {entropy:.2f} of at most "
        f"{math.log(BIN_COUNT):.2f} nats.</figcaption></figure>"
        f'<ul class="likely" aria-label="Likely colours">{colors}</ul>'
    )


def _strip(photo: OpenPhoto) -> str:
    prediction = photo.prediction()
    ends = {1.0: "the mean", 0.0: "the mode"}
    figures = []
    for temperature in PAPER_TEMPERATURES:
        picture = thumbnail(photo, prediction, _STRIP_SIDE, max(temperature, _COLDEST))
        words = f"T = {temperature:g}"
        note = ends.get(temperature, "&nbsp;")
        figures.append(
            f'<figure><img src="{picture}" alt="The photo at {escape(words)}">'
            f"<figcaption>{words}<br><small>{note}</small></figcaption></figure>"
        )
    return (
        "<h2>From the mean to the mode</h2><p class='quiet'>The distribution is made sharper "
        "by the temperature T before its mean is taken: from calm to bold and blotchy.</p>"
        '<div class="strip" tabindex="0" role="group" aria-label="The photo at temperatures">'
        f"{''.join(figures)}</div>"
    )


def _uncertainty(prediction: Prediction) -> str:
    entropy = entropy_map(prediction.output.float())
    picture = as_data(uncertainty_map(prediction, _MAP_SIDE))
    grey = as_data(prediction.picture(saturation=0.0))
    scale = "".join(
        "<i style='background:rgb({},{},{})'></i>".format(*color)
        for color in shades(np.linspace(0, 1, 24)).tolist()
    )
    return (
        "<h2>Where the network is unsure</h2><div class='pair'>"
        f'<figure><img src="{grey}" alt="The photo in grey"><figcaption>What it sees'
        "</figcaption></figure>"
        f'<figure><img src="{picture}" alt="Map of uncertainty"><figcaption>Entropy of its '
        f"distributions, {float(entropy.mean()):.2f} nats on average</figcaption></figure></div>"
        f"<div class='scale' role='img' aria-label='Scale from certain to unsure'><span>0, one "
        f"colour is certain</span><b>{scale}</b><span>ln 313 = {math.log(BIN_COUNT):.2f}, all "
        "are alike</span></div>"
    )
