"""Numbers of films: lightness of luma, and Cb and Cr of colours."""

from itertools import pairwise

import numpy as np
import pytest

from colorize_core.color.lab import rgb_to_lab
from colorize_core.video.chroma import chroma_of, chroma_of_rgb
from colorize_core.video.errors import VideoError
from colorize_core.video.muxing import decoding_times
from colorize_core.video.planes import Scale, lightness_table, matrix_of

RED = np.array([[[1.0, 0.0, 0.0]]], np.float32)


@pytest.mark.parametrize(
    ("matrix", "bits", "full", "expected"),
    [
        (6, 8, False, (90, 240)),  # of red, as in the tables of BT.601 and BT.709
        (1, 8, False, (102, 240)),
        (1, 10, False, (409, 960)),
        (6, 8, True, (85, 254)),
    ],
)
def test_red_has_the_numbers_of_its_standard(matrix, bits, full, expected):
    cb, cr = chroma_of_rgb(RED, Scale(matrix, bits, full))
    assert (int(cb[0, 0]), int(cr[0, 0])) == pytest.approx(expected, abs=1)


def test_black_and_white_are_where_the_range_has_them():
    limited, full = lightness_table(Scale(1, 8, False)), lightness_table(Scale(1, 8, True))
    assert limited[16] == full[0] == 0.0
    assert limited[235] == pytest.approx(100.0, abs=1e-3)
    assert full[255] == pytest.approx(100.0, abs=1e-3)
    assert lightness_table(Scale(1, 10, False))[940] == pytest.approx(100.0, abs=1e-3)


@pytest.mark.parametrize("matrix", [1, 6, 9])
def test_lightness_hardly_moves_and_colours_come_out_as_meant(matrix):
    scale = Scale(matrix, 8, False)
    luma = np.random.default_rng(0).integers(60, 200, (16, 16), np.uint8)
    ab = np.full((4, 4, 2), (12.0, 10.0), np.float32)
    cb, cr = chroma_of(ab, luma, (16, 16), scale, scale)
    red, blue = scale.weights
    y = (luma - 16.0) / 219.0
    b = y + 2 * (1 - blue) * (cb - 128.0) / 224.0
    r = y + 2 * (1 - red) * (cr - 128.0) / 224.0
    g = (y - red * r - blue * b) / (1 - red - blue)
    lab = rgb_to_lab(np.stack((r, g, b), -1).clip(0, 1).astype(np.float32))
    moved = abs(lab[..., 0] - lightness_table(scale)[luma])
    assert moved.mean() < 0.6
    assert moved.max() < 2.2
    assert abs(lab[..., 1:] - [12.0, 10.0]).mean() < 1.0


def test_a_film_without_a_matrix_has_the_usual_one():
    assert matrix_of(2, 480) == 6
    assert matrix_of(2, 1080) == 1
    assert matrix_of(5, 1080) == 5


def test_colours_that_luma_cannot_be_told_apart_in_are_refused():
    with pytest.raises(VideoError, match="YCgCo"):
        matrix_of(8, 1080)


def test_frames_are_decoded_in_time_and_in_order():
    shown = [0, 120, 40, 80, 333, 200, 160]  # with B-frames, at uneven times
    times = decoding_times(shown)
    assert all(later > earlier for earlier, later in pairwise(times))
    assert all(at <= ticks for at, ticks in zip(times, shown, strict=True))
    assert decoding_times([0, 40, 95]) == [0, 40, 95]
    assert decoding_times([]) == []
