"""Photographs are found on scans, and photos without a border are left whole."""

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from colorize_core.color.lab import lightness_of_bytes
from colorize_core.engine.framing import Frame, around, find_frames, is_blank, reduced

PHOTOS = {
    "astronaut": skimage.data.astronaut()[:400],
    "coffee": skimage.data.coffee(),
    "cat": skimage.data.chelsea(),
    "rocket": skimage.data.rocket(),
    "camera": skimage.data.camera(),
}
GREYS = (255, 235, 190, 120, 60, 20)


def grey(name: str, longest: int = 400) -> Image.Image:
    image = Image.fromarray(PHOTOS[name]).convert("L")
    image.thumbnail((longest, longest))
    return image


def frames_of(page: Image.Image, grain: float = 1.5) -> list[Frame]:
    pixels = np.asarray(page) + np.random.default_rng(0).normal(0, grain, page.size[::-1])
    return find_frames(lightness_of_bytes(pixels.clip(0, 255).astype(np.uint8)))


def assert_near(found: Frame, left: int, top: int, image: Image.Image, within: int = 3) -> None:
    expected = (top, left, top + image.height, left + image.width)
    actual = (found.top, found.left, found.bottom, found.right)
    assert actual == pytest.approx(expected, abs=within)


@pytest.mark.parametrize("tone", GREYS)
@pytest.mark.parametrize("name", ["astronaut", "coffee", "cat", "camera"])
def test_a_border_of_any_tone_is_found(name, tone):
    image = grey(name)
    page = Image.new("L", (image.width + 70, image.height + 50), tone)
    page.paste(image, (40, 20))
    (found,) = frames_of(page)
    assert_near(found, 40, 20, image, within=1)


def test_a_print_in_the_corner_of_a_scanner_is_found():
    image = grey("cat")
    page = Image.new("L", (520, 400), 250)
    page.paste(image, (0, 0))
    (found,) = frames_of(page, grain=0.7)
    assert_near(found, 0, 0, image)


def test_a_print_with_a_white_border_on_black_is_found_within_both():
    image = grey("coffee")
    page = Image.new("L", (600, 460), 8)
    page.paste(245, (60, 50, 60 + image.width + 40, 50 + image.height + 40))
    page.paste(image, (80, 70))
    (found,) = frames_of(page)
    assert_near(found, 80, 70, image)


@pytest.mark.parametrize("angle", [-3.0, 2.0])
def test_a_print_that_lies_askew_is_found(angle):
    image = grey("coffee")
    mask = Image.new("L", image.size, 255).rotate(angle, expand=True)
    turned = image.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    page = Image.new("L", (turned.width + 60, turned.height + 60), 225)
    page.paste(turned, (30, 30), mask)
    (found,) = frames_of(page)
    assert_near(found, 30, 30, turned, within=6)


def ragged(size: tuple[int, int], depth: int, step: int) -> Image.Image:
    """A mask of a print whose sides are torn to a depth, differently every so many pixels."""
    random, (width, height) = np.random.default_rng(3), size

    def side(length: int) -> np.ndarray:
        marks = np.arange(0, length + step, step)
        return np.interp(np.arange(length), marks, random.uniform(0, depth, len(marks)))

    down, across = np.mgrid[:height, :width]
    inside = (down >= side(width)) & (height - 1 - down >= side(width))
    inside &= (across >= side(height)[:, None]) & (width - 1 - across >= side(height)[:, None])
    return Image.fromarray((inside * 255).astype(np.uint8))


@pytest.mark.parametrize("tone", [245, 120, 20])
@pytest.mark.parametrize(("depth", "step"), [(26, 18), (34, 40)])
def test_a_print_with_torn_sides_is_found(tone, depth, step):
    image = grey("coffee")
    page = Image.new("L", (image.width + 80, image.height + 70), tone)
    mask, hole = ragged(image.size, depth, step), Image.new("L", page.size)
    page.paste(image, (40, 30), mask)
    hole.paste(mask, (40, 30))
    (found,) = frames_of(page)
    assert_near(found, 40, 30, image, within=14)
    wrong = around(page.size[::-1], [found]) == (np.asarray(hole) > 127)
    assert wrong.mean() < 0.02


def test_an_oval_amid_a_plain_ground_is_no_print():
    down, across = np.mgrid[:300, :400]
    oval = ((down - 150) / 110) ** 2 + ((across - 200) / 160) ** 2 < 1
    page = np.where(oval, np.random.default_rng(0).uniform(20, 200, oval.shape), 235)
    assert find_frames(lightness_of_bytes(page.astype(np.uint8))) == []


def test_a_deckled_print_is_found_within_its_white_border():
    image = grey("coffee")
    size = image.width + 36, image.height + 36
    white = Image.new("L", size, 240)
    white.paste(image, (18, 18))
    page = Image.new("L", (size[0] + 80, size[1] + 60), 35)
    page.paste(white, (40, 30), ragged(size, 7, 7))
    (found,) = frames_of(page)
    assert_near(found, 58, 48, image)


@pytest.mark.parametrize("angle", [-4.0, -2.0, 2.0, 5.0])
@pytest.mark.parametrize("longest", [400, 1500])
def test_what_lies_beside_a_print_askew_is_border(angle, longest):
    image = Image.fromarray(PHOTOS["coffee"]).convert("L")
    image = image.resize((longest, longest * 2 // 3))
    mask = Image.new("L", image.size, 255).rotate(angle, expand=True)
    turned = image.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    margin = longest // 10
    page = Image.new("L", (turned.width + 2 * margin, turned.height + 2 * margin), 110)
    hole = Image.new("L", page.size)
    page.paste(turned, (margin, margin), mask)
    hole.paste(mask, (margin, margin), mask)
    outside = around(page.size[::-1], frames_of(page))
    wrong = outside == (np.asarray(hole) > 127)
    assert wrong.mean() < 0.02


@pytest.mark.parametrize("angle", [-3.0, 4.0])
def test_the_white_border_of_a_print_askew_is_border(angle):
    image = grey("coffee")
    white = Image.new("L", (image.width + 40, image.height + 40), 240)
    white.paste(image, (20, 20))
    hole = Image.new("L", white.size)
    hole.paste(255, (20, 20, 20 + image.width, 20 + image.height))
    mask = Image.new("L", white.size, 255).rotate(angle, expand=True)
    turned, hole = (one.rotate(angle, Image.Resampling.BICUBIC, True) for one in (white, hole))
    page = Image.new("L", (turned.width + 60, turned.height + 60), 12)
    page.paste(turned, (30, 30), mask)
    inside = Image.new("L", page.size)
    inside.paste(hole, (30, 30))
    found = frames_of(page)
    assert len(found) == 1
    wrong = around(page.size[::-1], found) == (np.asarray(inside) > 127)
    assert wrong.mean() < 0.03


def test_an_upright_print_fills_its_rectangle():
    image = grey("cat")
    page = Image.new("L", (image.width + 60, image.height + 60), 225)
    page.paste(image, (30, 30))
    assert [found.outline for found in frames_of(page)] == [None]


def test_every_photo_of_an_album_page_is_found_in_order():
    page = Image.new("L", (900, 1000), 70)
    places = {"astronaut": (30, 40), "coffee": (460, 30), "cat": (30, 520), "camera": (470, 480)}
    for name, place in places.items():
        page.paste(grey(name), place)
    page.paste(200, (60, 950, 160, 960))  # a caption
    found = frames_of(page, grain=3.0)
    assert len(found) == 4
    for frame in found:
        name, (left, top) = min(
            places.items(),
            key=lambda item: abs(item[1][0] - frame.left) + abs(item[1][1] - frame.top),
        )
        assert_near(frame, left, top, grey(name), within=8)
    assert found == sorted(found, key=lambda frame: (frame.top, frame.left))


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_without_a_border_is_whole(name):
    assert frames_of(grey(name)) == []


def test_a_plain_sky_over_mountains_is_no_border():
    page = np.full((300, 420), 230.0)
    ridge = 120 + 60 * np.sin(np.arange(420) / 40) + 20 * np.sin(np.arange(420) / 9)
    below = np.arange(300)[:, None] > ridge
    page[below] = np.random.default_rng(1).uniform(20, 200, int(below.sum()))
    assert find_frames(lightness_of_bytes(page.astype(np.uint8))) == []


def test_a_figure_before_a_plain_wall_is_no_photo_on_paper():
    down, across = np.mgrid[0:400, 0:300]
    figure = ((down - 120) / 60) ** 2 + ((across - 150) / 45) ** 2 < 1
    figure |= ((down - 420) / 230) ** 2 + ((across - 150) / 110) ** 2 < 1
    page = np.where(figure, 60 + (down + across) % 80, 215)
    assert find_frames(lightness_of_bytes(page.astype(np.uint8))) == []


@pytest.mark.parametrize(("tone", "grain"), [(215, 8), (255, 0), (30, 5)])
def test_an_empty_page_is_blank(tone, grain):
    page = np.random.default_rng(0).normal(tone, grain, (500, 400)).clip(0, 255).astype(np.uint8)
    assert is_blank(reduced(lightness_of_bytes(page)))


def test_a_faded_photo_is_not_blank():
    faded = 120 + 0.15 * np.asarray(grey("camera"), float)
    assert not is_blank(reduced(lightness_of_bytes(faded.astype(np.uint8))))


@pytest.mark.parametrize("size", [(1, 1), (5, 900), (31, 31), (2000, 3)])
def test_pictures_of_any_shape_are_looked_at(size):
    lightness = torch.rand(size).numpy() * 100
    assert find_frames(lightness) == []
    is_blank(reduced(lightness))
