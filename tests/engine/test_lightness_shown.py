"""What lightness the network is shown, and that the picture keeps its own."""

import numpy as np
import pytest
import skimage.data
import torch

from colorize_core import ColorizeOptions, Colorizer
from colorize_core.color.lab import lightness_of_bytes

AS_IS = ColorizeOptions(as_is=True)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """A photograph of all tones, in grey."""
    grey = skimage.data.astronaut()[:240, 100:340].mean(2)
    low, high = np.percentile(grey, (0.5, 99.5))
    return ((grey - low) / (high - low) * 255.0).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def faded(photo) -> np.ndarray:
    return (80 + 0.5 * photo).round().astype(np.uint8)


def seen(colorizer, monkeypatch, photo, options=None) -> list[torch.Tensor]:
    """The lightness of each look."""
    shown = []
    forward = type(colorizer)._forward
    monkeypatch.setattr(
        type(colorizer),
        "_forward",
        lambda self, lightness, *more: shown.append(lightness) or forward(self, lightness, *more),
    )
    colorizer.predict(photo, options)
    return shown


def test_a_faded_photo_is_shown_with_its_contrast_put_back(colorizer, monkeypatch, faded):
    (shown,) = seen(colorizer, monkeypatch, faded)
    assert shown.min() < 2.0
    assert shown.max() > 98.0


def test_it_is_shown_as_it_is_on_request(colorizer, monkeypatch, faded):
    (shown,) = seen(colorizer, monkeypatch, faded, AS_IS)
    own = lightness_of_bytes(faded)
    assert shown.min() == pytest.approx(own.min(), abs=3.0)
    assert shown.max() == pytest.approx(own.max(), abs=3.0)


def test_a_closer_look_is_stretched_by_the_same_range(colorizer, monkeypatch, faded):
    options = ColorizeOptions(size=96, detail=True)
    first, closer = seen(colorizer, monkeypatch, faded, options)
    assert closer.shape[2] > first.shape[2]
    assert first.mean().item() == pytest.approx(closer.mean().item(), abs=1.0)


def test_a_faded_photo_gets_nearly_the_colors_of_the_fresh_one(photo, faded):
    shipped = Colorizer("lite", device="cpu")

    def difference(options=None):
        fresh, old = (shipped.predict(one, options).ab() for one in (photo, faded))
        return (fresh - old).square().sum(1).sqrt().mean().item()

    assert difference() < 0.5 * difference(AS_IS)


def test_the_picture_keeps_its_own_lightness(colorizer, faded):
    colored = colorizer(faded)
    assert np.abs(lightness_of_bytes(colored) - lightness_of_bytes(faded)).max() < 0.6
