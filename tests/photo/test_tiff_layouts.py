"""TIFFs of 8 bits in every layout: what their 16-bit twins are, they are too."""

import numpy as np
import pytest
import skimage.data
import tifffile
from by_hand import ycbcr_by_hand

from colorize_core.photo import read_photo
from colorize_core.photo.photo import DamagedError

GREY = skimage.data.camera()[::8, ::8]  # 64 x 64
COLOR = skimage.data.astronaut()[::8, ::8]
ALPHA = np.linspace(40, 255, 64 * 64).reshape(64, 64).astype(np.uint8)
INFRARED = np.full((64, 64), 7, np.uint8)


def luma_and_chroma(color: np.ndarray) -> np.ndarray:
    """8-bit YCbCr of RGB, ``(H, W, 3)``."""
    red, green, blue = np.moveaxis(color.astype(float), 2, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    values = np.stack((luma, 128 + (blue - luma) / 1.772, 128 + (red - luma) / 1.402), -1)
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def written(tmp_path, values, **how):
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, values, **how)
    return path


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits", "zstd"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_grey_beside_infrared_is_grey(tmp_path, compression, planar):
    values = np.stack((GREY, INFRARED), 0 if planar == "separate" else -1)
    how = {"planarconfig": planar, "extrasamples": ["unspecified"], "compression": compression}
    photo = read_photo(written(tmp_path, values, photometric="minisblack", **how))
    np.testing.assert_array_equal(photo.pixels, GREY)
    assert photo.alpha is None
    assert photo.pixels.dtype == np.uint8


@pytest.mark.parametrize("compression", [None, "lzw"])
def test_alpha_that_is_multiplied_into_grey_is_divided_out(tmp_path, compression):
    multiplied = np.rint(GREY * (ALPHA / 255.0)).astype(np.uint8)
    path = written(
        tmp_path,
        np.stack((multiplied, ALPHA), -1),
        photometric="minisblack",
        extrasamples=["assocalpha"],
        compression=compression,
    )
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.alpha, ALPHA)
    np.testing.assert_allclose(photo.pixels.astype(int), GREY, atol=4)


def test_alpha_beside_grey_that_begins_with_white_is_kept(tmp_path):
    values = np.stack((255 - GREY, ALPHA), -1)
    path = written(tmp_path, values, photometric="miniswhite", extrasamples=["unassalpha"])
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.pixels, GREY)
    np.testing.assert_array_equal(photo.alpha, ALPHA)


@pytest.mark.parametrize("depth", [8, 16])
def test_cmyk_with_alpha_is_read(tmp_path, depth):
    inks = np.zeros((64, 64, 4), np.uint8)
    inks[..., 1:3] = 255
    values: np.ndarray = np.dstack((inks, ALPHA))
    if depth == 16:
        values = values.astype(np.uint16) * 257
    path = written(tmp_path, values, photometric="separated", extrasamples=["unassalpha"])
    photo = read_photo(path)
    white = 255 if depth == 8 else 65535
    np.testing.assert_array_equal(photo.pixels[8, 8] / white, (1, 0, 0))
    np.testing.assert_array_equal(photo.alpha, values[..., 4])


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_color_beside_infrared_is_color(tmp_path, planar):
    values = np.dstack((COLOR, INFRARED))
    values = np.moveaxis(values, 2, 0) if planar == "separate" else values
    how = {"planarconfig": planar, "extrasamples": ["unspecified"]}
    photo = read_photo(written(tmp_path, values, photometric="rgb", **how))
    np.testing.assert_array_equal(photo.pixels, COLOR)
    assert photo.alpha is None


def test_whole_luma_and_chroma_are_read(tmp_path):
    values = luma_and_chroma(COLOR)
    range_of_each = (0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1)
    tags = [(530, "H", 2, (1, 1), True), (532, "2I", 6, range_of_each, True)]
    photo = read_photo(written(tmp_path, values, photometric="ycbcr", extratags=tags))
    np.testing.assert_allclose(photo.pixels.astype(int), COLOR, atol=2)


@pytest.mark.parametrize("compression", ["webp", "jpegxl", "jpeg2000"])
def test_newer_compressions_are_read(tmp_path, compression):
    how = {"compressionargs": {"lossless": True}} if compression == "webp" else {}
    path = written(tmp_path, COLOR, photometric="rgb", compression=compression, **how)
    difference = read_photo(path).pixels.astype(int) - COLOR
    assert np.abs(difference).mean() < 3


@pytest.mark.parametrize("bits", [2, 4])
def test_few_bits_become_8(tmp_path, bits):
    values = (GREY >> (8 - bits)).astype(np.uint8)
    path = written(tmp_path, values, bitspersample=bits, photometric="minisblack")
    white = (1 << bits) - 1
    np.testing.assert_array_equal(read_photo(path).pixels, values * (255 // white))


SMOOTH = np.stack(np.broadcast_arrays(*np.ogrid[40:140:2, 60:186:2], 90), -1).astype(np.uint8)


@pytest.mark.parametrize("block", [(2, 1), (2, 2), (1, 2), (4, 1), (4, 4)])
@pytest.mark.parametrize(("order", "rows"), [("<", 0), (">", 0), ("<", 16), (">", 16)])
def test_pixels_that_share_their_chroma_are_read_uncompressed(tmp_path, block, order, rows):
    path = tmp_path / "x.tif"
    ycbcr_by_hand(path, luma_and_chroma(SMOOTH), block, order, rows)
    np.testing.assert_allclose(read_photo(path).pixels.astype(int), SMOOTH, atol=9)


def test_shared_chroma_of_which_rows_are_missing_is_refused_and_can_be_had(tmp_path):
    path = tmp_path / "x.tif"
    ycbcr_by_hand(path, luma_and_chroma(SMOOTH), (2, 2), "<", 16)
    path.write_bytes(path.read_bytes()[:-800])
    with pytest.raises(DamagedError, match=r"is truncated: 40 of its 50 rows are there"):
        read_photo(path)
    pixels = read_photo(path, damaged=True).pixels
    np.testing.assert_allclose(pixels[:40].astype(int), SMOOTH[:40], atol=9)
    assert not pixels[42:].any()


def test_whole_luma_and_chroma_may_not_say_that_they_are_whole(tmp_path):
    path = tmp_path / "x.tif"
    ycbcr_by_hand(path, luma_and_chroma(COLOR), (1, 1), "<", 0, is_said=False)
    np.testing.assert_allclose(read_photo(path).pixels.astype(int), COLOR, atol=2)


@pytest.mark.parametrize("top", [65535, 255], ids=["own range", "range of 8 bits"])
def test_luma_and_chroma_of_16_bits_are_read(tmp_path, top):
    deep = luma_and_chroma(COLOR).astype(np.uint16) * 257
    ends = (0, 1, top, 1, (top + 1) // 2, 1, top, 1, (top + 1) // 2, 1, top, 1)
    tags = [(530, "H", 2, (1, 1), True), (532, "2I", 6, ends, True)]
    photo = read_photo(written(tmp_path, deep, photometric="ycbcr", extratags=tags))
    np.testing.assert_allclose(photo.pixels / 257, COLOR, atol=3)


def test_missing_rows_of_whole_luma_and_chroma_are_black(tmp_path):
    path = tmp_path / "x.tif"
    ycbcr_by_hand(path, luma_and_chroma(COLOR), (1, 1), "<", 0)
    path.write_bytes(path.read_bytes()[:-3000])
    assert not read_photo(path, damaged=True).pixels[50:].any()


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
def test_linear_raw_is_read_in_any_depth(tmp_path, depth, compression):
    values = np.stack([GREY] * 3, -1).astype(depth)
    values *= depth(np.iinfo(depth).max // 255)
    path = written(tmp_path, values, photometric="linear_raw", compression=compression)
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.pixels, values[..., 0])


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("colors", [1, 3])
def test_alpha_behind_infrared_is_kept(tmp_path, colors, planar):
    axis = 0 if planar == "separate" else -1
    path = written(
        tmp_path,
        np.stack((*[GREY] * colors, INFRARED, ALPHA), axis),
        photometric="rgb" if colors == 3 else "minisblack",
        planarconfig=planar,
        extrasamples=["unspecified", "unassalpha"],
    )
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.pixels, GREY)
    np.testing.assert_array_equal(photo.alpha, ALPHA)
