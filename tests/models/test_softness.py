"""How soft photos are, and that weights can be calmer on those."""

import numpy as np
import pytest
import skimage.data
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from colorize_core.color.lab import lightness_of_bytes
from colorize_core.engine.resize import areas
from colorize_core.models.lite import Lite
from colorize_core.models.softness import softness

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket")


def seen(name: str, blur: float = 0.0, grain: float = 0.0) -> Tensor:
    """A photo's lightness as the network sees it, softened and grainy, ``(1, 1, 224, 224)``."""
    lightness = lightness_of_bytes(getattr(skimage.data, name)())
    side = min(lightness.shape)
    square = torch.from_numpy(lightness[:side, :side].copy())[None, None]
    small = gaussian_filter(areas(square, (224, 224))[0, 0].numpy(), blur)
    noise = np.random.default_rng(0).standard_normal(small.shape)
    return torch.from_numpy(small + grain * noise).float()[None, None]


@pytest.mark.parametrize("name", PHOTOS)
def test_sharp_photos_are_not_soft_and_blurred_ones_are(name):
    assert softness(seen(name)) == 0.0
    assert softness(seen(name, blur=2.6)) > 0.8


@pytest.mark.parametrize("name", PHOTOS)
def test_grain_neither_makes_a_photo_soft_nor_hides_that_it_is(name):
    assert softness(seen(name, grain=4.0)) < 0.1
    assert softness(seen(name, blur=2.6, grain=4.0)) > 0.3


@pytest.mark.parametrize("name", PHOTOS)
def test_the_softer_a_photo_the_higher(name):
    values = torch.cat([softness(seen(name, blur)) for blur in (0.0, 1.0, 1.5, 2.0, 3.0)])
    assert (values.diff() >= 0.0).all()


def test_fading_makes_no_photo_soft_nor_sharp():
    for blur in (0.0, 1.4, 2.6):
        photo = seen("coffee", blur)
        torch.testing.assert_close(softness(30.0 + 0.3 * photo), softness(photo), atol=1e-3, rtol=0)


def test_photos_are_measured_each_by_itself():
    both = torch.cat((seen("astronaut"), seen("chelsea", 2.6)))
    alone = torch.cat([softness(one[None]) for one in both])
    torch.testing.assert_close(softness(both), alone)


def test_where_nothing_is_to_be_seen_nothing_is_soft():
    assert softness(torch.full((1, 1, 64, 64), 50.0)) == 0.0


def test_a_network_is_calmer_on_soft_photos_alone():
    network = Lite().eval()
    plain = [network(one) for one in (seen("coffee"), seen("coffee", 2.6))]
    network.calm[100] = -3.0
    sharp, soft = (network(one) for one in (seen("coffee"), seen("coffee", 2.6)))
    torch.testing.assert_close(sharp, plain[0])
    moved = (soft - plain[1])[0].mean((1, 2))
    assert moved[100] < -2.4
    assert moved[torch.arange(313) != 100].abs().max() < 1e-4


def test_training_knows_no_calm():
    network, photo = Lite().train(), seen("coffee", 2.6)
    torch.manual_seed(0)
    plain = network(photo)
    network.calm.add_(5.0)
    torch.manual_seed(0)
    torch.testing.assert_close(network(photo), plain)
