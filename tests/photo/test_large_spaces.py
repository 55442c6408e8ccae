"""Photographs in colour spaces larger than sRGB: seen, colorized and written as in sRGB."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from skimage import color
from spaces import LARGE_SPACES, OUT_OF, seen_in, store

from colorize_core.engine import ColorizeOptions
from colorize_core.engine.lightness import lightness_of_pixels
from colorize_core.photo import read_photo, write_photo

MOST_DIFFERENCE = 1.5  # Delta E 2000: side by side, hardly seen


@pytest.fixture
def twins_seen(colorizer, tmp_path, chart):
    """Colorizes a photo in sRGB and its twin in a large space; gives Lab of what is seen of both.

    Random weights make much of the least difference: both get the colours of one prediction.
    """

    def colorize(space: str, bits: int, suffix: str, saturation: float) -> list[np.ndarray]:
        icc, into = LARGE_SPACES[space]
        twin, large = tmp_path / f"twin{suffix}", tmp_path / f"large{suffix}"
        store(twin, chart, None, bits)
        store(large, into(chart), icc, bits)
        prediction = colorizer.predict(read_photo(twin), ColorizeOptions(size=64))
        for path in (twin, large):
            photo = read_photo(path)
            own = replace(prediction, lightness=lightness_of_pixels(photo.pixels))
            photo.pixels = own.picture(saturation=saturation, dtype=photo.pixels.dtype)
            write_photo(photo, path, overwrite=True)
        return [seen_in(path) for path in (twin, large)]

    return colorize


def ideal_twins(space: str) -> np.ndarray:
    """How far sRGB's colours, rounded once to 8 bits, are from the same ones in a large space."""
    random, grids = np.random.default_rng(0), []
    for most in (1.0, 0.2):  # closer together where it is dark: there they are farthest apart
        steps = np.linspace(0.0, most, 52)
        grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(-1, 1, 3)
        grids.append(grid + random.uniform(-0.01, 0.01, grid.shape) * most)
    grid = np.clip(np.concatenate(grids), 0.0, 1.0)
    rounded = np.rint(grid * 255) / 255
    large = OUT_OF[space](np.rint(LARGE_SPACES[space][1](grid) * 255) / 255)
    return color.deltaE_ciede2000(color.rgb2lab(rounded), color.rgb2lab(large))


@pytest.mark.parametrize("space", LARGE_SPACES)
@pytest.mark.parametrize(("bits", "suffix"), [(8, ".png"), (8, ".tif"), (16, ".tif")])
def test_greys_in_large_spaces_look_as_their_twins_in_srgb(twins_seen, space, bits, suffix):
    twin, large = twins_seen(space, bits, suffix, 0.0)
    assert color.deltaE_ciede2000(twin, large).max() < MOST_DIFFERENCE
    assert np.abs(large[..., 1:]).max() < 1.5


@pytest.mark.parametrize("space", LARGE_SPACES)
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_colors_in_large_spaces_look_as_their_twins_in_srgb(twins_seen, space, suffix):
    """In 8 bits: of dark, vivid colours no twins are nearer, however they are rounded."""
    twin, large = twins_seen(space, 8, suffix, 1.0)
    difference = color.deltaE_ciede2000(twin, large)
    assert np.percentile(difference, 99.5) < MOST_DIFFERENCE
    assert difference.max() < ideal_twins(space).max()
    assert np.linalg.norm(large[..., 1:], axis=-1).mean() > 10  # there is colour to compare


@pytest.mark.parametrize("space", LARGE_SPACES)
def test_colors_of_16_bits_in_large_spaces_look_as_their_twins_in_srgb(twins_seen, space):
    twin, large = twins_seen(space, 16, ".tif", 1.0)
    assert color.deltaE_ciede2000(twin, large).max() < MOST_DIFFERENCE / 10
    assert np.linalg.norm(large[..., 1:], axis=-1).mean() > 10


@pytest.mark.parametrize("space", LARGE_SPACES)
@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("times", [1, 40], ids=["small", "large"])
def test_8_bits_in_a_large_space_come_back(tmp_path, space, suffix, times):
    """All greys, and every colour of a grid that sRGB holds, close together where it is dark."""
    icc, into = LARGE_SPACES[space]
    steps = np.unique(np.r_[0:32:4, 32:256:8, 255]) / 255.0
    grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(-1, 1, 3)
    grid = grid[np.abs(into(OUT_OF[space](grid)) - grid).max((1, 2)) < 1e-3]
    greys = np.repeat(np.arange(256) / 255.0, 3).reshape(-1, 1, 3)
    store(tmp_path / "x.png", np.repeat(np.concatenate((greys, grid)), times, 1), icc, 8)
    write_photo(read_photo(tmp_path / "x.png"), tmp_path / f"y{suffix}")
    with Image.open(tmp_path / f"y{suffix}") as written:
        assert np.asarray(written).dtype == np.uint8
    difference = seen_in(tmp_path / "x.png") - seen_in(tmp_path / f"y{suffix}")
    assert np.abs(difference[..., 0]).max() < 0.2
    assert np.linalg.norm(difference, axis=-1).max() < 0.5


@pytest.mark.parametrize("space", LARGE_SPACES)
@pytest.mark.parametrize("times", [1, 10], ids=["small", "large"])
def test_8_bits_in_a_large_space_are_rounded_once(colorizer, tmp_path, chart, space, times):
    """Colorized, they are off by what their file's own 8 bits force, and hardly more."""
    icc, into = LARGE_SPACES[space]
    path = tmp_path / "x.png"
    store(path, np.tile(into(chart), (times, times, 1)), icc, 8)
    photo = read_photo(path)
    prediction = colorizer.predict(photo, ColorizeOptions(size=64))
    np.testing.assert_allclose(prediction.lightness, seen_in(path)[..., 0], atol=0.05)
    expected = prediction.picture(dtype=np.float32)
    write_photo(replace(photo, pixels=prediction.picture(dtype=photo.pixels.dtype)), path, True)
    ideal = color.rgb2lab(expected)
    least = np.abs(color.rgb2lab(OUT_OF[space](np.rint(into(expected) * 255) / 255)) - ideal)
    most = np.abs(seen_in(path) - ideal)
    assert most[..., 0].max() < least[..., 0].max() + 0.05
    assert np.linalg.norm(most, axis=-1).max() < MOST_DIFFERENCE
    assert np.linalg.norm(most, axis=-1).mean() < np.linalg.norm(least, axis=-1).mean() * 1.1


@pytest.mark.parametrize("space", LARGE_SPACES)
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
def test_photos_are_written_in_the_space_they_came_in(tmp_path, chart, in_color, space, suffix):
    icc, into = LARGE_SPACES[space]
    store(tmp_path / "x.png", into(chart), icc, 8)
    path = tmp_path / f"out{suffix}"
    write_photo(in_color(read_photo(tmp_path / "x.png")), path)
    with Image.open(path) as image:
        assert image.info["icc_profile"] == icc
    # The colour that in_color fills the photo with is sRGB.
    expected = color.rgb2lab(np.array([[[51, 102, 153]]], np.uint8) / 255.0)
    difference = color.deltaE_ciede2000(seen_in(path), expected)
    assert difference.mean() < MOST_DIFFERENCE


def test_16_bits_in_a_large_space_keep_their_lightness(tmp_path):
    icc, into = LARGE_SPACES["Adobe RGB"]
    ramp = np.linspace(0.0, 1.0, 4096).reshape(64, 64)
    store(tmp_path / "x.tif", into(np.dstack((ramp,) * 3)), icc, 16)
    photo = read_photo(tmp_path / "x.tif")
    lightness = color.rgb2lab(photo.pixels / 65535.0)[..., 0]
    expected = color.rgb2lab(np.dstack((ramp,) * 3))[..., 0]
    np.testing.assert_allclose(lightness, expected, atol=0.03)
