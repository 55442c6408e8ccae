"""16 bits and floating point, from the file to the file."""

import numpy as np
import pytest
import tifffile
from by_hand import png_by_hand
from PIL import Image

from colorize_core.photo import Photo, PhotoError, photo_of_image, read_photo, write_photo
from colorize_core.photo.depth import as_depth


@pytest.fixture
def deep_colors() -> np.ndarray:
    """Colours whose low bytes matter, uint16 ``(36, 48, 4)``."""
    return np.random.default_rng(0).integers(0, 65536, (36, 48, 4), dtype=np.uint16)


def test_16_bit_grey_png_keeps_all_65536_levels(tmp_path, wide_ramp):
    Image.fromarray(wide_ramp).save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "x.png").pixels, wide_ramp)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bit_pngs_are_read_to_the_last_bit(tmp_path, deep_colors, channels):
    png_by_hand(tmp_path / "x.png", deep_colors[..., :channels])
    photo = read_photo(tmp_path / "x.png")
    expected = deep_colors[..., 0] if channels < 3 else deep_colors[..., :3]
    np.testing.assert_array_equal(photo.pixels, expected)
    if channels in (2, 4):
        np.testing.assert_array_equal(photo.alpha, deep_colors[..., channels - 1])
    else:
        assert photo.alpha is None


def test_16_bit_pngs_of_imagemagick_are_read_to_the_last_bit(tmp_path, deep_colors, imagemagick):
    (tmp_path / "x.rgb").write_bytes(deep_colors[..., :3].astype("<u2").tobytes())
    size = ("-size", "48x36", "-depth", "16", "-endian", "LSB")
    imagemagick(*size, f"rgb:{tmp_path / 'x.rgb'}", f"png48:{tmp_path / 'x.png'}")
    pixels = read_photo(tmp_path / "x.png").pixels
    np.testing.assert_array_equal(pixels, deep_colors[..., :3])


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_16_bits_are_written_to_the_last_bit(tmp_path, deep_colors, values_of, suffix, has_alpha):
    alpha = np.full((36, 48), 65535, np.uint16) if has_alpha else None
    colors = np.ascontiguousarray(deep_colors[..., :3])
    write_photo(Photo(colors, alpha), tmp_path / f"x{suffix}")
    np.testing.assert_array_equal(values_of(tmp_path / f"x{suffix}"), colors)


def test_grey_in_three_channels_is_read_as_grey(tmp_path, wide_ramp):
    png_by_hand(tmp_path / "x.png", np.dstack((wide_ramp,) * 3))
    np.testing.assert_array_equal(read_photo(tmp_path / "x.png").pixels, wide_ramp)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_formats_of_8_bits_get_the_nearest(tmp_path, suffix):
    write_photo(Photo(np.full((32, 32, 3), 128 * 257 + 100, np.uint16)), tmp_path / f"x{suffix}")
    assert np.abs(np.asarray(Image.open(tmp_path / f"x{suffix}")).astype(int) - 128).max() <= 1


def test_deep_pixels_are_rounded_to_the_nearest_byte():
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    expected = np.floor(levels / 257.0 + 0.5)
    np.testing.assert_array_equal(as_depth(levels, np.uint8), expected)


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_16_bit_tiff_is_read_in_either_byte_order(tmp_path, wide_ramp, byteorder):
    tifffile.imwrite(tmp_path / "x.tif", wide_ramp, byteorder=byteorder)
    pixels = read_photo(tmp_path / "x.tif").pixels
    np.testing.assert_array_equal(pixels, wide_ramp)
    assert pixels.dtype.isnative


@pytest.mark.parametrize("stored", [{"photometric": "rgb"}, {"planarconfig": "separate"}])
def test_16_bit_rgb_tiff_keeps_all_bits(tmp_path, deep_colors, stored):
    values = deep_colors[..., :3]
    if "planarconfig" in stored:
        values, stored = np.moveaxis(values, 2, 0), {"photometric": "rgb", **stored}
    tifffile.imwrite(tmp_path / "x.tif", values, **stored)
    pixels = read_photo(tmp_path / "x.tif").pixels
    np.testing.assert_array_equal(pixels, deep_colors[..., :3])


def test_white_may_be_zero_in_16_bit_tiff(tmp_path, wide_ramp):
    tifffile.imwrite(tmp_path / "x.tif", wide_ramp, photometric="miniswhite")
    np.testing.assert_array_equal(read_photo(tmp_path / "x.tif").pixels, 65535 - wide_ramp)


def test_alpha_of_16_bit_tiff_is_kept(tmp_path, deep_colors):
    tifffile.imwrite(
        tmp_path / "x.tif", deep_colors, photometric="rgb", extrasamples=["unassalpha"]
    )
    photo = read_photo(tmp_path / "x.tif")
    np.testing.assert_array_equal(photo.pixels, deep_colors[..., :3])
    np.testing.assert_array_equal(photo.alpha, deep_colors[..., 3])


def test_colors_are_freed_from_the_alpha_multiplied_into_them(tmp_path):
    color, alpha = np.array([60000, 30000, 10000]), 32768
    values = np.full((8, 8, 4), alpha, np.uint16)
    values[..., :3] = color * alpha / 65535
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="rgb", extrasamples=["assocalpha"])
    np.testing.assert_allclose(read_photo(tmp_path / "x.tif").pixels[0, 0], color, atol=2)


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_depths_between_reach_from_black_to_white(tmp_path, bits):
    values = np.linspace(0, 2**bits - 1, 64).round().astype(np.uint16).reshape(8, 8)
    tifffile.imwrite(tmp_path / "x.tif", values, bitspersample=bits)
    expected = values / (2**bits - 1) * 65535
    np.testing.assert_allclose(read_photo(tmp_path / "x.tif").pixels, expected, atol=0.5)


def test_32_bit_whole_numbers_become_floating_point(tmp_path):
    values = np.array([[0, 2**31, 2**32 - 1]], np.uint32)
    tifffile.imwrite(tmp_path / "x.tif", values)
    pixels = read_photo(tmp_path / "x.tif").pixels
    np.testing.assert_allclose(pixels, [[0.0, 0.5, 1.0]], atol=1e-6)
    assert pixels.dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_float_tiff_within_0_to_1_is_read_as_it_is(tmp_path, dtype):
    values = np.linspace(0.0, 1.0, 1024).astype(dtype).reshape(32, 32)
    tifffile.imwrite(tmp_path / "x.tif", values)
    np.testing.assert_array_equal(read_photo(tmp_path / "x.tif").pixels, np.float32(values))


def test_float_tiff_is_written_in_floating_point(tmp_path):
    values = np.linspace(0.0, 1.0, 3 * 1024, dtype=np.float32).reshape(32, 32, 3)
    write_photo(Photo(values), tmp_path / "x.tif")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "x.tif"), values)


@pytest.mark.parametrize(
    ("value", "message"),
    [(1.5, "expected 0..1"), (-0.5, "expected 0..1")],
)
@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 3)])
def test_float_tiff_of_unknown_scale_is_refused(tmp_path, value, message, shape):
    values = np.full(shape, 0.5, np.float32)
    values[3, 3] = value
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="rgb" if len(shape) > 2 else None)
    with pytest.raises(PhotoError, match=rf"x\.tif: .*{message}"):
        read_photo(tmp_path / "x.tif")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 3)])
def test_a_value_that_is_no_number_costs_its_pixel_with_a_word(tmp_path, shape, value):
    values = np.full(shape, 0.5, np.float32)
    values[3, 3] = value
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="rgb" if len(shape) > 2 else None)
    photo = read_photo(tmp_path / "x.tif")
    assert photo.pixels[3, 3].max() == 0.0
    assert photo.pixels[3, 4].max() == 0.5
    assert photo.warnings == ("1 of its 64 pixels are no numbers, and are black now",)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_a_hair_outside_are_clipped_with_a_word(tmp_path, dtype):
    values = np.linspace(-0.004, 1.02, 64).reshape(8, 8).astype(dtype)
    tifffile.imwrite(tmp_path / "x.tif", values)
    photo = read_photo(tmp_path / "x.tif")
    np.testing.assert_array_equal(photo.pixels, np.clip(values.astype(np.float32), 0.0, 1.0))
    (said,) = photo.warnings
    assert said.endswith("are clipped to 0..1")


def test_numbers_with_a_sign_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", np.zeros((8, 8), np.int16))
    with pytest.raises(PhotoError, match=r"x\.tif: .*int16"):
        read_photo(tmp_path / "x.tif")


def test_truncated_16_bit_pngs_are_refused(tmp_path, deep_colors):
    path = tmp_path / "x.png"
    png_by_hand(path, deep_colors)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(PhotoError, match=r"x\.png"):
        read_photo(path)


@pytest.mark.parametrize("compression", [None, "lzw"])
def test_truncated_16_bit_tiffs_are_refused(tmp_path, deep_colors, compression):
    path = tmp_path / "x.tif"
    colors = deep_colors[..., :3]
    tifffile.imwrite(path, colors, photometric="rgb", compression=compression, rowsperstrip=4)
    content = path.read_bytes()
    path.write_bytes(content[:-3000])
    with pytest.raises(PhotoError, match=r"x\.tif"):
        read_photo(path)


def test_16_bit_images_of_pillow_keep_their_levels(wide_ramp):
    np.testing.assert_array_equal(photo_of_image(Image.fromarray(wide_ramp)).pixels, wide_ramp)
