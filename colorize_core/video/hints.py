"""Hints in a film: colours known at one time, that hold for the scene and follow what moves."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from colorize_core.engine import Hint, HintError
from colorize_core.engine.hints import hint_of
from colorize_core.video.eye import Eye, as_picture
from colorize_core.video.flow import Step, step_between
from colorize_core.video.frames import Picture
from colorize_core.video.source import Source
from colorize_core.video.watching import CUT

_PATCH = 8  # pixels to each side of a hint, by which it is known again
_SEARCHED = 4  # pixels to each side of where it should be
_ALIKE = 0.6  # correlation from which a place is the hint's
_HIDDEN = 0.25  # correlation below which something else is there
_PLAIN = 3.0  # standard deviation of levels, below which a patch looks like any other
_HELD = 751  # frames of a scene, to go back to
_GIVEN_UP = 12  # frames that a hint may be hidden
_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?)")


@dataclass(frozen=True, slots=True)
class TimedHint:
    """A hint at a time of a film.

    Attributes:
        hint: in pixels of the film as it is shown.
        seconds: from the film's beginning; None where the frame is named.
        frame: its number, from 0.
    """

    hint: Hint
    seconds: float | None = None
    frame: int | None = None

    def ticks(self, source: Source) -> int:
        """Give the ticks of its frame: the last one that has begun by then.

        Raises:
            HintError: the film is not that long.
        """
        times = source.times
        if self.frame is not None:
            if self.frame >= len(times):
                raise HintError(f"there is no frame {self.frame}; the film has {len(times)}")
            return times[self.frame]
        wanted = source.ticks(self.seconds or 0.0)
        if wanted >= source.end:
            raise HintError(f"{self.seconds:g} s is after the film's end")
        return times[max(0, int(np.searchsorted(times, wanted, "right")) - 1)]


def seconds_of(text: str | float) -> float:
    """Read a time: seconds, ``MM:SS`` or ``HH:MM:SS``, with fractions.

    Raises:
        ValueError: it is none.
    """
    found = _TIME.fullmatch(str(text).strip())
    if not found or isinstance(text, bool):
        raise ValueError(f"a time must look like 12.5, 1:30 or 1:02:03.5; got {text!r}")
    hours, minutes, seconds = found.groups()
    return 3600.0 * int(hours or 0) + 60.0 * int(minutes or 0) + float(seconds)


def read_timed_hints(path: Path) -> tuple[TimedHint, ...]:
    """Read hints from JSON: ``[{"time": 12.5, "x": 120, "y": 80, "color": "#3366cc"}, ...]``.

    Each has a ``time``, as :func:`seconds_of` reads it, or the number of a ``frame``.

    Raises:
        HintError: the file cannot be read, or a hint makes no sense; names file and hint.
    """
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise HintError(f"{path}: holds no hints: {error}") from None
    if not isinstance(items, list):
        raise HintError(f"{path}: expected a list of hints")
    hints = []
    for number, item in enumerate(items, 1):
        try:
            hints.append(_timed(item))
        except ValueError as error:
            raise HintError(f"{path}: hint {number}: {error}") from None
    return tuple(hints)


def _timed(item: Any) -> TimedHint:
    if not isinstance(item, dict) or ("time" in item) == ("frame" in item):
        raise HintError(f"expected x, y, color and either time or frame; got {item!r}")
    values = dict(item)
    time, frame = values.pop("time", None), values.pop("frame", None)
    hint = hint_of(values)
    if time is not None:
        return TimedHint(hint, seconds_of(time))
    if not isinstance(frame, int) or isinstance(frame, bool) or frame < 0:
        raise HintError(f"a frame must be a number from 0; got {frame!r}")
    return TimedHint(hint, None, frame)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame of the scene: its ticks, its picture, and the step that leads to it."""

    ticks: int
    picture: np.ndarray
    step: Step | None


@dataclass(slots=True)
class _Track:
    """A hint on its way: where it is, in pixels of what the network sees."""

    hint: Hint
    at: np.ndarray
    patch: np.ndarray | None
    hidden: int = 0


def tracked(
    frames: Iterable[Picture], eye: Eye, wanted: Sequence[tuple[int, Hint]]
) -> dict[int, tuple[Hint, ...]]:
    """Follow hints through their scenes, to both sides in time.

    Args:
        frames: of the film, from where it begins.
        eye: how they are seen.
        wanted: hints with the ticks of their frames.

    Returns:
        The hints that apply to frames, by ticks.
    """
    found: dict[int, list[Hint]] = {}
    waiting = sorted(wanted, key=lambda one: one[0])
    scene: deque[_Seen] = deque(maxlen=_HELD)
    tracks: list[_Track] = []
    for seen in _with_steps(frames, eye):
        if seen.step is None:
            scene.clear()
            tracks = []
        for track in tracks:
            _move(track, seen.step.ahead if seen.step else None, seen.picture, eye)
        tracks = [track for track in tracks if track.hidden <= _GIVEN_UP]
        scene.append(seen)
        while waiting and waiting[0][0] <= seen.ticks:
            track = _begun(waiting.pop(0)[1], seen.picture, eye)
            _track_back(_copied(track), scene, eye, found)
            tracks.append(track)
        for track in tracks:
            _note(track, seen.ticks, eye, found)
        if not waiting and not tracks:
            break
    return {ticks: tuple(hints) for ticks, hints in found.items()}


def _with_steps(frames: Iterable[Picture], eye: Eye) -> Iterator[_Seen]:
    before: np.ndarray | None = None
    for frame in frames:
        picture = as_picture(eye.lightness(frame.luma))
        step = None if before is None else step_between(before, picture, eye.cells)
        before = picture
        yield _Seen(frame.ticks, picture, step if step and step.trust >= CUT else None)


def _track_back(track: _Track, scene: deque[_Seen], eye: Eye, found: dict[int, list[Hint]]) -> None:
    """Follow a hint from the last frame of a scene so far to its first."""
    for later, earlier in zip(list(scene)[::-1], list(scene)[-2::-1], strict=False):
        _move(track, later.step.back if later.step else None, earlier.picture, eye)
        if track.hidden > _GIVEN_UP:
            return
        _note(track, earlier.ticks, eye, found)


def _copied(track: _Track) -> _Track:
    """Copy a track, to follow it the other way."""
    return replace(track, at=track.at.copy())


def _begun(hint: Hint, picture: np.ndarray, eye: Eye) -> _Track:
    at = (np.array([hint.x, hint.y], float) + 0.5) * _scale(eye)
    patch = _patch(picture, at)
    return _Track(hint, at, patch if patch is not None and patch.std() > _PLAIN else None)


def _move(track: _Track, flow: np.ndarray | None, picture: np.ndarray, eye: Eye) -> None:
    """Move a hint along a flow, and put it right by what is there."""
    if flow is None:
        track.hidden = _GIVEN_UP + 1
        return
    rows, columns = flow.shape[:2]
    cell = np.array([eye.seen[1] / columns, eye.seen[0] / rows])
    column, row = (track.at / cell).astype(int).clip(0, (columns - 1, rows - 1))
    around = flow[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
    track.at = track.at + np.median(around.reshape(-1, 2), axis=0) * cell
    height, width = picture.shape
    if not (0 <= track.at[0] < width and 0 <= track.at[1] < height):
        track.hidden = _GIVEN_UP + 1
        return
    if track.patch is None:
        return
    place, likeness = _sought(track.patch, picture, track.at)
    if likeness >= _ALIKE:
        track.at = place
    track.hidden = track.hidden + 1 if likeness < _HIDDEN else 0


def _sought(patch: np.ndarray, picture: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, float]:
    """Look for a patch around a place: where it is most alike, and the correlation there."""
    field = _patch(picture, at, _PATCH + _SEARCHED)
    if field is None:
        return at, 1.0  # at the border: nothing to tell by
    likeness = cv2.matchTemplate(field, patch, cv2.TM_CCOEFF_NORMED)
    row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
    moved = np.array([column - _SEARCHED, row - _SEARCHED], float)
    return at + moved, float(likeness[row, column])


def _patch(picture: np.ndarray, at: np.ndarray, reach: int = _PATCH) -> np.ndarray | None:
    column, row = at.astype(int)
    if not (reach <= row < picture.shape[0] - reach and reach <= column < picture.shape[1] - reach):
        return None
    return picture[row - reach : row + reach + 1, column - reach : column + reach + 1]


def _note(track: _Track, ticks: int, eye: Eye, found: dict[int, list[Hint]]) -> None:
    if track.hidden:
        return
    height, width = eye.shape.shown
    x, y = (track.at / _scale(eye) - 0.5).clip(0, (width - 1, height - 1))
    found.setdefault(ticks, []).append(replace(track.hint, x=float(x), y=float(y)))


def _scale(eye: Eye) -> np.ndarray:
    """Give pixels seen for a pixel of the film as shown, across and down."""
    height, width = eye.shape.shown
    return np.array([eye.seen[1] / width, eye.seen[0] / height])
