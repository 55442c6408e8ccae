"""Photos that are in colour already, in all or in a part, and those that are only tinted."""

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorize_core import Colorizer, lab_to_rgb, rgb_to_lab
from colorize_core.engine.own_colors import is_in_color, own_colors

SCENES = {name: getattr(skimage.data, name)() for name in ("coffee", "astronaut", "chelsea")}
SCENE = SCENES["coffee"]


def grey_of(rgb: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(rgb).convert("L"))


def toned(rgb: np.ndarray, hue: float, chroma: float, uneven: float = 0.0) -> np.ndarray:
    """Give a grey photo one hue, strongest in the middle tones."""
    lightness = rgb_to_lab(np.repeat(grey_of(rgb)[..., None], 3, 2) / np.float32(255))[..., 0]
    strength = chroma * (1 - ((lightness - 50) / 60) ** 2)
    down, across = np.indices(lightness.shape) / lightness.shape[0]
    strength *= 1 + uneven * np.sin(3 * down) * np.cos(4 * across)
    ab = (strength * np.cos(np.radians(hue)), strength * np.sin(np.radians(hue)))
    tinted = lab_to_rgb(np.stack((lightness, *ab), -1).astype(np.float32))
    return (255 * tinted.clip(0, 1)).round().astype(np.uint8)


def as_jpeg(rgb: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", quality=75)
    return np.asarray(Image.open(file))


def chroma(image: np.ndarray) -> np.ndarray:
    return np.hypot(*np.moveaxis(rgb_to_lab(image / np.float32(255))[..., 1:], -1, 0))


@pytest.fixture(scope="module")
def shipped() -> Colorizer:
    return Colorizer(device="cpu")


@pytest.fixture(scope="module")
def half_colored() -> np.ndarray:
    """Sepia but for the astronaut's suit, orange, and a part of the flag beside her."""
    mixed = toned(SCENES["astronaut"], 75, 20)
    mixed[250:, :300] = SCENES["astronaut"][250:, :300]
    return mixed


@pytest.mark.parametrize("name", list(SCENES))
def test_photos_in_color_are_known(name):
    assert is_in_color(SCENES[name])
    assert is_in_color(SCENES[name].astype(np.uint16) * 257)


@pytest.mark.parametrize("name", list(SCENES))
@pytest.mark.parametrize(
    ("hue", "strength", "uneven"),
    [(60, 25, 0), (85, 15, 0.4), (265, 30, 0), (0, 0, 0)],
    ids=["sepia", "yellowed", "cyanotype", "grey"],
)
def test_one_tint_is_no_color(name, hue, strength, uneven):
    assert not is_in_color(as_jpeg(toned(SCENES[name], hue, strength, uneven)))


def test_colored_grain_of_a_scanner_is_no_color():
    noise = np.random.default_rng(0).normal(0, 8, SCENE.shape)
    assert not is_in_color((grey_of(SCENE)[..., None] + noise).clip(0, 255).astype(np.uint8))


def test_grey_photos_on_colored_card_are_not_in_color():
    card = np.full((520, 740, 3), (110, 140, 190), np.uint8)
    card[60:460, 80:680] = toned(SCENE, 70, 12)
    assert not is_in_color(card)
    card[60:460, 80:680] = SCENE
    assert is_in_color(card)


def test_colors_of_its_own_are_found_in_a_tinted_print(half_colored):
    found = own_colors(half_colored)
    assert np.mean(found[:240] > 0) < 0.02
    assert np.mean(found[260:, :290] == 255) > 0.3


def test_photos_in_color_are_recolored_by_default_and_left_on_request(shipped):
    anew = shipped(SCENE)
    assert abs(anew.astype(int) - SCENE).mean() > 5
    left = shipped(SCENE, color_photos="leave")
    assert (left == SCENE).all()
    assert left is not SCENE


def test_tinted_photos_are_colorized_where_photos_in_color_are_left(shipped):
    sepia = toned(SCENE, 75, 20)
    assert (shipped(sepia, color_photos="leave") == shipped(sepia)).all()


def test_a_photo_that_is_left_does_not_claim_to_be_made_up(shipped):
    photo = shipped.colorize(Image.fromarray(SCENE), color_photos="leave")
    assert photo.made is None


def test_mixing_keeps_what_is_in_color_and_colorizes_the_rest(shipped, half_colored):
    mixed, anew = shipped(half_colored, color_photos="mix"), shipped(half_colored)
    vivid = chroma(half_colored) > 30
    vivid[:260], vivid[:, 290:] = False, False
    assert vivid.sum() > 10_000
    assert np.mean((mixed == half_colored)[vivid]) > 0.99
    assert np.mean(mixed[:240] == anew[:240]) > 0.98
    lightness = (rgb_to_lab(one / np.float32(255))[..., 0] for one in (mixed, half_colored))
    assert np.percentile(abs(np.subtract(*lightness)), 99) < 0.6


def test_another_word_for_photos_in_color_is_refused(shipped):
    expected = r"color_photos must be leave, recolour or mix; got 'keep'"
    with pytest.raises(ValueError, match=expected):
        shipped(SCENE, color_photos="keep")
