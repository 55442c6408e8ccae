"""Halftone prints: their dots are found, and the network sees them without."""

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image
from scipy.ndimage import gaussian_filter

from colorize_core import Colorizer, rgb_to_lab
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.engine.screen import find_screen, unscreened

GREY = np.asarray(Image.fromarray(skimage.data.astronaut()).convert("L").resize((256, 256)))


def printed(grey: np.ndarray, pitch: float, angle: float, times: int = 2) -> np.ndarray:
    """Print a photo as black dots on white that give back its light, and scan it."""
    size = [side * times * 3 for side in grey.shape[::-1]]
    light = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC)) / 255
    down, across = np.indices(light.shape, np.float32) * np.float32(2 * np.pi / pitch / 3)
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    dots = np.cos(cos * across + sin * down) + np.cos(cos * down - sin * across)
    known = np.sort(dots[::7, ::7].ravel())
    ranks = np.searchsorted(known[::20], dots) / len(known[::20])
    seen = (ranks > 1 - light**2.2).reshape(size[1] // 3, 3, size[0] // 3, 3).mean((1, 3))
    return (255 * seen ** (1 / 2.2)).round().astype(np.uint8)


def as_jpeg(grey: np.ndarray, quality: int = 60) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def screen_of(grey: np.ndarray):
    return find_screen(lightness_of_pixels(grey))


@pytest.mark.parametrize(("pitch", "angle"), [(3.4, 45), (5.0, 30), (7.0, 0), (12.0, 45)])
def test_dots_are_found_at_their_distance_and_angle(pitch, angle):
    scan = printed(GREY, pitch, angle, 3)
    for shown in (scan, as_jpeg(scan)):
        screen = screen_of(shown)
        assert screen is not None
        assert screen.pitch == pytest.approx(pitch, rel=0.15)
        assert abs((screen.angle - angle + 45) % 90 - 45) < 6


def test_dots_of_a_soft_and_grainy_scan_are_found():
    soft = gaussian_filter(printed(GREY, 5.5, 38).astype(float), 1.2)
    soft += np.random.default_rng(0).normal(0, 4, soft.shape)
    assert screen_of(soft.clip(0, 255).astype(np.uint8)) is not None


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket", "camera", "brick"])
def test_photos_without_dots_have_none(name):
    pixels = getattr(skimage.data, name)()
    grey = np.asarray(Image.fromarray(pixels).convert("L"))
    grainy = grey + np.random.default_rng(0).normal(0, 12, grey.shape)
    blown_up = Image.fromarray(grey).resize([3 * side for side in grey.shape[::-1]])
    for shown in (
        grey,
        as_jpeg(grey, 25),
        grainy.clip(0, 255).astype(np.uint8),
        as_jpeg(np.asarray(blown_up), 50),
    ):
        assert screen_of(shown) is None


@pytest.mark.parametrize("shape", [(1, 1), (5, 400), (127, 127), (128, 128), (300, 2000)])
def test_small_and_blank_photos_have_none(shape):
    assert screen_of(np.full(shape, 200, np.uint8)) is None


def test_a_photo_without_dots_is_given_back_as_it_is():
    lightness = lightness_of_pixels(GREY)
    assert unscreened(lightness, 256) is lightness


@pytest.mark.parametrize("times", [2, 5])
def test_without_dots_a_print_has_the_tones_of_its_photo(times):
    scan = lightness_of_pixels(printed(GREY[::2, ::2], 5.0, 45, times))
    clean = unscreened(scan, 128)
    assert clean.dtype == np.float32
    small = np.asarray(Image.fromarray(clean).resize((32, 32), Image.Resampling.BOX))
    true = lightness_of_pixels(np.asarray(Image.fromarray(GREY).resize((32, 32), 4)))
    assert abs(small - true).mean() < 4
    means = np.asarray(Image.fromarray(scan).resize((32, 32), Image.Resampling.BOX))
    assert abs(small - true).mean() < 0.5 * abs(means - true).mean()


@pytest.fixture(scope="module")
def shipped() -> Colorizer:
    return Colorizer(device="cpu")


def away(colorizer: Colorizer, shown: np.ndarray, photo: np.ndarray, **options) -> float:
    """How far in ab the colours of one picture are from those of another."""
    one, other = (colorizer.predict(given, **options).ab() for given in (shown, photo))
    return float((one - other).square().sum(1).sqrt().mean())


def test_a_print_gets_the_colors_of_its_photo_and_keeps_its_dots(shipped, monkeypatch):
    scan = printed(GREY, 5.0, 30, 3)
    without = away(shipped, scan, GREY)
    painted = rgb_to_lab(shipped(scan) / np.float32(255))[..., 0]
    assert abs(painted - lightness_of_pixels(scan)).mean() < 0.5
    monkeypatch.setattr("colorize_core.engine.colorizer.unscreened", lambda lightness, _: lightness)
    assert without < 0.7 * away(shipped, scan, GREY)


def test_the_network_sees_the_dots_where_it_sees_photos_as_they_are(shipped, monkeypatch):
    scan = printed(GREY, 5.0, 30)
    dotted = shipped.predict(scan, as_is=True).ab()
    monkeypatch.setattr("colorize_core.engine.colorizer.unscreened", None)
    assert (shipped.predict(scan, as_is=True).ab() == dotted).all()


def test_a_print_on_a_page_gets_the_colors_that_it_has_alone(shipped):
    scan, page = printed(GREY, 5.0, 30), np.full((620, 620), 235, np.uint8)
    page[48:560, 60:572] = scan
    painted = shipped.predict(page, detail=True)
    assert len(painted.frames) == 1
    alone = shipped.predict(scan, detail=True).render()
    there = painted.render()[48:560, 60:572]
    assert abs(there - alone).mean() < 0.3 * abs(alone).mean()
