"""The tab "Real or colorized?": the paper's human test as a game.

The rules are in ``game.table``, the timing in ``web/game.js``; this module joins them.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from colorize_core.engine import ColorizeOptions
from colorize_core.models.loading import short_name, weights_file
from colorize_core.photo import Photo, PhotoError
from gradio_demo.components import WEB
from gradio_demo.desk import Desk
from gradio_demo.game.answers import Answers
from gradio_demo.game.figures import PAPER
from gradio_demo.game.pairs import own_photos
from gradio_demo.game.table import MOST_ROUNDS, Table
from gradio_demo.refusals import EXPECTED, Refusal, in_words, message_of

ANSWERS_FILE = "game.sqlite3"
_ROUNDS = 20
_WELCOME = """
A real photo and a colorized one, for one second each: which was real? Answer with the buttons, the
keys 1 and 2, or the arrow keys. A first fifth of the pairs is practice, and of each photo only your
first answer ever counts. Answers are stored without your name, under a random number that your
browser keeps.
"""
_PAPER = (
    f"Nobody could tell them apart: 50 %. The paper's method: {100 * PAPER[0]:.1f} % "
    f"(standard error {100 * PAPER[1]:.1f})."
)
_log = logging.getLogger(__name__)


def game_tab(desk: Desk, photos: Sequence[Path] = ()) -> Table:
    """Fill the tab being built, and add the endpoints ``/game_start``, ``/game_answer`` and
    ``/game_figures``.

    Args:
        desk: engines, limits and files; the answers go to ``game.sqlite3`` in its settings'
            ``data``.
        photos: colour photographs to play with; none takes scikit-image's.
    """
    engines = desk.workshop.engines
    table = _table(desk, photos)
    door = _Door(table, desk)
    gr.HTML(f'<p class="quiet">{_WELCOME}</p>')
    with gr.Row():
        model = gr.Dropdown(
            engines.names, label="Model", visible=len(engines.names) > 1, interactive=True
        )
        rounds = gr.Slider(5, MOST_ROUNDS, _ROUNDS, step=5, label="Pairs at most", elem_id="rounds")
    with gr.Accordion("Play with your own photos", open=False):
        files = gr.File(
            file_count="multiple",
            label="Photos in colour, 256 pixels or larger",
            elem_id="game-files",
        )
        folder = gr.UploadButton("Take a folder", file_count="directory")
        folder.upload(
            lambda taken: taken, folder, files, show_progress="hidden", api_visibility="private"
        )
    stage = gr.HTML(
        html_template=_file("game.html"),
        css_template=_file("game.css"),
        js_on_load=_file("game.js"),
        apply_default_css=False,
        elem_id="game",
    )
    with gr.Accordion("What all answers say", open=False) as all_answers:
        words = gr.HTML(elem_id="all-answers")
    quiet: dict[str, Any] = {
        "show_progress": "hidden",
        "trigger_mode": "multiple",
        "concurrency_limit": 4,
        "api_visibility": "private",
    }
    stage.begin(door.begin, [files, model, rounds], stage, **quiet)
    stage.reply(door.reply, None, stage, **quiet)
    all_answers.expand(in_words(door.words), None, words, api_visibility="private")
    _endpoints(door, files, model, rounds)
    return table


class _Door:
    """A door to the table, for the page and for programs."""

    def __init__(self, table: Table, desk: Desk) -> None:
        self.table = table
        self.desk = desk

    def start(
        self,
        files: list[str] | None,
        model: str | None,
        rounds: float,
        visitor: str,
        request: gr.Request,
    ) -> dict[str, Any]:
        """Begin a game: the first pair, as data URLs, and the numbers of game and visitor."""
        most = self.desk.settings.most_files
        if len(files or ()) > most:
            raise Refusal(
                f"{len(files or ())} files are too many: this studio takes {most} at once"
            )
        paths = [self.desk.file(file, request) for file in files or ()]
        if not isinstance(rounds, int | float) or not math.isfinite(rounds):
            raise Refusal(f"a game has 1 to {MOST_ROUNDS} pairs")
        return self._called(self.table.start, paths, model or "", int(rounds), visitor or "")

    def answer(self, game: str, number: float, answer: float, seconds: float) -> dict[str, Any]:
        """Take picture 1 or 2 for real: the next pair, or the result."""
        try:
            given = int(number), int(answer), float(seconds)
        except (TypeError, ValueError, OverflowError):
            raise Refusal("an answer has the numbers of round and answer, and seconds") from None
        return self._called(self.table.answer, game, *given)

    def figures(self) -> list[dict[str, Any]]:
        """List the share of fooled answers of each model, with its 95 % bootstrap interval."""
        return self._called(self.table.figures)

    def words(self) -> str:
        said = [f"<li>{escape(figure['words'])}</li>" for figure in self.figures()]
        answers = f"<ul>{''.join(said)}</ul>" if said else "<p>No answers yet.</p>"
        return f"{answers}<p>{_PAPER}</p>"

    def begin(
        self,
        files: list[str] | None,
        model: str | None,
        rounds: float,
        event: gr.EventData,
        request: gr.Request,
    ) -> dict[str, Any]:
        return self._told(event, lambda: self.start(files, model, rounds, event.visitor, request))

    def reply(self, event: gr.EventData) -> dict[str, Any]:
        return self._told(
            event, lambda: self.answer(event.game, event.number, event.answer, event.seconds)
        )

    @staticmethod
    def _told(event: gr.EventData, action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Give the page's script the value it waits for; errors, too, come as values."""
        try:
            return {"ask": event.ask, **action()}
        except EXPECTED as error:
            return {"ask": event.ask, "error": message_of(error)}
        except Exception:  # the script must not be left waiting
            _log.exception("the game cannot go on")
            return {"ask": event.ask, "error": "Something went wrong. The studio's log says what."}

    def _called(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except OSError as error:  # of the file of answers: where it is, only the owner may know
            _log.error("%s", error)
            raise type(error)(message_of(error, self.table.answers.path)) from None


def _endpoints(door: _Door, files: gr.File, model: gr.Dropdown, rounds: gr.Slider) -> None:
    """Add named endpoints for programs, on hidden buttons."""
    said = gr.JSON(visible=False)
    visitor = gr.Textbox("", label="Visitor", visible=False)
    game = gr.Textbox("", label="Game", visible=False)
    number, answer, seconds = (
        gr.Number(label=label, visible=False) for label in ("Round", "Answer", "Seconds")
    )
    for function, inputs, name in (
        (door.start, [files, model, rounds, visitor], "game_start"),
        (door.answer, [game, number, answer, seconds], "game_answer"),
        (door.figures, [], "game_figures"),
    ):
        gr.Button(visible=False).click(
            in_words(function),
            inputs,
            said,
            api_name=name,
            api_description=function.__doc__,
            concurrency_limit=4,
        )


def _table(desk: Desk, photos: Sequence[Path]) -> Table:
    workshop, settings = desk.workshop, desk.settings
    paths = {short_name(model): model for model in settings.models}

    def colorize(model: str, picture: np.ndarray) -> np.ndarray:
        options = ColorizeOptions()
        return workshop.in_time(lambda: workshop.colorize(Photo(picture), model, options)).pixels

    @cache
    def checksum(model: str) -> str:
        return hashlib.sha256(weights_file(paths[model]).read_bytes()).hexdigest()

    def read(path: Path) -> Photo:
        try:
            return workshop.in_time(partial(workshop.read, path))
        except (Refusal, PhotoError) as error:
            raise PhotoError(message_of(error, path)) from None

    return Table(
        Answers(settings.data / ANSWERS_FILE),
        workshop.engines.names,
        colorize,
        checksum,
        list(photos) or own_photos(),
        read,
        settings.most_visitors,
        settings.idle_minutes,
    )


def _file(name: str) -> str:
    return (WEB / name).read_text("utf-8")
