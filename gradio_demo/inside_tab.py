"""Look inside: what the network believes of a point, where it is unsure, what T does."""

from __future__ import annotations

import math
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr
import numpy as np
import torch
from torch import Tensor

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.engine import Prediction
from colorize_core.engine.distribution import distribution_at, need_classes, plausible_colors
from colorize_core.engine.upsample import interpolate
from colorize_core.figures.canvas import shades
from colorize_core.figures.photo import PAPER_TEMPERATURES, entropy_map
from gradio_demo.components import as_data, canvas
from gradio_demo.deadline import in_time
from gradio_demo.desk import OpenPhoto
from gradio_demo.hints_tab import point_of
from gradio_demo.page import ENGINE, Page
from gradio_demo.plane import plane_svg
from gradio_demo.refusals import Refusal, in_words

_COLDEST = 1e-3  # stands for T = 0, the mode
_STRIP_SIDE = 240
_MAP_SIDE = 640


class InsideTab:
    """The tab's components, and what they do."""

    def __init__(self, page: Page, tab: gr.Tab) -> None:
        self.page = page
        gr.HTML(
            '<p class="quiet">The network gives every place of the photo a distribution over 313 '
            "colours. Point somewhere, or use the arrow keys, to see it on the ab plane.</p>"
        )
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=300):
                self.canvas = canvas("inside", paint=False, label="Photo to point at")
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
        try:
            photo = self.page.desk.photo(request)
        except Refusal:
            return None, "", "", ""
        prediction = self.page.desk.prediction(photo)
        need_classes(prediction)
        x, y = most_uncertain(prediction)
        height, width = photo.preview_size
        point = [x * photo.size[1] / width, y * photo.size[0] / height]
        value = self.page.canvas_value(photo, self.page.picture(photo)) | {"point": point}
        return value, self._plane(photo, *point), _uncertainty(prediction), self._strip(photo)

    @in_words
    @in_time
    def ask(self, event: gr.EventData, request: gr.Request) -> tuple[dict[str, Any], str]:
        photo = self.page.desk.photo(request)
        x, y = point_of(event)
        return {"point": [x, y]}, self._plane(photo, x, y)

    def _plane(self, photo: OpenPhoto, x: float, y: float) -> str:
        prediction = self.page.desk.prediction(photo)
        point = self.page.on_preview(photo, x, y)
        distribution = distribution_at(prediction, *point)
        temperature = photo.options.temperature or prediction.temperature
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

    def _strip(self, photo: OpenPhoto) -> str:
        prediction = self.page.desk.prediction(photo)
        ends = {1.0: "the mean", 0.0: "the mode"}
        figures = []
        for temperature in PAPER_TEMPERATURES:
            options = replace(photo.options, temperature=max(temperature, _COLDEST))
            picture = self.page.thumbnail(replace(photo, options=options), prediction, _STRIP_SIDE)
            words = f"T = {temperature:g}"
            note = ends.get(temperature, "&nbsp;")
            figures.append(
                f'<figure><img src="{picture}" alt="The photo at {escape(words)}">'
                f"<figcaption>{words}<br><small>{note}</small></figcaption></figure>"
            )
        return (
            "<h3>From the mean to the mode</h3><p class='quiet'>The distribution is made sharper "
            "by the temperature T before its mean is taken: from calm to bold and blotchy.</p>"
            f'<div class="strip">{"".join(figures)}</div>'
        )


def most_uncertain(prediction: Prediction) -> tuple[float, float]:
    """The pixel in the middle of the cell whose distribution has the highest entropy."""
    entropy = entropy_map(prediction.output.float())[0]
    rows, columns = entropy.shape
    row, column = divmod(int(entropy.argmax()), columns)
    height, width = prediction.lightness.shape
    return (column + 0.5) * width / columns, (row + 0.5) * height / rows


def uncertainty_map(prediction: Prediction, long_side: int) -> np.ndarray:
    """Entropy as colours from dark (certain) to light, uint8 ``(H, W, 3)``.

    Raises:
        ValueError: the network regresses ab.
    """
    need_classes(prediction)
    share = entropy_map(prediction.output.float())[0] / math.log(BIN_COUNT)
    scale = long_side / max(prediction.lightness.shape)
    for dim, side in enumerate(prediction.lightness.shape):
        length = max(1, round(side * scale))
        share = interpolate(share, length, torch.arange(length), dim)
    return shades(share.numpy())


def _uncertainty(prediction: Prediction) -> str:
    entropy: Tensor = entropy_map(prediction.output.float())
    picture = as_data(uncertainty_map(prediction, _MAP_SIDE))
    grey = as_data(prediction.picture(saturation=0.0))
    scale = "".join(
        "<i style='background:rgb({},{},{})'></i>".format(*color)
        for color in shades(np.linspace(0, 1, 24)).tolist()
    )
    return (
        "<h3>Where the network is unsure</h3><div class='pair'>"
        f'<figure><img src="{grey}" alt="The photo in grey"><figcaption>What it sees'
        "</figcaption></figure>"
        f'<figure><img src="{picture}" alt="Map of uncertainty"><figcaption>Entropy of its '
        f"distributions, {float(entropy.mean()):.2f} nats on average</figcaption></figure></div>"
        f"<div class='scale' role='img' aria-label='Scale from certain to unsure'><span>0, one "
        f"colour is certain</span><b>{scale}</b><span>ln 313 = {math.log(BIN_COUNT):.2f}, all "
        "are alike</span></div>"
    )
