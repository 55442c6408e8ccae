"""Movement, and colours averaged along it."""

from itertools import pairwise

import clips
import numpy as np
import pytest

from colorize_core.video.flow import followed, step_between
from colorize_core.video.steady import Moment, carried_on, steadied

CELLS = (32, 48)


def picture(x=0, y=0):
    grey = clips.PHOTO[..., 1][y : y + 256 : 2, x : x + 384 : 2]
    return np.ascontiguousarray(grey)


def film(colors, steps, kept, count=None):
    """Steady a whole film at once."""
    moments = [Moment(ab, step) for ab, step in zip(colors, steps, strict=True)]
    states, state = [], None
    for moment in moments:
        state = carried_on(state, moment, kept)
        states.append(state)
    return steadied(states, moments, kept, len(moments) if count is None else count)


def flat(a, b):
    return np.full((*CELLS, 2), (a, b), np.float32)


STILL = step_between(picture(), picture(), CELLS)


def test_flow_finds_how_far_a_picture_has_moved():
    step = step_between(picture(), picture(16, 8), CELLS)  # pixels of the photo, two a pixel here
    inner = (slice(4, -6), slice(4, -6))
    assert np.median(step.back[inner], (0, 1)) == pytest.approx([2.0, 1.0], abs=0.1)
    assert np.median(step.ahead[inner], (0, 1)) == pytest.approx([-2.0, -1.0], abs=0.1)
    assert step.trust_back[inner].mean() > 0.8


def test_values_are_fetched_from_where_flow_leads():
    values = np.arange(48, dtype=np.float32)[None, :, None].repeat(32, 0).repeat(3, 2)
    moved = followed(values, np.full((*CELLS, 2), (2.0, 0.0), np.float32))
    np.testing.assert_allclose(moved[:, :40, 0], values[:, 2:42, 0], atol=1e-3)


def test_what_comes_into_the_picture_is_not_trusted():
    step = step_between(picture(), picture(48), CELLS)
    assert step.trust_back[:, -4:].mean() < 0.3 < step.trust_back[4:-4, 8:-12].mean()


def test_different_scenes_have_no_trust():
    assert step_between(picture(), picture(100, 200), CELLS).trust < 0.2


def test_steady_colours_stay_as_they_are():
    out = film([flat(20, -30)] * 5, [None] + [STILL] * 4, 0.95)
    np.testing.assert_allclose(out, [flat(20, -30)] * 5, rtol=1e-4)


def test_weights_fall_off_exponentially_to_both_sides():
    colors = [flat(value, 0) for value in (0, 0, 100, 0, 0)]
    out = film(colors, [None] + [STILL] * 4, 0.5)
    total = sum(0.5 ** abs(n) for n in (-2, -1, 0, 1, 2))
    assert out[2].mean() * 2 == pytest.approx(100 / total, rel=0.01)
    assert out[0].mean() * 2 == pytest.approx(25 / (1 + 0.5 + 0.25 + 0.125 + 0.0625), rel=0.01)


def test_frames_that_nobody_looked_at_do_not_fade():
    colors = [flat(40, 10), None, None, flat(40, 10), None]
    out = film(colors, [None] + [STILL] * 4, 0.9)
    np.testing.assert_allclose(out, [flat(40, 10)] * 5, rtol=1e-3)


def test_colours_move_with_what_they_are_of():
    step = step_between(picture(), picture(16), CELLS)
    spot = np.zeros((*CELLS, 2), np.float32)
    spot[12:20, 20:28] = 50.0
    out = film([spot, None], [None, step], 0.9)
    assert out[1][13:19, 19:25].mean() > 40.0
    assert out[1][13:19, 28:34].mean() < 5.0


def test_nothing_crosses_a_cut():
    out = film([flat(50, 0)] * 3 + [flat(-50, 0)] * 3, [None, STILL, STILL] * 2, 0.95)
    np.testing.assert_allclose(out[2], flat(50, 0), rtol=1e-4)
    np.testing.assert_allclose(out[3], flat(-50, 0), rtol=1e-4)


def test_flickering_predictions_hold_still():
    random = np.random.default_rng(0)
    colors = [flat(*random.normal(20, 10, 2)) for _ in range(60)]
    out = film(colors, [None] + [STILL] * 59, 0.97)
    change = [abs(b - a).mean() for a, b in pairwise(out)]
    assert np.mean(change) < 0.06 * np.mean([abs(b - a).mean() for a, b in pairwise(colors)])
