"""Watching a film frame by frame: movement, cuts, scenes that come back, and when to look closely.

What is known after a frame is a value of its own, :class:`Past`, so that work can go on from any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from colorize_core.engine import Hint
from colorize_core.video.eye import Eye, as_picture
from colorize_core.video.flow import followed, step_between
from colorize_core.video.steady import Moment, carried_on

CUT = 0.2  # mean trust below which two frames belong to different scenes
_SAME_SCENE = 0.5  # mean trust from which a scene is one that was there before
_LOOK_AGAIN = 0.3  # trust since the last look, below which it is time for another
_REMEMBERED = 48  # scenes, the latest
_TRIED = 3  # of these, those that look most alike
_WEIGHT = 5.0  # of a remembered scene, against what is predicted now
_THUMB = (9, 16)


@dataclass(frozen=True, slots=True)
class Scene:
    """The end of a scene: its last frame, uint8 ``(H, W)``, and the sums of its colours."""

    picture: np.ndarray
    state: np.ndarray


@dataclass(frozen=True, slots=True)
class Past:
    """What is known after a frame.

    Attributes:
        picture: the frame as movement is looked for in it, uint8 ``(H, W)``; None before the first.
        state: sums of weighted ab and of weights, see :mod:`~colorize_core.video.steady`.
        since: frames since the network has looked.
        sure: how far the movement since then is to be trusted, 0..1.
        scenes: that have come to their end.
        cuts: how many there were.
    """

    picture: np.ndarray | None = None
    state: np.ndarray | None = None
    since: int = 0
    sure: float = 1.0
    scenes: tuple[Scene, ...] = field(default=(), repr=False)
    cuts: int = 0

    def arrays(self) -> dict[str, np.ndarray]:
        """Give all of it as arrays by name, to be kept in a file."""
        if self.picture is None or self.state is None:
            return {}
        return {
            "picture": self.picture,
            "state": self.state,
            "counts": np.array([self.since, self.cuts]),
            "sure": np.array(self.sure),
            "pictures": np.array([one.picture for one in self.scenes]),
            "states": np.array([one.state for one in self.scenes]),
        }

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray]) -> Past:
        """Make it of arrays that :meth:`arrays` gave; of none, the beginning."""
        if "picture" not in arrays:
            return cls()
        scenes = zip(arrays["pictures"], arrays["states"], strict=True)
        since, cuts = (int(one) for one in arrays["counts"])
        return cls(
            arrays["picture"],
            arrays["state"],
            since,
            float(arrays["sure"]),
            tuple(Scene(*one) for one in scenes),
            cuts,
        )


@dataclass(frozen=True, slots=True)
class Watcher:
    """A watcher of one film.

    Attributes:
        eye: how the network sees it.
        every: frames from one look of the network to the next, at most.
        kept: share of the colours' weights that is left after a frame, 0..1.
        dense: OpenCV's dense flow; None takes our own.
    """

    eye: Eye
    every: int
    kept: float
    dense: Any = None

    def watch(
        self, past: Past, luma: np.ndarray, hints: Sequence[Hint] = ()
    ) -> tuple[Past, Moment]:
        """Take in the next frame.

        Args:
            past: what is known after the frame before.
            luma: Y' of the frame.
            hints: known colours in it.

        Returns:
            What is known after it, and what is known of it.
        """
        lightness = self.eye.lightness(luma)
        picture = as_picture(lightness)
        step = None
        if past.picture is not None:
            step = step_between(past.picture, picture, self.eye.cells, self.dense)
            if step.trust < CUT:
                step, past = None, self._after_cut(past, picture)
        since = past.since + 1
        sure = past.sure * (step.trust if step else 0.0)
        look = step is None or since >= self.every or sure < _LOOK_AGAIN
        ab = self.eye.look(lightness, hints) if look else None
        moment = Moment(ab, step)
        if step is None:
            state = carried_on(None, moment, self.kept)
            if past.state is not None:  # as the scene was when it was last seen
                state = state + past.state
        else:
            state = carried_on(past.state, moment, self.kept)
        if look:
            since, sure = 0, 1.0
        return replace(past, picture=picture, state=state, since=since, sure=sure), moment

    def _after_cut(self, past: Past, picture: np.ndarray) -> Past:
        """Put the scene that has ended with the others, and look whether an old one begins."""
        scenes = past.scenes
        if past.picture is not None and past.state is not None:
            scenes = (*scenes, Scene(past.picture, past.state))[-_REMEMBERED:]
        state = self._remembered(scenes, picture)
        return replace(past, scenes=scenes, state=state, cuts=past.cuts + 1)

    def _remembered(self, scenes: Sequence[Scene], picture: np.ndarray) -> np.ndarray | None:
        """Find the colours that a scene had, led to its new frame; None for a new scene."""
        thumb = _thumb(picture)
        alike = sorted(scenes, key=lambda one: float(abs(_thumb(one.picture) - thumb).mean()))
        best: tuple[float, np.ndarray] | None = None
        for scene in alike[:_TRIED]:
            step = step_between(scene.picture, picture, self.eye.cells, self.dense)
            if step.trust > max(_SAME_SCENE, best[0] if best else 0.0):
                weight = _WEIGHT * step.trust_back[..., None]
                best = step.trust, followed(scene.state, step.back) * weight
        return best[1] if best else None


def _thumb(picture: np.ndarray) -> np.ndarray:
    small = cv2.resize(picture, _THUMB[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    return small - small.mean()
