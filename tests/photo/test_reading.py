"""Photographs of every kind of pixels up to 8 bits, and files that are none."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from colorize_core.photo import PhotoError, read_photo


def refusal(path) -> str:
    """The message that reading is refused with; it names the file."""
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    assert str(path) in str(caught.value)
    return str(caught.value).replace(str(path), "")  # pytest puts the test's name into the path


def test_color_photos_are_read_as_they_are(color_image, tmp_path):
    color_image.save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "x.png").pixels, np.asarray(color_image))


def test_grey_photos_stay_grey(color_image, tmp_path):
    grey = color_image.convert("L")
    grey.save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "x.png").pixels, np.asarray(grey))


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_truncated_photos_are_refused(color_image, tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    color_image.resize((480, 360)).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "truncated" in refusal(path)


def test_empty_files_are_refused(tmp_path):
    path = tmp_path / "x.jpg"
    path.touch()
    assert "the file is empty" in refusal(path)


def test_text_files_are_refused(tmp_path):
    path = tmp_path / "x.jpg"
    path.write_text("no photograph\n" * 100)
    assert "not a photograph" in refusal(path)


def test_tiffs_larger_than_any_scan_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", np.zeros((8, 8), np.uint16))
    with tifffile.TiffFile(tmp_path / "x.tif", mode="r+") as file:
        for tag in (256, 257):
            file.pages[0].tags[tag].overwrite(1 << 20)
    assert "megapixels" in refusal(tmp_path / "x.tif")


def test_missing_files_are_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "x.jpg")


def test_folders_are_refused(tmp_path):
    assert "directory" in refusal(tmp_path)


def test_animations_are_refused(color_image, tmp_path):
    path = tmp_path / "x.gif"
    color_image.save(path, save_all=True, append_images=[color_image.rotate(90)])
    assert "2 frames" in refusal(path)


def test_still_gifs_are_read(color_image, tmp_path):
    color_image.save(tmp_path / "x.gif")
    assert read_photo(tmp_path / "x.gif").size == (36, 48)


@pytest.mark.parametrize("size", [(1, 1), (10000, 1), (1, 10000)])
def test_photos_may_have_any_size(tmp_path, size):
    Image.new("L", size, 9).save(tmp_path / "x.png")
    assert read_photo(tmp_path / "x.png").size == size[::-1]


def test_fully_transparent_photos_keep_alpha_and_pixels(color_image, tmp_path):
    transparent = color_image.copy()
    transparent.putalpha(0)
    transparent.save(tmp_path / "x.png")
    photo = read_photo(tmp_path / "x.png")
    assert not photo.alpha.any()
    np.testing.assert_array_equal(photo.pixels, np.asarray(color_image))


def test_grey_photos_with_alpha_keep_it(color_image, tmp_path):
    alpha = color_image.getchannel("R")
    grey = color_image.convert("LA")
    grey.putalpha(alpha)
    grey.save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "x.png").alpha, np.asarray(alpha))


def test_opaque_photos_have_no_alpha(color_image, tmp_path):
    color_image.save(tmp_path / "x.png")
    assert read_photo(tmp_path / "x.png").alpha is None


def test_palettes_become_their_colors(color_image, tmp_path):
    palette = color_image.quantize(64)
    palette.save(tmp_path / "x.png")
    photo = read_photo(tmp_path / "x.png")
    np.testing.assert_array_equal(photo.pixels, np.asarray(palette.convert("RGB")))


def test_transparent_palette_colors_become_alpha(color_image, tmp_path):
    palette = color_image.quantize(64)
    palette.save(tmp_path / "x.png", transparency=5)
    photo = read_photo(tmp_path / "x.png")
    np.testing.assert_array_equal(photo.alpha == 0, np.asarray(palette) == 5)


def test_bilevel_photos_become_grey(color_image, tmp_path):
    color_image.convert("1").save(tmp_path / "x.png")
    assert set(np.unique(read_photo(tmp_path / "x.png").pixels)) == {0, 255}


def test_cmyk_becomes_rgb(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "x.jpg")
    photo = read_photo(tmp_path / "x.jpg")
    np.testing.assert_allclose(photo.pixels[8, 8], (255, 0, 0), atol=3)
