"""Scenes: where they begin, that they do not mix, and that they come back as they were."""

import clips
import numpy as np
import pytest

from colorize_core.engine import ColorizeOptions
from colorize_core.video.eye import Eye, Shape
from colorize_core.video.planes import Scale
from colorize_core.video.watching import Past, Watcher

SCALE = Scale(1, 8, False)


class Painted(Eye):
    """An eye that sees one colour, whatever it is told to."""

    color = (0.0, 0.0)
    looks = 0

    def look(self, lightness, hints=()):
        self.looks += 1
        return np.full((*self.cells, 2), self.color, np.float32)


@pytest.fixture
def eye(colorizer):
    return Painted(colorizer, ColorizeOptions(), Shape((64, 96)), SCALE)


def watch(watcher, frames, past=None):
    past, seen = past or Past(), []
    for luma in frames:
        past, moment = watcher.watch(past, luma)
        seen.append((past, moment))
    return past, seen


def color_of(past):
    return past.state[..., :2].sum((0, 1)) / past.state[..., 2].sum()


def test_the_network_looks_at_every_third_frame(eye):
    _, seen = watch(Watcher(eye, 3, 0.95), clips.pan(9))
    assert [moment.ab is not None for _, moment in seen] == [True, False, False] * 3


def test_cuts_are_found_where_they_are(eye):
    frames = clips.pan(7) + clips.pan(5, at=300) + clips.pan(4, at=150)
    _, seen = watch(Watcher(eye, 3, 0.95), frames)
    assert [n for n, (_, moment) in enumerate(seen) if moment.step is None] == [0, 7, 12]
    assert all(seen[n][1].ab is not None for n in (0, 7, 12))


def test_a_scene_that_comes_back_has_the_colours_that_it_had(eye):
    watcher = Watcher(eye, 1, 0.97)
    eye.color = (40.0, 0.0)
    past, _ = watch(watcher, clips.pan(8))
    eye.color = (0.0, -30.0)
    past, _ = watch(watcher, clips.pan(8, at=300), past)
    assert color_of(past) == pytest.approx([0.0, -30.0], abs=0.5)
    eye.color = (0.0, 50.0)  # what the network thinks of it now
    past, _ = watch(watcher, clips.pan(9)[8:], past)
    assert color_of(past) == pytest.approx([40.0, 0.0], abs=6.0)


def test_a_new_scene_has_colours_of_its_own(eye):
    watcher = Watcher(eye, 1, 0.97)
    eye.color = (40.0, 0.0)
    past, _ = watch(watcher, clips.pan(8))
    eye.color = (0.0, -30.0)
    past, _ = watch(watcher, clips.pan(1, at=300), past)
    assert color_of(past) == pytest.approx([0.0, -30.0], abs=1e-3)


def test_the_past_can_be_kept_in_a_file(eye, tmp_path):
    watcher = Watcher(eye, 3, 0.97)
    past, _ = watch(watcher, clips.pan(4) + clips.pan(4, at=300))
    np.savez(tmp_path / "past.npz", **past.arrays())
    with np.load(tmp_path / "past.npz") as kept:
        again = Past.of(dict(kept))
    one, _ = watch(watcher, clips.pan(8)[4:], past)
    other, _ = watch(watcher, clips.pan(8)[4:], again)
    np.testing.assert_array_equal(one.state, other.state)
    assert (one.since, one.cuts, len(one.scenes)) == (other.since, other.cuts, len(other.scenes))


def test_the_network_sees_pictures_upright_and_in_their_shape(colorizer):
    luma = clips.pan(1)[0]
    turned = Eye(colorizer, ColorizeOptions(), Shape((64, 96), turns=1), SCALE)
    assert turned.shape.shown == (96, 64)
    assert turned.lightness(luma).shape == (96, 64)
    # A quarter turn counterclockwise brings the right edge to the top.
    assert turned.lightness(luma)[0].mean() == pytest.approx(
        turned.lightness(luma).mean(1)[0], abs=1e-3
    )
    straight = Eye(colorizer, ColorizeOptions(), Shape((64, 96)), SCALE).lightness(luma)
    np.testing.assert_allclose(turned.lightness(luma), np.rot90(straight))
    ab = np.random.default_rng(0).random((*turned.cells, 2))
    np.testing.assert_array_equal(turned.shape.stored(turned.shape.upright(ab)), ab)
