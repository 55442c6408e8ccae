"""Steady colours: ab averaged over time, along what moves.

Each cell's colour is a mean over the frames before and after, with weights that fall off
exponentially with time and with every step that cannot be trusted. Sums of weighted ab and of
weights are carried along the flow apart, and divided at the end (normalized convolution: Knutsson
and Westin, 1993). So colours do not fade where little is known, and frames that no network has
looked at get theirs from those around.

At T = 1 the annealed mean is linear in the network's probabilities, so filtering ab is filtering
those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from colorize_core.video.flow import Step, followed

_LEAST = 1e-3  # of trust: what can be trusted nowhere still beats nothing at all


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of a frame at the network's stride.

    Attributes:
        ab: predicted, float32 ``(h, w, 2)``; None where nobody has looked.
        step: from the frame before; None where nothing leads here: at the beginning and at cuts.
    """

    ab: np.ndarray | None
    step: Step | None


def carried_on(state: np.ndarray | None, moment: Moment, kept: float) -> np.ndarray | None:
    """Carry the past on to a frame, and add what is predicted there.

    Args:
        state: the past as of the frame before: sums of weighted a and b and of weights, float32
            ``(h, w, 3)``; None for none.
        moment: of the frame.
        kept: share of the weights that is left after a frame, 0..1.
    """
    if state is None or moment.step is None:
        return _of(moment.ab)
    return _led(state, moment.step.back, moment.step.trust_back * kept, moment.ab)


def steadied(
    states: Sequence[np.ndarray | None], moments: Sequence[Moment], kept: float, count: int
) -> list[np.ndarray]:
    """Give the colours of the first frames of a stretch, from what was before and comes after.

    Args:
        states: the past as of each of the first frames, which holds their own prediction too.
        moments: of these and of the frames to look ahead to.
        kept: share of the weights that is left after a frame.
        count: of frames whose colours are wanted.

    Returns:
        ab, float32 ``(h, w, 2)``, for each.
    """
    future: np.ndarray | None = None
    colors: list[np.ndarray] = []
    for number in range(len(moments) - 1, -1, -1):
        moment = moments[number]
        if number < count:
            colors.append(_divided(_sum(states[number], future)))
        # From here on, this frame is part of the future of the one before.
        future = _sum(future, _of(moment.ab))
        if moment.step is None:
            future = None
        elif future is not None:
            future = _led(future, moment.step.ahead, moment.step.trust_ahead * kept, None)
    return colors[::-1]


def _led(
    state: np.ndarray, flow: np.ndarray, weight: np.ndarray, ab: np.ndarray | None
) -> np.ndarray:
    """Fetch a state along a flow, weighted, and add a prediction."""
    led = followed(state, flow)
    led *= np.maximum(weight, _LEAST)[..., None]
    if ab is not None:
        led[..., :2] += ab
        led[..., 2] += 1.0
    return led


def _of(ab: np.ndarray | None) -> np.ndarray | None:
    if ab is None:
        return None
    return np.concatenate((ab, np.ones_like(ab[..., :1])), 2)


def _sum(one: np.ndarray | None, other: np.ndarray | None) -> np.ndarray | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other


def _divided(state: np.ndarray | None) -> np.ndarray:
    if state is None:
        raise ValueError("nobody has looked at the scene of a frame")
    return state[..., :2] / np.maximum(state[..., 2:], np.finfo(np.float32).tiny)
