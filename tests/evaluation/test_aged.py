"""Aged prints: what film and time make of lightness."""

import numpy as np
import pytest
import torch

from colorize_core.color import rgb_to_lightness
from colorize_core.evaluation.aged import AGEINGS, print_of

PAPER_WHITE, INK = 0.9, 0.3


@pytest.fixture(scope="module")
def scene():
    return torch.rand(2, 3, 40, 48, generator=torch.manual_seed(0))


def flat(*rgb, side=32):
    return torch.tensor(rgb, dtype=torch.float32)[None, :, None, None].expand(1, 3, side, side)


def lightness_of_grey(value):
    return rgb_to_lightness(flat(value, value, value, side=1)).item()


@pytest.mark.parametrize("name", AGEINGS)
def test_the_result_is_a_lightness_and_the_same_each_time(scene, name):
    first, again = AGEINGS[name](scene, 7), AGEINGS[name](scene.clone(), 7)
    assert first.shape == (2, 1, 40, 48)
    assert first.dtype == torch.float32
    assert first.min() >= 0
    assert first.max() <= 100.001
    assert torch.equal(first, again)


def test_without_age_the_lightness_is_the_photos_to_half_a_grey_of_a_file(scene):
    steps = lightness_of_grey(1 / 255) / 2 + 0.05, 0.3  # L rises fastest near black
    off = (print_of(scene) - rgb_to_lightness(scene)).abs()
    assert off.max() < max(steps)


@pytest.mark.parametrize("sigma", [1.5, 3.0])
def test_an_edge_is_blurred_to_the_gaussian_integral(sigma):
    edge = torch.zeros(1, 3, 8, 64)
    edge[..., 32:] = 1.0
    at = print_of(edge, blur=sigma)[0, 0, 4]
    # Pixel 32 is half a pixel beyond the edge.
    share = 0.5 * (1 + torch.special.erf(torch.tensor(0.5 / sigma / 2**0.5))).item()
    assert at[32].item() == pytest.approx(lightness_of_grey(share), abs=0.6)
    assert at[0] == 0
    assert at[-1].item() == pytest.approx(100, abs=1e-3)


def test_grain_has_the_deviation_that_is_asked_for_in_greys_of_a_file():
    grey = flat(0.5, 0.5, 0.5, side=128)
    grainy = print_of(grey, seed=1, grain=12 / 255)
    greys = np.interp(
        grainy.numpy().ravel(), [lightness_of_grey(n / 255) for n in range(256)], range(256)
    )
    assert np.std(greys) == pytest.approx(12, rel=0.03)
    assert np.mean(greys) == pytest.approx(127.5, abs=0.5)


def test_another_seed_lays_other_grain(scene):
    assert not torch.equal(AGEINGS["grain 12"](scene, 1), AGEINGS["grain 12"](scene, 2))


def test_fading_leaves_six_tenths_of_the_contrast():
    faded = AGEINGS["faded to 60 %"]
    assert faded(flat(0, 0, 0), 0)[0, 0, 0, 0].item() == pytest.approx(
        lightness_of_grey(round(255 * INK) / 255), abs=0.25
    )
    assert faded(flat(1, 1, 1), 0)[0, 0, 0, 0].item() == pytest.approx(
        lightness_of_grey(round(255 * PAPER_WHITE) / 255), abs=0.25
    )


def test_orthochromatic_film_sees_red_as_nearly_black_and_blue_as_light():
    ortho = AGEINGS["orthochromatic"]
    red, green, blue, white = (
        ortho(flat(*color), 0)[0, 0, 0, 0].item()
        for color in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1))
    )
    # 2 % of the light: L = 116 * 0.02^(1/3) - 16.
    assert red == pytest.approx(116 * 0.02 ** (1 / 3) - 16, abs=0.3)
    assert red < rgb_to_lightness(flat(1, 0, 0)).min() < 60 < green < blue
    assert white == pytest.approx(100, abs=0.01)


def test_greys_are_the_same_to_every_film(scene):
    grey = scene[:, :1].expand(-1, 3, -1, -1)
    assert torch.allclose(AGEINGS["orthochromatic"](grey, 0), print_of(grey), atol=1e-3)


def test_all_together_is_one_after_the_other():
    # On a flat white, film and blur do nothing, and grain can only darken; then it fades.
    aged = AGEINGS["all together"](flat(1, 1, 1, side=64), 3)
    assert aged.max().item() == pytest.approx(lightness_of_grey(round(255 * 0.9) / 255), abs=0.3)
    assert aged.std() > 0.5
