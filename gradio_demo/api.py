"""The studio for programs: an endpoint for every action, each complete in itself.

    from gradio_client import Client, handle_file

    studio = Client("http://127.0.0.1:7860")
    path = studio.predict(handle_file("grandmother.jpg"), api_name="/colorize")

Nothing is kept between calls, so that callers need no visit and cannot see each other's photos.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from colorize_core.engine import ColorizeOptions, Hint, Prediction
from colorize_core.engine.alternatives import alternatives
from colorize_core.engine.distribution import distribution_at, plausible_colors
from colorize_core.figures.photo import temperature_strip
from colorize_core.photo import Photo
from gradio_demo.deadline import in_time
from gradio_demo.folder import colorize_folder
from gradio_demo.likes import all_looked_at
from gradio_demo.page import Page
from gradio_demo.refusals import in_words
from gradio_demo.sizes import at_size, shrunk
from gradio_demo.uncertainty import uncertainty_map
from gradio_demo.workshop import colorized_name

_SMALL = 60_000  # pixels of a picture of the strip
_MAP_SIDE = 1024


class Api:
    """The endpoints, with components out of sight."""

    def __init__(self, page: Page) -> None:
        self.page = page
        with gr.Column(visible=False):
            photo, photos = gr.File(label="photo"), gr.File(file_count="multiple", label="photos")
            temperature = gr.Number(0, label="temperature: above 0 to 2; 0: the model's own")
            saturation = gr.Number(1.0, label="saturation: 0 to 4")
            size = gr.Number(0, precision=0, label="size: short side the network sees; 0: its own")
            hints = gr.JSON([], label='hints: [{"x": 120, "y": 80, "color": "#3366cc"}, ...]')
            model = gr.Textbox(page.engines.names[0], label="model")
            suffix = gr.Textbox("", label="suffix: .png, .jpg, .tif, .webp; empty: the photo's own")
            as_is = gr.Checkbox(label="as_is: look at a faded photo as it is")
            warmth = gr.Number(0.0, label="warmth: -1 to 1, above 0 towards orange")
            detail = gr.Checkbox(label="detail: look closer for the colours of small things")
            like = gr.File(file_count="multiple", label="like: photos to copy colours from")
            likeness = gr.Number(1.0, label="likeness: 0.1 to 10, how readily they are copied")
            x, y = gr.Number(0, label="x, in pixels"), gr.Number(0, label="y, in pixels")
            count = gr.Number(3, precision=0, label="count")
            answer, file = gr.JSON(label="answer"), gr.File(label="file")
            files = gr.File(file_count="multiple", label="files")
            options = [temperature, saturation, size, hints, model]
            more = [suffix, as_is, warmth, detail, likeness, like]
            for function, inputs, output in (
                (self.colorize, [photo, *options, *more], file),
                (self.palette, [photo, x, y, count, hints, model], answer),
                (self.distribution, [photo, x, y, hints, model], answer),
                (self.alternatives, [photo, count, hints, model], files),
                (self.uncertainty, [photo, hints, model], file),
                (self.temperatures, [photo, hints, model], file),
                (self.folder, [photos, temperature, saturation, size, model, *more], answer),
            ):
                outputs = [output, file] if function == self.folder else output
                name = function.__name__
                gr.Button(name).click(
                    function,
                    inputs,
                    outputs,
                    api_name=name,
                    api_description=(function.__doc__ or "").strip(),
                    concurrency_id="engine",
                    concurrency_limit=1,
                )

    @in_words
    @in_time
    def colorize(
        self,
        photo: Any,
        temperature: Any,
        saturation: Any,
        size: Any,
        hints: Any,
        model: Any,
        suffix: Any,
        as_is: Any,
        warmth: Any,
        detail: Any,
        likeness: Any,
        request: gr.Request,
        like: Any = None,
    ) -> str:
        """Colorize a photo: the file in colour, full size, named NAME-colorized."""
        path = self.page.desk.file(photo, request)
        name = colorized_name(path.name, suffix)
        options = _options(temperature, saturation, size, as_is, warmth, detail, likeness)
        options = replace(options, hints=_hints(hints), like=self._like(like, request))
        colorized = self.page.workshop.colorize(self.page.workshop.read(path), model, options)
        target = self.page.desk.private_folder(request) / name
        return str(self.page.workshop.write(colorized, target))

    @in_words
    @in_time
    def palette(
        self, photo: Any, x: Any, y: Any, count: Any, hints: Any, model: Any, request: gr.Request
    ) -> list[dict[str, Any]]:
        """List the plausible colours at a point, most likely first: color, ab and share of each."""
        _check_numbers(x=x, y=y, count=count)
        found = plausible_colors(self._prediction(photo, hints, model, request), x, y, count)
        return [asdict(color) for color in found]

    @in_words
    @in_time
    def distribution(
        self, photo: Any, x: Any, y: Any, hints: Any, model: Any, request: gr.Request
    ) -> list[float]:
        """List the probabilities of the 313 bins at a point, in the order of their a, then b."""
        _check_numbers(x=x, y=y)
        prediction = self._prediction(photo, hints, model, request)
        return distribution_at(prediction, x, y).tolist()

    @in_words
    @in_time
    def alternatives(
        self, photo: Any, count: Any, hints: Any, model: Any, request: gr.Request
    ) -> list[str]:
        """Make plausible colorizations besides the predicted one, full size."""
        _check_numbers(count=count)
        path = self.page.desk.file(photo, request)
        read = self.page.workshop.read(path)
        prediction = self._prediction(photo, hints, model, request)
        folder = self.page.desk.private_folder(request)
        written = []
        for number, one in enumerate(alternatives(prediction, count), 1):
            target = folder / colorized_name(f"{path.stem}-{number}{path.suffix}")
            pixels = one.of(prediction).picture(dtype=read.pixels.dtype)
            colored = Photo(pixels, read.alpha, read.info, read.profile)
            written.append(str(self.page.workshop.write(colored, target)))
        return written

    @in_words
    @in_time
    def uncertainty(self, photo: Any, hints: Any, model: Any, request: gr.Request) -> str:
        """Map the entropy of the distributions, from dark (certain) to light; PNG."""
        picture = uncertainty_map(self._prediction(photo, hints, model, request), _MAP_SIDE)
        return self._png(picture, photo, "uncertainty", request)

    @in_words
    @in_time
    def temperatures(self, photo: Any, hints: Any, model: Any, request: gr.Request) -> str:
        """Show the photo from T = 1, the mean, to T = 0, the mode, side by side; PNG."""
        whole = self._prediction(photo, hints, model, request)
        small = at_size(whole, shrunk(whole.lightness, _SMALL))
        strip = np.asarray(temperature_strip(small))
        return self._png(strip, photo, "temperatures", request)

    @in_words
    def folder(
        self,
        photos: Any,
        temperature: Any,
        saturation: Any,
        size: Any,
        model: Any,
        suffix: Any,
        as_is: Any,
        warmth: Any,
        detail: Any,
        likeness: Any,
        request: gr.Request,
        like: Any = None,
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Colorize many photos: the state of each, and an archive of those in colour."""
        options = _options(temperature, saturation, size, as_is, warmth, detail, likeness)
        likes = self.page.workshop.in_time(partial(self._like, like, request))
        options = replace(options, like=likes)
        *_, progress = colorize_folder(
            self.page.desk, photos or [], model, options, request, suffix
        )
        archive = str(progress.archive) if progress.archive else None
        states = [
            {"name": one.name, "state": one.state, "note": one.note} for one in progress.items
        ]
        return states, archive

    def _like(self, files: Any, request: gr.Request) -> list[Path]:
        """Find photos to copy colours from, within the studio's limits."""
        desk = self.page.desk
        paths = [desk.file(file, request) for file in files or []]
        return [one.path for one in all_looked_at(desk.workshop, paths)]

    def _prediction(
        self, photo: str | None, hints: Any, model: str, request: gr.Request
    ) -> Prediction:
        read = self.page.workshop.read(self.page.desk.file(photo, request))
        return self.page.workshop.look(read, model, ColorizeOptions(hints=_hints(hints)))

    def _png(self, pixels: np.ndarray, photo: str, what: str, request: gr.Request) -> str:
        name = f"{self.page.desk.file(photo, request).stem}-{what}.png"
        target = self.page.desk.private_folder(request) / name
        return str(self.page.workshop.write(Photo(pixels), target))


def _options(
    temperature: Any,
    saturation: Any,
    size: Any,
    as_is: Any,
    warmth: Any,
    detail: Any,
    likeness: Any,
) -> ColorizeOptions:
    numbers = {"temperature": temperature or 0, "saturation": saturation, "size": size or 0}
    _check_numbers(**numbers, warmth=warmth, likeness=likeness)
    return ColorizeOptions(
        temperature=temperature or None,
        saturation=saturation,
        warmth=warmth,
        likeness=likeness,
        size=size or None,
        detail=bool(detail),
        as_is=bool(as_is),
    )


def _check_numbers(**values: Any) -> None:
    """Refuse other values: Gradio hands on anything a program gives as a number."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} is a number")


def _hints(hints: Any) -> tuple[Hint, ...]:
    try:
        return tuple(Hint(**hint) for hint in hints or [])
    except (TypeError, AttributeError):
        raise ValueError("a hint has x, y, color and maybe radius") from None
