from functools import lru_cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation
from scipy.spatial import ConvexHull
from skimage import color as skimage_color

from colorize_core.color import ab_bins, fit_gamut, in_gamut_ab, lab_to_rgb, rgb_to_lab

STEPS = 12
SHARE_STEP = 2.0**-STEPS

lightnesses = st.floats(0.0, 100.0, width=32)
ab_values = st.floats(-128.0, 128.0, width=32)


def one_color(lightness: float, a: float, b: float) -> torch.Tensor:
    return torch.tensor([lightness, a, b]).view(1, 3, 1, 1)


def random_lab(count: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    lab = torch.rand(1, 3, count, 1, generator=generator)
    return lab * torch.tensor([100.0, 256.0, 256.0]).view(3, 1, 1) - torch.tensor(
        [0.0, 128.0, 128.0]
    ).view(3, 1, 1)


@lru_cache
def grid_in_hull() -> tuple[np.ndarray, np.ndarray]:
    """The grid of step 10 and which points are in the hull of sRGB's ab, by scikit-image."""
    levels = np.linspace(0.0, 1.0, 17)
    cube = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 3)
    projection = skimage_color.rgb2lab(cube)[:, 1:]
    steps = np.arange(-150, 151, 10)
    grid = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1)
    normals, offsets = np.split(ConvexHull(projection).equations, [2], axis=1)
    return grid, (grid @ normals.T + offsets[:, 0] <= 0).all(-1)


def test_there_are_313_bins():
    assert ab_bins().shape == (313, 2)


def test_bins_lie_on_the_grid_of_step_10():
    assert torch.equal(ab_bins() % 10, torch.zeros(313, 2))


def test_bins_span_the_ranges_of_the_published_points():
    low, high = ab_bins().aminmax(dim=0)
    assert low.tolist() == [-90.0, -110.0]
    assert high.tolist() == [100.0, 100.0]


def test_bins_are_unique():
    assert len(ab_bins().unique(dim=0)) == 313


def test_bins_are_ordered_by_a_then_b():
    points = [tuple(point) for point in ab_bins().tolist()]
    assert points == sorted(points)


def test_grey_is_a_bin():
    assert [0.0, 0.0] in ab_bins().tolist()


def test_233_grid_points_are_in_the_hull_of_srgb():
    assert grid_in_hull()[1].sum() == 233


def test_bins_are_the_points_in_the_hull_grown_by_one_step():
    grid, inside = grid_in_hull()
    grown = grid[binary_dilation(inside, np.ones((3, 3)))]
    np.testing.assert_array_equal(ab_bins().numpy(), grown)


def test_changing_the_returned_bins_changes_nothing_for_others():
    ab_bins().zero_()
    assert ab_bins().abs().sum() > 0


def test_every_srgb_color_is_in_gamut(random_colors):
    lab = torch.from_numpy(rgb_to_lab(random_colors)).permute(2, 0, 1)
    assert in_gamut_ab(lab).all()


@pytest.mark.parametrize("lab", [(50, 120, -120), (99, 60, 0), (3, 0, 60), (50, -100, 0)])
def test_colors_that_srgb_lacks_are_out_of_gamut(lab):
    assert not in_gamut_ab(one_color(*lab)).any()


@settings(max_examples=100, deadline=None)
@given(lightnesses, ab_values, ab_values)
def test_fitted_colors_are_in_gamut(lightness, a, b):
    assert in_gamut_ab(fit_gamut(one_color(lightness, a, b))).all()


@settings(max_examples=50, deadline=None)
@given(lightnesses, ab_values, ab_values)
def test_fitting_leaves_lightness_alone(lightness, a, b):
    lab = one_color(lightness, a, b)
    assert torch.equal(fit_gamut(lab)[:, 0], lab[:, 0])


@settings(max_examples=50, deadline=None)
@given(lightnesses, ab_values, ab_values)
def test_fitting_keeps_the_hue(lightness, a, b):
    fitted_a, fitted_b = fit_gamut(one_color(lightness, a, b))[0, 1:, 0, 0].tolist()
    assert abs(fitted_a * b - fitted_b * a) <= 1e-5 * (a * a + b * b)
    assert fitted_a * a + fitted_b * b >= 0.0


def test_colors_in_gamut_are_returned_as_they_are(random_colors):
    lab = torch.from_numpy(rgb_to_lab(random_colors)).permute(2, 0, 1)[None]
    mixed = torch.cat((lab, one_color(50, 128, 128).double().expand_as(lab)), 3)
    assert torch.equal(fit_gamut(mixed)[..., : lab.shape[3]], lab)


def test_fitted_chroma_is_the_most_that_fits():
    lab = random_lab(5000)
    outside = ~in_gamut_ab(lab)[0, 0, :, 0]
    fitted = fit_gamut(lab)
    share = fitted[:, 1:].norm(dim=1, keepdim=True) / lab[:, 1:].norm(dim=1, keepdim=True)
    more = torch.cat((lab[:, :1], lab[:, 1:] * (share + 1.01 * SHARE_STEP)), 1)
    assert outside.sum() > 1000
    assert not in_gamut_ab(more)[0, 0, outside, 0].any()


@pytest.mark.parametrize("shape", [(3, 5, 7), (1, 3, 5, 7), (2, 3, 3, 5, 7)])
def test_fitting_keeps_the_shape(shape):
    lab = torch.full(shape, 60.0)
    assert fit_gamut(lab).shape == shape


def test_lightness_of_the_8_bit_picture_is_within_0_6():
    lightness = torch.linspace(0.0, 100.0, 401).repeat(50)
    lab = random_lab(len(lightness), seed=1)
    lab[0, 0, :, 0] = lightness
    picture = (lab_to_rgb(fit_gamut(lab)) * 255.0).round().byte()
    shown = skimage_color.rgb2lab(picture[0].permute(1, 2, 0).numpy())[:, 0, 0]
    assert np.abs(shown - lightness.numpy()).max() <= 0.6
