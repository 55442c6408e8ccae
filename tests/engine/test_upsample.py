import pytest
import torch
from torch import Tensor
from torch.nn import functional

from colorize_core.engine import strips
from colorize_core.engine.strips import by_strips
from colorize_core.engine.upsample import upsampler

# Below a strip's pixels, above them, and no multiple of them.
SIZES = [(7, 5), (613, 1000), (1, 10_000), (10_000, 1), (3, 300_000)]


def random(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def upsampled(ab: Tensor, lightness: Tensor) -> Tensor:
    return torch.cat(
        [strip for _, strip in by_strips(upsampler(ab, lightness), *lightness.shape)], 2
    )


def step_edge(size: int, at: int) -> Tensor:
    """A dark left and a light right side."""
    lightness = torch.full((size, size), 80.0)
    lightness[:, :at] = 20.0
    return lightness


def cells_of(colors: Tensor, side: int) -> Tensor:
    return functional.interpolate(colors, (side, side), mode="area")


def two_colors(size: int, at: int) -> Tensor:
    """Blue left and orange right, ``(1, 2, size, size)``."""
    colors = torch.tensor([30.0, 60.0]).view(1, 2, 1, 1).repeat(1, 1, size, size)
    colors[..., :at] = torch.tensor([10.0, -50.0]).view(1, 2, 1, 1)
    return colors


def width_of_bleeding(ab: Tensor, truth: Tensor) -> int:
    """Columns of the middle row that are over a tenth of the way from their own colour."""
    contrast = (truth[0, :, 0, -1] - truth[0, :, 0, 0]).norm()
    middle = ab.shape[2] // 2
    away = (ab - truth)[0, :, middle].norm(dim=0)
    return int((away > 0.1 * contrast).sum())


# Edges between cells and within one; the size the first step ends at, twice and eight times it.
@pytest.mark.parametrize("at", [0.5, 0.46875, 0.484375])
@pytest.mark.parametrize("size", [64, 128, 512])
def test_colors_switch_at_an_edge_of_lightness(size, at):
    edge = int(at * size)
    truth = two_colors(size, edge)
    ab = cells_of(truth, 16)
    bilinear = functional.interpolate(ab, (size, size), mode="bilinear")
    ours = width_of_bleeding(upsampled(ab, step_edge(size, edge)), truth)
    assert ours <= 0.5 * width_of_bleeding(bilinear, truth)


@pytest.mark.parametrize("at", [32, 30])
def test_colors_switch_within_two_pixels_where_cells_are_of_four(at):
    truth = two_colors(64, at)
    assert width_of_bleeding(upsampled(cells_of(truth, 16), step_edge(64, at)), truth) <= 2


@pytest.mark.parametrize("size", [*SIZES, (1, 1), (3, 2), (64, 64)])
def test_one_color_stays_that_color(size):
    ab = torch.tensor([31.0, -57.0]).view(1, 2, 1, 1).expand(1, 2, 9, 13)
    expected = torch.tensor([31.0, -57.0]).view(1, 2, 1, 1).expand(1, 2, *size)
    torch.testing.assert_close(
        upsampled(ab, 100.0 * random(*size)), expected, atol=1e-4, rtol=0, check_stride=False
    )


@pytest.mark.parametrize("cells", [(1, 1), (1, 4), (2, 1), (300, 200)])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1, 100), (40, 30)])
def test_any_number_of_cells_fits_any_size(cells, size):
    ab = upsampled(100.0 * random(1, 2, *cells) - 50.0, 100.0 * random(*size))
    assert ab.shape == (1, 2, *size)
    assert ab.isfinite().all()


@pytest.mark.parametrize("size", [(50, 50), (64, 64), (128, 128), (400, 500)])
def test_smooth_lightness_brings_no_overshoot(size):
    lightness = (100.0 * torch.linspace(0, 1, size[1])).repeat(size[0], 1)
    ab = 100.0 * random(1, 2, 16, 16) - 50.0
    result = upsampled(ab, lightness)
    assert result.min() >= ab.min() - 0.5
    assert result.max() <= ab.max() + 0.5


@pytest.mark.parametrize("size", [64, 128, 512])
def test_edges_have_no_halo(size):
    truth = two_colors(size, size // 2 - 1)
    ab = cells_of(truth, 16)
    result = upsampled(ab, step_edge(size, size // 2 - 1))
    below = ab.amin((2, 3), keepdim=True) - result
    above = result - ab.amax((2, 3), keepdim=True)
    assert max(below.max(), above.max()) <= 0.5


def test_grain_brings_little_color():
    grain = 50.0 + 10.0 * torch.randn(512, 512, generator=torch.Generator().manual_seed(0))
    across = torch.linspace(-20.0, 20.0, 32).expand(1, 2, 32, 32).contiguous()
    expected = functional.interpolate(across, (512, 512), mode="bilinear")
    assert (upsampled(across, grain.clamp(0, 100)) - expected).abs().mean() < 0.5


def test_cells_keep_their_mean_color():
    truth = two_colors(64, 30)
    ab = cells_of(truth, 16)
    again = functional.avg_pool2d(upsampled(ab, step_edge(64, 30)), 4)
    assert (again - ab).abs().max() < 0.1 * 110.0


@pytest.mark.parametrize("size", SIZES)
def test_strips_put_together_are_the_whole(size, monkeypatch):
    ab, lightness = 100.0 * random(1, 2, 9, 13) - 50.0, 100.0 * random(*size)
    in_strips = upsampled(ab, lightness)
    monkeypatch.setattr(strips, "_STRIP_PIXELS", size[0] * size[1])
    torch.testing.assert_close(in_strips, upsampled(ab, lightness), atol=1e-4, rtol=0)


def test_lightness_is_not_changed():
    lightness = 100.0 * random(50, 70)
    before = lightness.clone()
    upsampled(random(1, 2, 9, 13), lightness)
    assert torch.equal(lightness, before)
