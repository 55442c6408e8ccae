"""Colours through the profiles of files, and in what space they are written."""

import io
import struct

import numpy as np
import pytest
import tifffile
from by_hand import png_by_hand
from icc import (
    GAMMA,
    SRGB,
    cmyk_profile,
    gamma_profile,
    in_adobe_rgb,
    lab_of_cmyk,
    profile,
    rgb_profile,
    srgb_curve,
    srgb_of_linear,
)
from PIL import Image, ImageCms
from skimage import color
from spaces import LARGE_SPACES, store

from colorize_core.photo import Photo, read_photo, write_photo


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("space", [b"GRAY", b"RGB "])
def test_grey_is_read_through_its_profile(tmp_path, bits, space):
    """Also through one of RGB, as ImageMagick leaves it in grey photos."""
    ramp = np.linspace(0.0, 1.0, 256).reshape(16, 16)
    suffix = ".png" if bits == 8 else ".tif"
    store(tmp_path / f"x{suffix}", ramp, gamma_profile(space), bits)
    pixels = read_photo(tmp_path / f"x{suffix}").pixels
    assert pixels.shape == (16, 16)
    step = 2.0**bits - 1
    expected = srgb_of_linear(((ramp * step).round() / step) ** GAMMA) * 65535
    np.testing.assert_allclose(pixels, expected, atol=16)


def test_grey_in_floating_point_is_read_through_its_profile(tmp_path):
    ramp = np.linspace(0.0, 1.0, 256, dtype=np.float32).reshape(16, 16)
    tifffile.imwrite(tmp_path / "x.tif", ramp, iccprofile=gamma_profile(b"GRAY"))
    expected = srgb_of_linear(ramp**GAMMA)
    np.testing.assert_allclose(read_photo(tmp_path / "x.tif").pixels, expected, atol=2e-4)


def test_grey_photos_with_alpha_are_read_through_their_profile(tmp_path):
    Image.new("LA", (8, 8), (100, 50)).save(tmp_path / "x.png", icc_profile=gamma_profile(b"GRAY"))
    photo = read_photo(tmp_path / "x.png")
    expected = srgb_of_linear(np.array((100 / 255) ** GAMMA)) * 65535
    np.testing.assert_allclose(photo.pixels, expected, atol=16)
    assert (photo.alpha == 50).all()


def test_grey_photos_are_written_as_srgb(tmp_path, in_color):
    """A profile of grey cannot hold colours."""
    image = Image.new("L", (16, 16), 100)
    image.save(tmp_path / "x.png", icc_profile=gamma_profile(b"GRAY"))
    write_photo(in_color(read_photo(tmp_path / "x.png")), tmp_path / "y.png")
    written = Image.open(tmp_path / "y.png")
    assert "sRGB" in description(written.info["icc_profile"])
    np.testing.assert_array_equal(np.asarray(written)[0, 0], (51, 102, 153))


def test_rgb_of_8_bits_is_read_through_its_profile(color_image, tmp_path):
    color_image.save(tmp_path / "x.png", icc_profile=gamma_profile(b"RGB "))
    values = np.asarray(color_image)
    expected = srgb_of_linear((values / 255.0) ** GAMMA)
    # Near black the two curves are steep; the colour engine works in 16 bits there.
    pixels = read_photo(tmp_path / "x.png").pixels / 65535.0
    np.testing.assert_allclose(pixels, expected, atol=3 / 255)
    assert np.abs(expected - values / 255.0).max() > 10 / 255


def test_scanner_profiles_that_cannot_be_written_give_srgb(tmp_path, chart, in_color):
    # White is not reached: half the light is lost.
    curve = b"curv" + bytes(4) + struct.pack(">IHH", 2, 0, 30000)
    store(tmp_path / "x.png", chart, rgb_profile(SRGB, curve, b"scnr"), 8)
    write_photo(in_color(read_photo(tmp_path / "x.png")), tmp_path / "y.png")
    assert "sRGB" in description(Image.open(tmp_path / "y.png").info["icc_profile"])


@pytest.mark.parametrize("bits", [8, 16])
def test_cmyk_is_read_through_its_profile(tmp_path, bits):
    paper = (100.0, 0.0, 0.0)
    inks = np.random.default_rng(0).random((16, 16, 4)) * 0.6
    scale = 2.0**bits - 1
    values = (inks * scale).round()
    tifffile.imwrite(
        tmp_path / "x.tif",
        values.astype(np.uint8 if bits == 8 else np.uint16),
        photometric="separated",
        iccprofile=cmyk_profile(paper),
    )
    photo = read_photo(tmp_path / "x.tif")
    expected = lab_of_cmyk((values / scale).reshape(-1, 4), paper)[:, 0].reshape(16, 16)
    white = np.iinfo(photo.pixels.dtype).max
    lightness = color.rgb2lab(photo.pixels / float(white))[..., 0]
    # Little CMS takes the darkest ink for black: that much is lighter or darker at most.
    np.testing.assert_allclose(lightness, expected, atol=1.0)
    naive = ((1 - inks[..., :3]) * (1 - inks[..., 3:])).mean(-1)
    assert np.abs(color.rgb2lab(np.dstack((naive,) * 3))[..., 0] - expected).mean() > 5


@pytest.mark.parametrize("bits", [8, 16])
def test_cmyk_without_a_profile_loses_light_to_each_ink(tmp_path, bits):
    scale = 2**bits - 1
    values = np.zeros((16, 16, 4), np.uint8 if bits == 8 else np.uint16)
    values[:, :8] = (0, scale, scale, 0)
    values[:, 8:] = (0, 0, 0, scale // 2 + 1)
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="separated")
    pixels = read_photo(tmp_path / "x.tif").pixels / scale
    np.testing.assert_allclose(pixels[4, 4], (1, 0, 0), atol=0.01)
    np.testing.assert_allclose(pixels[4, 12], (0.5, 0.5, 0.5), atol=0.01)


def test_srgb_profiles_change_nothing_and_are_kept(color_image, tmp_path, in_color):
    own = rgb_profile(SRGB, srgb_curve())
    color_image.save(tmp_path / "x.png", icc_profile=own)
    photo = read_photo(tmp_path / "x.png")
    np.testing.assert_array_equal(photo.pixels, np.asarray(color_image))
    write_photo(in_color(photo), tmp_path / "y.jpg")
    assert Image.open(tmp_path / "y.jpg").info["icc_profile"] == own


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
def test_photos_without_a_profile_are_written_as_srgb(color_image, tmp_path, suffix):
    color_image.save(tmp_path / "x.png")
    photo = read_photo(tmp_path / "x.png")
    assert "icc_profile" not in photo.info
    write_photo(photo, tmp_path / f"y{suffix}")
    assert "sRGB" in description(Image.open(tmp_path / f"y{suffix}").info["icc_profile"])


@pytest.mark.parametrize(
    "icc",
    [
        b"no profile",
        gamma_profile(b"GRAY"),
        cmyk_profile(),
        gamma_profile(b"RGB ")[:300],
        profile(b"RGB ", {}),
    ],
    ids=["broken", "grey", "inks", "cut off", "empty"],
)
def test_profiles_that_do_not_fit_are_ignored(color_image, tmp_path, icc, in_color):
    color_image.save(tmp_path / "x.png", icc_profile=icc)
    photo = read_photo(tmp_path / "x.png")
    np.testing.assert_array_equal(photo.pixels, np.asarray(color_image))
    write_photo(in_color(photo), tmp_path / "y.png")
    assert "sRGB" in description(Image.open(tmp_path / "y.png").info["icc_profile"])


def test_the_gamma_of_a_png_is_heeded(tmp_path):
    gamma = (b"gAMA", (100000).to_bytes(4, "big"))
    png_by_hand(tmp_path / "x.png", np.full((8, 8, 1), 20000, np.uint16), gamma)
    pixels = read_photo(tmp_path / "x.png").pixels
    expected = srgb_of_linear(np.array(20000 / 65535)) * 65535
    np.testing.assert_allclose(pixels, expected, atol=20)


def test_grey_photos_get_the_color_of_their_profile_twin(tmp_path):
    write_photo(
        Photo(np.full((8, 8), 90, np.uint8), profile=LARGE_SPACES["Adobe RGB"][0]),
        tmp_path / "x.png",
    )
    written = np.asarray(Image.open(tmp_path / "x.png")) / 255.0
    expected = in_adobe_rgb(np.full(3, 90 / 255.0))
    np.testing.assert_allclose(written[0, 0], expected, atol=1 / 255)


def description(icc: bytes) -> str:
    return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc)))
