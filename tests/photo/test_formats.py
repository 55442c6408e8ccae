"""Formats made by other programs: read, and written so that colours stay where they are."""

import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import color, data

from colorize_core.cli.remedies import advised
from colorize_core.photo import Photo, PhotoError, read_photo, write_photo

MADE_ELSEWHERE = Path(__file__).parent / "made_elsewhere"


def test_files_of_libheif_are_read(color_image, modern):
    photo = read_photo(MADE_ELSEWHERE / f"chart{modern}")
    difference = photo.pixels.astype(int) - np.asarray(color_image)
    assert np.abs(difference).mean() < 2


def test_what_files_of_libheif_say_is_kept(tmp_path, exiftool, in_color, modern):
    photo = in_color(read_photo(MADE_ELSEWHERE / f"chart{modern}"))
    write_photo(photo, tmp_path / f"out{modern}")
    tags = exiftool(tmp_path / f"out{modern}")
    assert (tags["IFD0:Artist"], tags["XMP-photoshop:City"]) == ("Zoë", "Kiel")
    written = read_photo(tmp_path / f"out{modern}").pixels.astype(int)
    assert np.abs(written - photo.pixels).max() <= 3


def test_heic_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PhotoError, match=r"chart\.heic: HEIC needs .*: pillow-heif$") as caught:
        read_photo(MADE_ELSEWHERE / "chart.heic")
    command = f"{shlex.quote(sys.executable)} -m pip install pillow-heif"
    assert command in advised(caught.value)


@pytest.mark.parametrize("suffix", [".jpg", ".avif"])
def test_colors_stop_where_they_stopped(tmp_path, suffix):
    """At full resolution of colour; 4:2:0 would carry each over the next pixel."""
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = (200, 60, 60), (60, 110, 200)
    write_photo(Photo(stripes), tmp_path / f"x{suffix}")
    written = np.asarray(Image.open(tmp_path / f"x{suffix}"))
    difference = color.deltaE_ciede2000(color.rgb2lab(written), color.rgb2lab(stripes))
    assert difference.mean() < 3


def test_jpegs_of_photos_are_hardly_told_from_them(tmp_path):
    photo = data.astronaut()
    write_photo(Photo(photo), tmp_path / "x.jpg")
    written = np.asarray(Image.open(tmp_path / "x.jpg"))
    difference = color.deltaE_ciede2000(color.rgb2lab(written), color.rgb2lab(photo))
    assert np.median(difference) < 1.2


def test_webps_without_loss_stay_without(color_image, tmp_path, imagemagick):
    color_image.save(tmp_path / "x.png")
    imagemagick(tmp_path / "x.png", "-define", "webp:lossless=true", tmp_path / "x.webp")
    photo = read_photo(tmp_path / "x.webp")
    np.testing.assert_array_equal(photo.pixels, np.asarray(color_image))
    write_photo(photo, tmp_path / "y.webp")
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "y.webp")), photo.pixels)


def test_webps_with_loss_stay_small(tmp_path, imagemagick):
    Image.fromarray(data.astronaut()).save(tmp_path / "x.png")
    imagemagick(tmp_path / "x.png", "-quality", "90", tmp_path / "x.webp")
    photo = read_photo(tmp_path / "x.webp")
    assert "lossless" not in photo.info
    write_photo(photo, tmp_path / "y.webp")
    assert (tmp_path / "y.webp").stat().st_size < photo.pixels.nbytes / 4


def test_cmyk_jpegs_of_imagemagick_are_read(tmp_path, imagemagick):
    imagemagick("-size", "16x16", "xc:red", "-colorspace", "CMYK", tmp_path / "x.jpg")
    assert Image.open(tmp_path / "x.jpg").mode == "CMYK"
    np.testing.assert_allclose(read_photo(tmp_path / "x.jpg").pixels[8, 8], (255, 0, 0), atol=3)


@pytest.mark.parametrize("suffix", [".png", ".gif", ".tif", ".bmp"])
def test_palettes_of_imagemagick_become_their_colors(color_image, tmp_path, imagemagick, suffix):
    color_image.save(tmp_path / "x.png")
    path = tmp_path / f"p{suffix}"
    imagemagick(tmp_path / "x.png", "-colors", "32", "-type", "Palette", path)
    with Image.open(path) as image:
        assert image.mode == "P"
        np.testing.assert_array_equal(read_photo(path).pixels, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_bilevel_photos_of_imagemagick_are_read(tmp_path, imagemagick, suffix):
    imagemagick(
        "-size", "16x16", "xc:gray50", "-depth", "1", "-type", "bilevel", tmp_path / f"x{suffix}"
    )
    assert read_photo(tmp_path / f"x{suffix}").pixels.shape == (16, 16)


def test_lab_tiffs_are_read(tmp_path, imagemagick):
    imagemagick(
        "-size",
        "16x16",
        "xc:rgb(200,60,60)",
        "-colorspace",
        "Lab",
        "-depth",
        "8",
        tmp_path / "x.tif",
    )
    assert Image.open(tmp_path / "x.tif").mode == "LAB"
    np.testing.assert_allclose(read_photo(tmp_path / "x.tif").pixels[8, 8], (200, 60, 60), atol=8)
