"""Lightness at other sizes."""

import pytest
import torch
from torch.nn import functional

from colorize_core.engine.resize import areas, bicubic


def lightness(height, width):
    random = torch.Generator().manual_seed(0)
    noise = torch.rand(1, 1, height, width, generator=random) * 20
    down, across = torch.linspace(0, 40, height)[:, None], torch.linspace(0, 40, width)
    return noise + down + across


def directly(given, size):
    return functional.interpolate(given, size, mode="bicubic", antialias=True)


@pytest.mark.parametrize("size", [(48, 64), (47, 61), (200, 301), (1, 1)])
def test_areas_are_torch_s(size):
    given = lightness(200, 301)
    expected = functional.interpolate(given, size, mode="area")
    assert torch.allclose(areas(given, size), expected, atol=1e-3)


def test_channels_are_resized_each_by_itself():
    given = torch.cat((lightness(200, 301), 100.0 - lightness(200, 301)), 1)
    alone = [bicubic(given[:, number : number + 1].clone(), (47, 61)) for number in range(2)]
    assert torch.equal(bicubic(given, (47, 61)), torch.cat(alone, 1))


@pytest.mark.parametrize("size", [(200, 40), (20, 61), (80, 90)])
def test_where_a_side_grows_it_is_linear(size):
    given = lightness(50, 60)
    expected = functional.interpolate(given, size, mode="bilinear", antialias=True)
    assert torch.equal(areas(given, size), expected)


@pytest.mark.parametrize("size", [(64, 96), (100, 150), (300, 200)])
def test_up_to_twice_the_size_bicubic_is_torch_s(size):
    given = lightness(128, 192)
    assert torch.equal(bicubic(given, size), directly(given, size))


def test_of_a_larger_photo_it_is_nearly_that():
    given = lightness(901, 1203)
    seen = bicubic(given, (64, 84))
    assert seen.shape == (1, 1, 64, 84)
    assert (seen - directly(given, (64, 84))).square().mean().sqrt() < 0.3
    ramp = torch.linspace(0, 100, 1203).expand(1, 1, 901, 1203)
    assert (bicubic(ramp, (64, 84)) - directly(ramp, (64, 84))).abs().max() < 0.1


@pytest.mark.parametrize("size", [(64, 84), (300, 401), (1000, 1300)])
def test_of_colors_each_channel_is_resized_alone(size):
    given = torch.cat([lightness(901, 1203), 100 - lightness(901, 1203)], 1)
    alone = torch.cat([bicubic(given[:, [channel]], size) for channel in (0, 1)], 1)
    assert torch.equal(bicubic(given, size), alone)
