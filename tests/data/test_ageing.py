"""What film, lens, print and scan do to crops in training."""

import numpy as np
import pytest
import skimage.data
from scipy.ndimage import laplace

from colorize_core.color.lab import lightness_of_bytes
from colorize_core.data import ageing
from colorize_core.data.ageing import ORTHOCHROMATIC, PANCHROMATIC, age, show

NEVER, ALWAYS = 0.0, 1.0
EVERY = ("_FILM", "_BLUR", "_VIGNETTE", "_CURVE", "_GRAIN", "_FADING", "_DUST", "_JPEG")


@pytest.fixture(scope="module")
def crop() -> np.ndarray:
    return np.ascontiguousarray(skimage.data.astronaut()[:128, 150:278])


@pytest.fixture
def only(monkeypatch):
    """A function that leaves one kind of ageing, or none."""

    def leave(kept: str | None) -> None:
        for name in (*EVERY, "_WORN"):
            monkeypatch.setattr(ageing, name, ALWAYS if name == kept else NEVER)

    return leave


def aged(crop, seed=0):
    return age(crop, np.random.default_rng(seed))


def test_without_ageing_it_is_the_lightness_of_the_colors(crop, only):
    only(None)
    assert np.abs(aged(crop) - lightness_of_bytes(crop)).max() < 0.5  # of eight bits


@pytest.mark.parametrize("kind", EVERY)
def test_each_kind_changes_the_lightness(crop, only, kind):
    only(kind)
    assert np.abs(aged(crop, 3) - lightness_of_bytes(crop)).max() > 1.0


def test_what_comes_out_is_lightness(crop):
    for seed in range(50):
        lightness = aged(crop, seed)
        assert (lightness.shape, lightness.dtype) == ((128, 128), np.float32)
        assert 0.0 <= lightness.min() <= lightness.max() <= 100.0


def test_the_same_numbers_age_a_crop_in_the_same_way(crop):
    np.testing.assert_array_equal(aged(crop, 7), aged(crop, 7))
    assert not np.array_equal(aged(crop, 7), aged(crop, 8))


def test_orthochromatic_film_sees_red_as_black():
    assert ORTHOCHROMATIC.sum() == pytest.approx(1.0)
    assert ORTHOCHROMATIC[0] < PANCHROMATIC[0] / 5


def test_films_weigh_light_and_lose_none(crop, only):
    only("_FILM")
    white = np.full((8, 8, 3), 255, np.uint8)
    assert all(aged(white, seed).min() > 99.5 for seed in range(20))


def test_blur_softens(crop, only):
    only("_BLUR")
    sharp = np.abs(laplace(lightness_of_bytes(crop))).mean()
    assert all(np.abs(laplace(aged(crop, seed))).mean() < sharp for seed in range(10))


def test_grain_leaves_the_mean_where_it_was(crop, only):
    only("_GRAIN")
    grey = np.full((128, 128, 3), 120, np.uint8)
    plain = lightness_of_bytes(grey).mean()
    spreads = [aged(grey, seed) for seed in range(20)]
    assert np.mean([one.mean() for one in spreads]) == pytest.approx(plain, abs=0.3)
    assert 0.5 < np.mean([one.std() for one in spreads]) < 8.0


def test_fading_takes_black_and_white_away(only):
    only("_FADING")
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2).repeat(16, 0)
    spans = [np.ptp(aged(ramp, seed)) for seed in range(40)]
    assert max(spans) < 100.0
    assert min(spans) < 60.0


@pytest.fixture
def worn(only, monkeypatch):
    """A function that makes prints, all of them worn, by nothing that comes alone."""
    only(None)
    monkeypatch.setattr(ageing, "_WORN", ALWAYS)
    return lambda rgb: [aged(rgb, seed) for seed in range(40)]


def test_a_worn_print_is_of_film_that_saw_less_red(worn):
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    assert np.mean(worn(red)) < lightness_of_bytes(red).mean()


def test_a_worn_print_is_grainy(worn):
    grey = np.full((64, 64, 3), 120, np.uint8)
    assert np.mean([one.std() for one in worn(grey)]) > 1.0


def test_a_worn_print_is_faded(worn):
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2).repeat(16, 0)
    assert np.mean([np.ptp(one) for one in worn(ramp)]) < 90.0


def test_a_worn_print_is_soft(worn):
    edge = np.zeros((64, 64, 3), np.uint8)
    edge[:, 32:] = 255
    steps = [np.ptp(one[:, 31:33].mean(0)) / np.ptp(one) for one in worn(edge)]
    assert np.mean(steps) < 0.6


def test_crops_are_shown_stretched_or_less_or_not_at_all():
    faded = np.linspace(40.0, 80.0, 64 * 64, dtype=np.float32).reshape(64, 64)
    spans = [np.ptp(show(faded, np.random.default_rng(seed))) for seed in range(200)]
    as_they_are = sum(span == pytest.approx(40.0, abs=0.1) for span in spans)
    whole = sum(span == pytest.approx(100.0, abs=0.1) for span in spans)
    assert 20 < as_they_are < 65
    assert 50 < whole < 115
