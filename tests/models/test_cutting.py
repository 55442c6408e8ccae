"""What is asked of a network when a part of its output is wanted."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from colorize_core.models import build_network
from colorize_core.models.window import Window, pad

WINDOWS = [
    Window(0, 0, 64, 64),
    Window(64, 64, 64, 64),
    Window(16, 32, 64, 48),
    Window(0, 32, 128, 64),
    Window(0, 0, 128, 128),
]


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    lite: Any = build_network("lite")
    for module in lite.modules():  # statistics and weights at which nothing hides
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.5, 0.5)
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
    for stage in (lite.at32, lite.at16, lite.at8, lite.at4):
        torch.nn.init.normal_(stage.hint.weight)
    return lite.eval()


@pytest.fixture(scope="module")
def lightness():
    return 100 * torch.rand(2, 1, 128, 128, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("window", WINDOWS)
@torch.inference_mode()
def test_the_output_inside_is_that_of_the_whole_photo(network, lightness, window):
    whole = network(lightness)
    inside = network(lightness, None, window)
    torch.testing.assert_close(inside, window.of(whole, 4), atol=1e-4, rtol=0)


@pytest.mark.parametrize("window", WINDOWS[:2])
@torch.inference_mode()
def test_hints_inside_are_copied_as_in_the_whole_photo(network, lightness, window):
    hints = torch.zeros(2, 3, 128, 128)
    inside = window.of(hints)
    inside[:, :, 20:24, 28:32] = torch.tensor((40.0, 20.0, 1.0))[None, :, None, None]
    whole = network(lightness, hints)
    assert not torch.equal(whole, network(lightness))
    torch.testing.assert_close(
        network(lightness, hints, window), window.of(whole, 4), atol=1e-4, rtol=0
    )


@torch.inference_mode()
def test_hints_outside_still_change_what_the_network_thinks(network, lightness):
    hints = torch.zeros(2, 3, 128, 128)
    hints[:, :, 100:104, 100:104] = torch.tensor((40.0, 20.0, 1.0))[None, :, None, None]
    window = WINDOWS[0]
    assert not torch.equal(network(lightness, hints, window), network(lightness, None, window))


def test_gradients_are_those_of_the_window_of_the_whole(network, lightness):
    window, parameter = WINDOWS[2], network.at8.join.weight
    weights = torch.randn(2, 313, 16, 12, generator=torch.Generator().manual_seed(2))
    (of_whole,) = torch.autograd.grad((window.of(network(lightness), 4) * weights).sum(), parameter)
    (of_window,) = torch.autograd.grad(
        (network(lightness, None, window) * weights).sum(), parameter
    )
    torch.testing.assert_close(of_window, of_whole, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("padding", [(0, 0, 0, 0), (1, 0, 1, 1), (-2, -3, -1, 0), (1, -2, -1, 1)])
def test_padding_is_that_of_pytorch_and_its_gradient_is_channels_last(padding):
    maps = torch.randn(2, 3, 8, 9).to(memory_format=torch.channels_last)
    ours, theirs = maps.clone().requires_grad_(), maps.clone().requires_grad_()
    padded = pad(ours, padding)
    assert torch.equal(padded, F.pad(theirs, padding))
    weights = torch.randn(padded.shape)
    (padded * weights).sum().backward()
    (F.pad(theirs, padding) * weights).sum().backward()
    assert torch.equal(ours.grad, theirs.grad)
    assert ours.grad.is_contiguous(memory_format=torch.channels_last)
