"""``colorize_video``: a film in, the same in colour out.

Frames are decoded once and pass through a window: at its far end they are watched, at the near end
they get colours that what comes after has a say in, and are encoded. After every stretch of work
what is done is kept, so that a run that was killed goes on from there.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from colorize_core import __version__
from colorize_core.atomic import replacing
from colorize_core.color.kernels import begin_loading, load_kernels
from colorize_core.engine import ColorizeOptions, Colorizer, Hint
from colorize_core.engine.making import settings_of
from colorize_core.video.direction import hints_of_film, span_of
from colorize_core.video.encoding import Coded, Encoder, Writing, container_of, writing
from colorize_core.video.errors import ExistsError, VideoError
from colorize_core.video.eye import Eye
from colorize_core.video.frames import Picture, pictures
from colorize_core.video.muxing import check_fit, muxed
from colorize_core.video.options import FilmOptions
from colorize_core.video.segments import Parts, parts_for
from colorize_core.video.source import Source, examined
from colorize_core.video.steady import Moment, steadied
from colorize_core.video.watching import Past, Watcher

STRETCH_SECONDS = 40.0  # of work, that a kill may cost
_AHEAD = 48  # frames to look ahead
_BLOCK = 8  # frames that are steadied at a time
_WINDOW_BYTES = 400_000_000  # of luma in the window, at most
_MANY_PIXELS = 12_000_000  # of chroma, for which it pays to load kernels

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a film.

    Attributes:
        frames: that were written.
        resumed: how many of them an earlier run had done.
        scenes: how many were seen in this run.
        remarks: what the output's container cannot hold.
    """

    frames: int
    resumed: int
    scenes: int
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A frame in the window, what is known of it, and what after it."""

    frame: Picture
    moment: Moment
    past: Past


def colorize_video(
    path: str | os.PathLike[str],
    target: str | os.PathLike[str],
    options: ColorizeOptions | None = None,
    film: FilmOptions | None = None,
    colorizer: Colorizer | None = None,
    report: Report | None = None,
    stretch_seconds: float = STRETCH_SECONDS,
) -> Made:
    """Colorize a film.

    Of a film in colour, the colours are replaced. Luma, times and all other streams stay.

    Args:
        path: of the film.
        target: file to write: .mkv, .mp4, .m4v or .mov.
        options: how its frames are colorized; temperature, saturation, warmth, size, as_is, like
            and likeness apply.
        film: how it is gone about.
        colorizer: the network; None loads ``lite``.
        report: called with frames done and frames in all.
        stretch_seconds: of work, after which what is done is kept.

    Returns:
        What became of it.

    Raises:
        VideoError: the film cannot be read, colorized or written so; nothing is written.
        HintError: a hint lies outside of the film, or the network takes none.
        ValueError: a photo to take colours from has none.
        OSError: the output cannot be written.
    """
    source_path, target_path = Path(path), Path(target)
    options, film = options or ColorizeOptions(), film or FilmOptions()
    container = container_of(target_path)
    if target_path.exists() and not film.overwrite:
        raise ExistsError(f"{target_path}: exists")
    source = examined(source_path, film.damaged)
    if target_path.exists() and target_path.samefile(source_path):
        raise VideoError(f"{target_path}: is the film itself; nothing is written")
    span = span_of(source, film)
    way = writing(source, film.encoder, film.quality)
    Encoder(source, way)  # both are tried before a network is loaded
    check_fit(source, way, container)
    colorizer = colorizer or Colorizer()
    eye = Eye(colorizer, options, source.shape, source.scale)
    _prepare(source)
    made = colorizer.made(replace(options, provenance=True))
    job = _job(source, options, film, made)
    with parts_for(target_path, job) as parts:
        work = _Work(source, film, way, eye, parts, span, report, stretch_seconds)
        scenes = work.run()
        said = "" if not film.provenance or made is None else _said(made)
        with replacing(target_path, only_new=not film.overwrite) as temporary:
            remarks = muxed(source, way, parts, span, temporary, container, said)
    return Made(work.done, work.resumed, scenes, tuple(remarks))


class _Work:
    """The work on one film, from where an earlier run left it."""

    def __init__(
        self,
        source: Source,
        film: FilmOptions,
        way: Writing,
        eye: Eye,
        parts: Parts,
        span: tuple[int, int],
        report: Report | None,
        stretch_seconds: float,
    ) -> None:
        self.source, self.film, self.way, self.parts = source, film, way, parts
        self.span, self.report, self.stretch_seconds = span, report, stretch_seconds
        self.watcher = Watcher(eye, film.every, film.steady)
        self.done = self.resumed = len(parts.frames())
        within = sum(span[0] <= ticks < span[1] for ticks in source.times)
        self.total = max(within, self.done)

    def run(self) -> int:
        """Encode what is missing; tell how many scenes there were."""
        kept = self.parts.state()
        past = Past.of(kept)
        after = int(kept["ticks"]) if kept else self.span[0] - 1
        if kept and bool(kept["last"]):
            return past.cuts + 1
        hints = hints_of_film(self.source, self.watcher.eye, self.film, self.span)
        frames = pictures(self.source, after, self.span[1], self.film.deinterlace == "auto")
        coded: list[Coded] = []
        encoder, begun, last = None, time.monotonic(), None
        self._tell()
        for entry, ab in self._steadied(self._watched(frames, past, hints)):
            # Between blocks alone: so every run looks equally far ahead of the same frame.
            is_over = time.monotonic() - begun > self.stretch_seconds
            if encoder and last and is_over and self.done % _BLOCK == 0:
                self._keep(coded + encoder.finish(), last, False)
                encoder, coded, begun = None, [], time.monotonic()
            encoder = encoder or Encoder(self.source, self.way)
            frame, stored = entry.frame, self.source.shape.stored(ab)
            coded += encoder.encode(frame.luma, stored, frame.ticks, frame.lasting)
            last = entry
            self.done += 1
            self._tell()
        if last is None or encoder is None:
            if not self.done:
                raise VideoError(f"{self.source.path}: no picture can be decoded in that time")
            return past.cuts + 1
        self._keep(coded + encoder.finish(), last, True)
        return last.past.cuts + 1

    def _keep(self, coded: list[Coded], last: _Entry, is_last: bool) -> None:
        ends = {"ticks": np.array(last.frame.ticks), "last": np.array(is_last)}
        self.parts.add(coded, last.past.arrays() | ends)

    def _tell(self) -> None:
        if self.report:
            self.report(min(self.done, self.total), self.total)

    def _watched(
        self, frames: Iterable[Picture], past: Past, hints: dict[int, tuple[Hint, ...]]
    ) -> Iterator[_Entry]:
        for frame in frames:
            past, moment = self.watcher.watch(past, frame.luma, hints.get(frame.ticks, ()))
            yield _Entry(frame, moment, past)

    def _steadied(self, entries: Iterator[_Entry]) -> Iterator[tuple[_Entry, np.ndarray]]:
        """Give frames with their colours, when those that have a say in them have been watched."""
        window: deque[_Entry] = deque()
        ahead = look_ahead(self.source)
        for entry in entries:
            window.append(entry)
            if len(window) == _BLOCK + ahead:
                yield from self._first(window, _BLOCK)
        while window:
            yield from self._first(window, min(_BLOCK, len(window)))

    def _first(self, window: deque[_Entry], count: int) -> Iterator[tuple[_Entry, np.ndarray]]:
        states = [entry.past.state for entry in list(window)[:count]]
        moments = [entry.moment for entry in window]
        for ab in steadied(states, moments, self.film.steady, count):
            yield window.popleft(), ab


def look_ahead(source: Source) -> int:
    """Choose how many frames to look ahead: fewer of large ones, which are held in memory."""
    size = source.shape.size
    own = size[0] * size[1] * (1 if source.scale.bits == 8 else 2)
    return max(4, min(_AHEAD, _WINDOW_BYTES // own - _BLOCK))


def _prepare(source: Source) -> None:
    """Have threads not get in each other's way, and colours come out the same in every run."""
    cv2.setNumThreads(1)  # its pictures are small
    height, width = source.shape.size
    if source.frames * height * width // 4 > _MANY_PIXELS:
        begin_loading()
        try:
            load_kernels()
        except ImportError:  # PyTorch does the same, slower
            return


def _job(source: Source, options: ColorizeOptions, film: FilmOptions, made: Any) -> dict[str, Any]:
    """Say what a film is made from and how: what has to be the same to go on with it."""
    state = source.path.stat()
    like = [Path(one) for one in options.like if isinstance(one, str | os.PathLike)]
    return {
        "colorize": __version__,
        "film": [str(source.path.resolve()), state.st_size, state.st_mtime_ns],
        "options": settings_of(options),
        "like": [[str(one.resolve()), one.stat().st_mtime_ns] for one in like],
        "way": repr(replace(film, overwrite=False, provenance=True)),
        "weights": getattr(made, "weights", ""),
    }


def _said(made: Any) -> str:
    settings = f", {made.settings}" if made.settings else ""
    return f"Colours made up by Colorize {made.version} ({made.model}{settings})."
