import numpy as np
import pytest
import torch
from skimage import color as skimage_color

from colorize_core.color.lab import (
    lab_to_rgb,
    lightness_of_bytes,
    rgb_to_lab,
    rgb_to_lightness,
)

BOTH_DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
TOLERANCE = 1e-3


def planes(colors: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(colors.transpose(2, 0, 1)))[None]


def pixels(tensor: torch.Tensor) -> np.ndarray:
    return tensor[0].permute(1, 2, 0).numpy()


@BOTH_DTYPES
def test_lab_of_arrays_is_that_of_scikit_image(random_colors, dtype):
    ours = rgb_to_lab(random_colors.astype(dtype))
    np.testing.assert_allclose(ours, skimage_color.rgb2lab(random_colors), atol=TOLERANCE)


@BOTH_DTYPES
def test_lab_of_tensors_is_that_of_scikit_image(random_colors, dtype):
    ours = pixels(rgb_to_lab(planes(random_colors.astype(dtype))))
    np.testing.assert_allclose(ours, skimage_color.rgb2lab(random_colors), atol=TOLERANCE)


@BOTH_DTYPES
def test_rgb_of_arrays_is_that_of_scikit_image(random_colors, dtype):
    lab = skimage_color.rgb2lab(random_colors)
    np.testing.assert_allclose(
        lab_to_rgb(lab.astype(dtype)), skimage_color.lab2rgb(lab), atol=TOLERANCE
    )


@BOTH_DTYPES
def test_rgb_of_tensors_is_that_of_scikit_image(random_colors, dtype):
    lab = skimage_color.rgb2lab(random_colors)
    ours = pixels(lab_to_rgb(planes(lab.astype(dtype))))
    np.testing.assert_allclose(ours, skimage_color.lab2rgb(lab), atol=TOLERANCE)


@BOTH_DTYPES
def test_dtype_is_kept(random_colors, dtype):
    lab = rgb_to_lab(random_colors.astype(dtype))
    assert (lab.dtype, lab_to_rgb(lab).dtype) == (dtype, dtype)


def test_batched_arrays_are_converted_like_single_ones(random_colors):
    batch = np.stack((random_colors, random_colors[::-1]))
    np.testing.assert_allclose(rgb_to_lab(batch)[1], rgb_to_lab(random_colors[::-1]), atol=1e-9)


def test_batched_tensors_are_converted_like_single_ones(random_colors):
    single = planes(random_colors)
    batch = torch.cat((single, single.flip(2)))
    torch.testing.assert_close(rgb_to_lab(batch)[1:], rgb_to_lab(single.flip(2)))


def test_colors_outside_of_srgb_are_clipped_to_the_unit_cube():
    rgb = lab_to_rgb(np.array([[50.0, 120.0, -120.0], [100.0, -90.0, 90.0]]))
    assert rgb.min() >= 0.0
    assert rgb.max() <= 1.0


def test_white_is_lightness_100_without_color():
    np.testing.assert_allclose(rgb_to_lab(np.ones((1, 3))), [[100.0, 0.0, 0.0]], atol=0.01)


def test_black_is_lightness_0():
    np.testing.assert_allclose(rgb_to_lab(np.zeros((1, 3))), [[0.0, 0.0, 0.0]], atol=1e-3)


def test_lightness_alone_is_the_first_channel_of_lab(random_colors):
    np.testing.assert_allclose(
        rgb_to_lightness(random_colors)[..., 0], rgb_to_lab(random_colors)[..., 0], atol=1e-9
    )


def test_lightness_of_tensors_keeps_one_channel(random_colors):
    tensor = planes(random_colors)
    torch.testing.assert_close(rgb_to_lightness(tensor), rgb_to_lab(tensor)[:, :1])


def test_lightness_of_every_grey_level_is_that_of_scikit_image():
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = skimage_color.rgb2lab(np.stack((grey,) * 3, -1))[..., 0]
    np.testing.assert_allclose(lightness_of_bytes(grey), expected, atol=TOLERANCE)


def test_lightness_of_color_bytes_is_that_of_scikit_image():
    rgb = np.random.default_rng(1).integers(0, 256, (60, 70, 3), dtype=np.uint8)
    expected = skimage_color.rgb2lab(rgb)[..., 0]
    np.testing.assert_allclose(lightness_of_bytes(rgb), expected, atol=TOLERANCE)


@pytest.mark.parametrize("convert", [rgb_to_lab, lab_to_rgb, rgb_to_lightness])
def test_integer_arrays_are_refused(convert):
    with pytest.raises(TypeError, match="floating point; got uint8"):
        convert(np.zeros((4, 4, 3), np.uint8))


@pytest.mark.parametrize("convert", [rgb_to_lab, lab_to_rgb, rgb_to_lightness])
@pytest.mark.parametrize("shape", [(4, 4), (3, 4, 4), (4, 4, 1), (4, 4, 4)])
def test_arrays_without_three_channels_at_the_end_are_refused(convert, shape):
    with pytest.raises(ValueError, match="last dimension"):
        convert(np.zeros(shape))
