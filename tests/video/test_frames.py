"""Frames of a film, from its beginning or from the middle."""

from fractions import Fraction

import clips
import numpy as np
import pytest

from colorize_core.video.frames import pictures
from colorize_core.video.source import examined

FRAMES = [np.full((64, 96), 40 + n, np.uint8) for n in range(110)]


@pytest.fixture(scope="module", params=["film.mkv", "film.mp4", "film.ts", "film.avi"])
def source(request, tmp_path_factory):
    fine = Fraction(1, 25) if request.param == "film.avi" else Fraction(1, 1000)
    codec = "mpeg4" if request.param == "film.avi" else "libx264"
    path = tmp_path_factory.mktemp("film") / request.param
    return examined(
        clips.make(path, FRAMES, codec=codec, time_base=fine, options={"g": "12", "bf": "2"})
    )


def test_all_frames_are_found_before_they_are_decoded(source):
    assert [one.ticks for one in pictures(source)] == list(source.times)
    assert source.frames == 110
    assert source.seconds(source.end) == pytest.approx(4.4, abs=0.05)


@pytest.mark.parametrize("last", [0, 24, 73, 108])
def test_what_comes_after_a_frame_is_as_from_the_beginning(source, last):
    whole = list(pictures(source))
    rest = list(pictures(source, after=whole[last].ticks))
    assert [one.ticks for one in rest] == [one.ticks for one in whole[last + 1 :]]
    for one, other in zip(rest, whole[last + 1 :], strict=True):
        np.testing.assert_array_equal(one.luma, other.luma)


def test_frames_end_before_a_time(source):
    some = list(pictures(source, until=source.times[10]))
    assert [one.ticks for one in some] == list(source.times[:10])
