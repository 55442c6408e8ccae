"""Crops with another view of the same photograph."""

import numpy as np
import pytest
import torch
from PIL import Image

from colorize_core.data import (
    CropStream,
    Photographs,
    ReferencedCrops,
    SeenCrops,
    batched,
    second_views,
)
from colorize_core.data.second_views import another_print


@pytest.fixture
def stream(tmp_path) -> CropStream:
    """Eight photographs, of one colour each, and a ramp of it."""
    ramp = np.linspace(0.3, 1.0, 64)[None, :, None]
    for number in range(8):
        shade = np.array([30 * number, 255 - 30 * number, 128])
        pixels = np.broadcast_to(ramp * shade, (48, 64, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return CropStream(Photographs([tmp_path]), 32)


def hue(rgb: torch.Tensor) -> torch.Tensor:
    mean = rgb.float().mean((-2, -1))
    return mean / mean.sum(-1, keepdim=True)


def test_the_crops_themselves_are_those_without_references(stream):
    plain, referenced = SeenCrops(stream, 0.5), ReferencedCrops(SeenCrops(stream, 0.5), 0.5)
    for number in range(12):
        crop, lightness, _ = referenced[number]
        assert torch.equal(crop, plain[number][0])
        assert torch.equal(lightness, plain[number][1])


@pytest.fixture
def no_strangers(monkeypatch):
    monkeypatch.setattr(second_views, "_STRANGERS", 0.0)


def test_a_view_shows_the_same_photograph_from_elsewhere(stream, no_strangers):
    crops = ReferencedCrops(SeenCrops(stream), 1.0)
    for number in range(12):
        crop, lightness, view = crops[number]
        torch.testing.assert_close(hue(crop), hue(view[0]), atol=0.02, rtol=0)
        assert not torch.equal(crop, view[0])
        assert view[1].shape == lightness.shape == (1, 32, 32)
        assert 0.0 <= view[1].min() <= view[1].max() <= 100.0


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_so_many_crops_have_one_as_asked(stream, share):
    crops = ReferencedCrops(SeenCrops(stream), share)
    having = sum(crops[number][2] is not None for number in range(300))
    assert having / 300 == pytest.approx(share, abs=0.07)


def test_some_views_are_of_another_photograph(stream):
    crops = ReferencedCrops(SeenCrops(stream), 1.0)
    items = [crops[number] for number in range(200)]
    strangers = sum(bool((hue(crop) - hue(view[0])).abs().max() > 0.02) for crop, _, view in items)
    assert strangers / 200 == pytest.approx(0.25 * 7 / 8, abs=0.08)  # of eight photographs


def test_a_batch_says_which_crops_its_views_are_for(stream, no_strangers):
    crops = ReferencedCrops(SeenCrops(stream, 0.5), 0.4)
    items = [crops[number] for number in range(16)]
    batch = batched(items)
    assert batch.rgb.shape == (16, 3, 32, 32)
    assert batch.of.tolist() == [n for n, item in enumerate(items) if item[2] is not None]
    assert len(batch.views) == len(batch.views_lightness) == len(batch.of) > 0
    torch.testing.assert_close(hue(batch.rgb[batch.of]), hue(batch.views), atol=0.02, rtol=0)


def test_a_batch_without_views_has_none(stream):
    crops = ReferencedCrops(SeenCrops(stream), 0.0)
    batch = batched([crops[0], crops[1]])
    assert batch.views.shape == (0, 3, 32, 32)
    assert batch.views_lightness.shape == (0, 1, 32, 32)
    assert batch.of.tolist() == []


def test_another_print_is_as_random_as_its_seed():
    rgb = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    first, again, other = (another_print(rgb, np.random.default_rng(n)) for n in (1, 1, 2))
    assert np.array_equal(first, again)
    assert abs(first - other).mean() > 1.0
