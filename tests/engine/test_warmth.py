"""White balance: colours get warmer or cooler, tones and what is grey on purpose stay."""

from __future__ import annotations

import math

import numpy as np
import pytest

from colorize_core import ColorizeOptions
from colorize_core.color.lab import rgb_to_lab


def lab(pixels: np.ndarray) -> np.ndarray:
    return rgb_to_lab(pixels / 255.0)


@pytest.fixture
def tones() -> np.ndarray:
    """A photo in grey, far from black and white."""
    return np.tile(np.linspace(90, 170, 96).astype(np.uint8), (64, 1))


def test_warm_is_yellower_and_cool_is_bluer_and_the_tones_stay(colorizer, tones):
    cool, plain, warm = (
        lab(colorizer(tones, size=64, saturation=0.3, warmth=warmth)) for warmth in (-0.5, 0, 0.5)
    )
    assert cool[..., 2].mean() < plain[..., 2].mean() - 1
    assert warm[..., 2].mean() > plain[..., 2].mean() + 1
    for other in (cool, warm):
        assert np.abs(other[..., 0] - plain[..., 0]).max() < 1  # of 100, by rounding to bytes


def test_without_it_nothing_changes_and_without_saturation_photos_are_grey(colorizer, tones):
    plain = colorizer.colorize(tones, size=64).pixels
    assert np.array_equal(colorizer.colorize(tones, size=64, warmth=0.0).pixels, plain)
    grey = colorizer.colorize(tones, size=64, warmth=1.0, saturation=0.0).pixels
    assert np.ptp(grey.astype(int), axis=2).max() <= 1


def test_a_prediction_is_rendered_as_the_photo_is(colorizer, tones):
    options = ColorizeOptions(size=64, warmth=0.4)
    seen = colorizer.predict(tones, options).picture()
    assert np.array_equal(seen, colorizer(tones, options))


@pytest.mark.parametrize("warmth", [-1.1, 1.1, math.nan])
def test_out_of_its_range_it_is_refused(warmth):
    with pytest.raises(ValueError, match=r"warmth must be within -1\.\.1"):
        ColorizeOptions(warmth=warmth)
