"""Films of visitors: one each, its scenes, the hints in them, and the film in colour."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from colorize_core.engine import ColorizeOptions, Colorizer, Hint, Prediction
from colorize_core.engine.distribution import PlausibleColor, plausible_colors
from colorize_core.video import (
    FilmOptions,
    TimedHint,
    VideoError,
    colorize_video,
    read_timed_hints,
)
from colorize_core.video.direction import span_of
from colorize_core.video.eye import Eye
from colorize_core.video.frames import Picture, pictures
from colorize_core.video.preview import clock, scenes_of, small_picture
from colorize_core.video.source import Source, examined
from gradio_demo.components import as_data
from gradio_demo.desk import Desk
from gradio_demo.refusals import Refusal, message_of
from gradio_demo.strokes import hints_of_strokes, strokes_of_hints

_MOST_SCENES = 24
_ACROSS = 640  # pixels of the picture to paint on
_SMALL = 240  # of a scene's
_NONE = "Choose a film first."


@dataclass(slots=True)
class Film:
    """A visitor's film.

    Attributes:
        path: of its file.
        source: what was found in it.
        scenes: ticks of a frame of each.
        pictures: of the scenes, with their times, as they are shown to choose from.
        strokes: painted on these frames, by ticks.
        shown: ticks of the frame to paint on.
    """

    path: Path
    source: Source
    scenes: tuple[int, ...] = ()
    pictures: list[dict[str, Any]] = field(default_factory=list)
    strokes: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    shown: int = 0

    @property
    def hints(self) -> tuple[TimedHint, ...]:
        """What is painted, as hints of the film."""
        return tuple(
            TimedHint(hint, None, self.source.times.index(ticks))
            for ticks, strokes in sorted(self.strokes.items())
            for hint in hints_of_strokes(strokes)
        )


class _Shared:
    """A colorizer that other visitors use between two frames."""

    def __init__(self, colorizer: Colorizer, turn: Any) -> None:
        self._colorizer, self._turn = colorizer, turn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._colorizer, name)

    def look(self, *arguments: Any, **named: Any) -> Prediction:
        """Look at a frame when it is its turn."""
        with self._turn:
            return self._colorizer.look(*arguments, **named)


class Films:
    """The films of all visitors.

    Args:
        desk: engines, limits and files.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._films: dict[str, Film] = {}
        desk.visits.when_ended.append(self._forget)

    def open(self, named: Any, request: gr.Request) -> Film:
        """Look a visitor's file through, within the studio's limits.

        Raises:
            Refusal: it is none of the visitor's, too large or too long.
            VideoError: it is no film that can be colorized; the message names no folder.
        """
        settings = self.desk.settings
        path = self.desk.file(named, request)
        try:
            source = self.desk.workshop.in_time(lambda: examined(path))
        except VideoError as error:
            raise VideoError(message_of(error, path)) from None
        height, width = source.shape.shown
        if height * width > settings.most_pixels:
            raise Refusal(
                f"{path.name}: {width} x {height} pixels are too many for this studio; use: "
                "colorize video"
            )
        lasting = source.seconds(source.end)
        if lasting > settings.film_seconds:
            raise Refusal(
                f"{path.name}: lasts {lasting:.0f} seconds, more than the "
                f"{settings.film_seconds:g} of this studio; use: colorize video"
            )
        film = Film(path, source)
        self._films[str(request.session_hash)] = film
        return film

    def of(self, request: gr.Request) -> Film:
        """Look up the visitor's film.

        Raises:
            Refusal: there is none.
        """
        film = self.opened(request)
        if film is None:
            raise Refusal(_NONE)
        return film

    def opened(self, request: gr.Request) -> Film | None:
        """Look up the visitor's film, if there is one.

        Raises:
            Refusal: it was put away.
        """
        film = self._films.get(str(request.session_hash))
        if film is not None:
            self.desk.file(film.path, request)
        return film

    def find_scenes(self, film: Film, options: ColorizeOptions) -> None:
        """Find the scenes of a film, and show the first; of many, some."""
        eye = self._eye(film, options)
        found = list(scenes_of(film.source, eye, span_of(film.source, FilmOptions())))
        found = found[:: -(-len(found) // _MOST_SCENES)]
        film.scenes = tuple(frame.ticks for frame in found)
        film.shown = film.scenes[0]
        film.pictures = [_scene(frame, film.source, eye) for frame in found]

    def show_scenes(self, film: Film, options: ColorizeOptions) -> None:
        """Show the scenes that were found with other colours.

        Raises:
            VideoError: one cannot be decoded any more.
        """
        eye = self._eye(film, options)
        frames = (_frame(film.source, ticks) for ticks in film.scenes)
        film.pictures = [_scene(frame, film.source, eye) for frame in frames]

    def colors_at(
        self, film: Film, options: ColorizeOptions, x: float, y: float
    ) -> list[PlausibleColor]:
        """List the plausible colours at a point of the frame that is painted on.

        Raises:
            ValueError: it is outside of the film, or the network has no classes.
        """
        eye = self._eye(film, options)
        hints = hints_of_strokes(film.strokes.get(film.shown, []))
        seen = eye.predict(eye.lightness(_frame(film.source, film.shown).luma), hints)
        height, width = film.source.shape.shown
        return plausible_colors(seen, x * eye.seen[1] / width, y * eye.seen[0] / height)

    def load(self, film: Film, text: str, request: gr.Request) -> list[dict[str, Any]]:
        """Read a file of hints: those of the frame that is painted on are given, as strokes.

        Raises:
            HintError: it holds none, or some outside of the film.
        """
        folder = self.desk.private_folder(request)
        path = folder / "hints.json"
        try:
            with self.desk.visits.writing(path):
                path.write_text(text, "utf-8")
            found: dict[int, list[Hint]] = {}
            for one in read_timed_hints(path):
                found.setdefault(one.ticks(film.source), []).append(one.hint)
        finally:
            self.desk.visits.drop(folder)
        size = film.source.shape.shown
        strokes = {ticks: strokes_of_hints(hints, size) for ticks, hints in found.items()}
        shown = strokes.pop(film.shown, [])
        film.strokes |= strokes
        return shown

    def picture(self, film: Film, options: ColorizeOptions) -> np.ndarray:
        """Colorize the frame that is painted on, with what is painted: uint8 ``(H, W, 3)``."""
        eye, strokes = self._eye(film, options), film.strokes.get(film.shown, [])
        frame = _frame(film.source, film.shown)
        across = min(_ACROSS, film.source.shape.shown[1])
        return small_picture(frame, film.source, eye, hints_of_strokes(strokes), across)

    def colorize(
        self, film: Film, options: ColorizeOptions, request: gr.Request
    ) -> Iterator[tuple[int, int, Path | None]]:
        """Colorize a film in a thread of its own.

        Yields:
            Frames done, frames in all, and in the end the file.

        Raises:
            Refusal: the visit ends.
            VideoError: the film cannot be colorized.
        """
        target = self.desk.private_folder(request) / f"{film.path.stem}-colorized.mp4"
        told: queue.Queue[tuple[int, int] | BaseException | None] = queue.Queue()
        stopped = threading.Event()

        def report(done: int, total: int) -> None:
            if stopped.is_set():
                raise InterruptedError
            told.put((done, total))

        def work() -> None:
            try:
                ways = FilmOptions(hints=film.hints)
                colorize_video(film.path, target, options, ways, self._colorizer(), report)
                told.put(None)
            except BaseException as error:
                told.put(error)

        thread = threading.Thread(target=work, name="film", daemon=True)
        thread.start()
        done, total = 0, film.source.frames
        try:
            while (news := told.get()) is not None:
                if isinstance(news, BaseException):
                    raise news
                self.desk.visits.touch(target)  # unless the visit has ended
                self.desk.visits.touch(film.path)
                if news[0] != done:
                    done, total = news
                    yield done, total, None
            with self.desk.visits.writing(target):
                yield total, total, target
        except VideoError as error:
            raise VideoError(message_of(error, film.path)) from None
        finally:
            stopped.set()

    def _colorizer(self) -> Any:
        engines = self.desk.workshop.engines
        return _Shared(engines.colorizer(engines.names[0]), engines.lock)

    def _eye(self, film: Film, options: ColorizeOptions) -> Eye:
        source = film.source
        return Eye(self._colorizer(), options, source.shape, source.scale)

    def _forget(self, visit: str) -> None:
        self._films.pop(visit, None)


def _scene(frame: Picture, source: Source, eye: Eye) -> dict[str, Any]:
    """Make a picture of a scene to choose from, with its time."""
    return {
        "picture": as_data(small_picture(frame, source, eye, across=_SMALL)),
        "title": clock(source.seconds(frame.ticks)),
        "note": "",
    }


def _frame(source: Source, ticks: int) -> Picture:
    """Decode one frame.

    Raises:
        VideoError: it cannot be.
    """
    for frame in pictures(source, ticks - 1):
        return frame
    raise VideoError(f"{source.path.name}: the frame cannot be decoded")
