"""Film: its scenes, hints in them, and all of it in colour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

import gradio as gr

from colorize_core.engine import ColorizeOptions
from gradio_demo.components import as_data, canvas, choices
from gradio_demo.deadline import in_time
from gradio_demo.page import AT_ONCE, ENGINE, Page
from gradio_demo.refusals import Refusal, in_words, in_words_each
from gradio_demo.tabs.hints import point_of
from gradio_demo.tabs.like import VisitLikePart


def takes_films() -> bool:
    """Tell whether what reads films is installed."""
    return all(find_spec(name) for name in ("av", "cv2"))


class FilmTab:
    """The tab's components, and the handlers of their events."""

    def __init__(self, page: Page) -> None:
        from gradio_demo.films import Films

        self.page = page
        self.films = Films(page.desk)
        gr.HTML(
            '<p class="quiet">Choose a film. Its scenes appear in colour; choose one to paint '
            "hints on it, which hold for the scene and follow what moves.</p>"
        )
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                self.file = gr.File(
                    label="Drop a film here, or click to choose it",
                    show_label=False,
                    height=140,
                    elem_id="film-file",
                )
            with gr.Column(scale=1, min_width=270):
                self.saturation = gr.Slider(
                    0.0, 2.0, 1.0, step=0.05, label="Saturation", elem_id="film-saturation"
                )
                self.like = VisitLikePart(page, "film-")
                self.go = gr.Button(
                    "Colorize the film", variant="primary", visible=False, elem_id="film-go"
                )
                self.stop = gr.Button("Stop", visible=False, elem_id="film-stop")
                self.made = gr.DownloadButton("Save the film", visible=False, elem_id="film-save")
        self.state = gr.HTML(elem_id="film-state")
        with gr.Column(visible=False) as self.work:
            self.scenes = choices("film-scenes", "Scenes")
            self.canvas = canvas(
                "film-canvas",
                paint=True,
                label="Frame to paint colour hints on",
                empty="Choose a film first.",
            )
        looks = [self.saturation, self.like.likeness]
        shown = [self.scenes, self.canvas, self.go, self.made, self.state]
        self.file.change(
            self.open,
            [self.file, *looks],
            [self.work, *shown],
            show_progress_on=shown,
            **ENGINE,
        )
        on_canvas: dict[str, Any] = {"outputs": self.canvas, "show_progress": "hidden", **ENGINE}
        last: dict[str, Any] = {"trigger_mode": "always_last", **on_canvas}
        pictures: dict[str, Any] = {
            "inputs": looks,
            "outputs": [self.scenes, self.canvas],
            "show_progress": "hidden",
            **ENGINE,
        }
        self.scenes.chosen(self.show, **pictures)
        for chosen in self.like.chosen:
            chosen.success(self.show_again, **pictures)
        self.like.likeness.input(self.show_again, trigger_mode="always_last", **pictures)
        self.canvas.painted(self.paint, looks, **last)
        self.canvas.asked(self.ask, self.like.likeness, **last)
        self.canvas.saved(self.save, **on_canvas)
        self.canvas.loaded(self.load, **on_canvas)
        ready = [self.go, self.stop]
        running = self.go.click(
            self.run,
            looks,
            [self.state, self.made, *ready],
            show_progress="hidden",
            concurrency_limit=1,
            concurrency_id="film",
            api_visibility="private",
        )
        running.failure(self._ready, outputs=ready, **AT_ONCE)
        self.stop.click(self._ready, outputs=ready, cancels=[running], **AT_ONCE)

    @in_words
    @in_time
    def open(
        self, file: str | None, saturation: float, likeness: float, request: gr.Request
    ) -> tuple[Any, ...]:
        """Look a film through, and show its scenes."""
        hidden = gr.DownloadButton(visible=False)
        if file is None:
            return gr.Column(visible=False), None, None, gr.Button(visible=False), hidden, ""
        film = self.films.open(file, request)
        options = self._options(saturation, likeness, request)
        self.films.find_scenes(film, options)
        return (
            gr.Column(visible=True),
            self._scenes(film),
            self._frame(film, options),
            gr.Button(visible=True),
            hidden,
            "",
        )

    @in_words
    @in_time
    def show(
        self, saturation: float, likeness: float, event: gr.EventData, request: gr.Request
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Show another scene to paint on."""
        film = self.films.of(request)
        index = event._data.get("index")
        if not isinstance(index, int) or not 0 <= index < len(film.scenes):
            raise Refusal("There is no such scene.")
        film.shown = film.scenes[index]
        return self._scenes(film), self._frame(film, self._options(saturation, likeness, request))

    @in_words
    @in_time
    def show_again(
        self, saturation: float, likeness: float, request: gr.Request
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Show the film that is open, if one is, with other colours."""
        film = self.films.opened(request)
        if film is None:
            return gr.skip(), gr.skip()
        options = self._options(saturation, likeness, request)
        self.films.show_scenes(film, options)
        return self._scenes(film), {"picture": as_data(self.films.picture(film, options))}

    @in_words
    @in_time
    def paint(
        self, saturation: float, likeness: float, event: gr.EventData, request: gr.Request
    ) -> dict[str, Any]:
        """Colorize the frame with what is painted on it."""
        film = self.films.of(request)
        film.strokes[film.shown] = list(event._data.get("strokes", []))
        picture = self.films.picture(film, self._options(saturation, likeness, request))
        return {"picture": as_data(picture)}

    @in_words
    @in_time
    def ask(self, likeness: float, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """List the plausible colours at a point."""
        options = self._options(1.0, likeness, request)
        colors = self.films.colors_at(self.films.of(request), options, *point_of(event))
        return {"palette": [{"color": one.color, "share": one.share} for one in colors]}

    @in_words
    def save(self, request: gr.Request) -> dict[str, Any]:
        """Write the hints of all scenes as JSON, for the browser to save."""
        film = self.films.of(request)
        hints = [{"frame": one.frame, **asdict(one.hint)} for one in film.hints]
        text = json.dumps(hints, indent=1)
        return {"file": {"name": f"{film.path.stem}-hints.json", "text": text}}

    @in_words
    def load(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """Read the hints of a file; those of the frame are shown as strokes."""
        text = str(event._data.get("text", ""))
        return {"loaded": self.films.load(self.films.of(request), text, request)}

    @in_words_each
    def run(
        self, saturation: float, likeness: float, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Colorize the film, showing how far it is."""
        film = self.films.of(request)
        options = self._options(saturation, likeness, request)
        yield _state(0, 0), gr.DownloadButton(visible=False), *self._running()
        for done, total, made in self.films.colorize(film, options, request):
            if made is None:
                yield _state(done, total), gr.skip(), *self._running()
            else:
                saved = gr.DownloadButton(value=str(made), visible=True, variant="primary")
                yield _state(done, total), saved, *self._ready()

    def _options(self, saturation: float, likeness: float, request: gr.Request) -> ColorizeOptions:
        return self.like.options(ColorizeOptions(saturation=saturation), likeness, request)

    @staticmethod
    def _scenes(film: Any) -> dict[str, Any]:
        """Make the value of the scenes."""
        return {"pictures": film.pictures, "chosen": [film.scenes.index(film.shown)]}

    def _frame(self, film: Any, options: ColorizeOptions) -> dict[str, Any]:
        """Make the value of the canvas."""
        height, width = film.source.shape.shown
        picture = as_data(self.films.picture(film, options))
        strokes = film.strokes.get(film.shown, [])
        return {"picture": picture, "width": width, "height": height, "strokes": strokes}

    @staticmethod
    def _running() -> tuple[gr.Button, gr.Button]:
        return gr.Button(visible=False), gr.Button(visible=True)

    @staticmethod
    def _ready() -> tuple[gr.Button, gr.Button]:
        return gr.Button(visible=True), gr.Button(visible=False)


def _state(done: int, total: int) -> str:
    """Say how far a film is."""
    if not done:
        return '<p class="tally" role="status">Looking ahead ...</p>'
    return (
        f'<progress max="{total}" value="{done}" aria-label="Frames done"></progress>'
        f'<p class="tally" role="status">{done} of {total} frames in colour</p>'
    )
