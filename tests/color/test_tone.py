"""The tonal range that networks are shown."""

import numpy as np
import pytest
import skimage.data
import torch

from colorize_core.color.lab import lightness_of_bytes
from colorize_core.color.tone import FULL, TonalRange, tonal_range, within_border


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """L of a photograph that uses the whole scale."""
    lightness = lightness_of_bytes(skimage.data.astronaut()[:300, 50:350])
    return tonal_range(lightness).stretch(lightness)


def test_a_faded_picture_gets_its_tones_back(picture):
    faded = 30.0 + 0.6 * picture
    assert np.abs(tonal_range(faded).stretch(faded) - picture).max() < 0.01


def test_a_picture_that_uses_the_whole_scale_stays_as_it_is(picture):
    assert tonal_range(picture) == TonalRange(pytest.approx(0.0), pytest.approx(100.0))


def test_dust_and_glare_do_not_hold_the_range_open(picture):
    faded = 30.0 + 0.5 * picture
    clean = tonal_range(faded)
    faded[::40, ::40], faded[5::40, 5::40] = 0.0, 100.0
    dusty = tonal_range(faded)
    assert (dusty.low, dusty.high) == pytest.approx((clean.low, clean.high), abs=3.0)


@pytest.mark.parametrize("level", [0.0, 3.0, 50.0, 99.0, 100.0])
def test_blank_paper_is_not_blown_up(level):
    found = tonal_range(np.full((20, 20), level, np.float32))
    assert found.high - found.low == pytest.approx(30.0)
    assert 0.0 <= found.low < found.high <= 100.0


def test_tensors_and_arrays_are_stretched_alike(picture):
    tones = TonalRange(20.0, 70.0)
    of_tensor = tones.stretch(torch.from_numpy(picture))
    np.testing.assert_array_equal(of_tensor.numpy(), tones.stretch(picture))
    assert (of_tensor.min(), of_tensor.max()) == (0.0, 100.0)


def test_the_full_range_changes_nothing(picture):
    np.testing.assert_array_equal(FULL.stretch(picture), picture)


@pytest.mark.parametrize("border", [0.0, 60.0, 100.0])
def test_a_border_around_the_picture_does_not_count(picture, border):
    faded = 35.0 + 0.4 * picture
    scan = np.pad(faded, 50, constant_values=border)
    scan += np.random.default_rng(0).normal(0.0, 1.0, scan.shape)  # of the paper
    inside = within_border(scan.astype(np.float32))
    assert max(inside.shape) <= 300
    found = tonal_range(inside)
    assert (found.low, found.high) == pytest.approx((35.0, 75.0), abs=3.0)


def test_a_picture_without_a_border_is_kept_nearly_whole(picture):
    assert min(within_border(picture).shape) >= 0.9 * 300


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (4, 4), (90, 3)])
def test_the_smallest_pictures_have_a_range(shape):
    inside = within_border(np.full(shape, 40.0, np.float32))
    assert inside.size
    assert tonal_range(inside).low < 40.0 < tonal_range(inside).high


def test_plain_scans_keep_a_third_of_each_side():
    assert min(within_border(np.full((100, 100), 40.0, np.float32)).shape) >= 36
