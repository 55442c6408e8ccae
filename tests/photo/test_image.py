"""What Python gets for a file: a Pillow image that knows, and saves, all that the file held."""

import copy
import io
import pickle

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, ImageDraw

from colorize_core.photo import Photo, PhotoError, PhotoImage, read_photo, write_photo

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="attic"/>'
    b"</rdf:RDF></x:xmpmeta>"
)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
DESCRIPTION = 270


@pytest.fixture
def described(color_image, tmp_path):
    """A JPEG with EXIF, XMP, ICC profile and resolution."""
    exif = Image.Exif()
    exif[DESCRIPTION] = "Grandmother"
    path = tmp_path / "described.jpg"
    color_image.save(path, exif=exif, xmp=XMP, icc_profile=SRGB, dpi=(300, 300))
    return path


@pytest.fixture
def deep(tmp_path):
    """A grey TIFF of 16 bits whose lower bytes count."""
    path = tmp_path / "deep.tif"
    tifffile.imwrite(path, np.arange(36 * 48, dtype=np.uint16).reshape(36, 48) * 37)
    return path


def assert_described(path):
    with Image.open(path) as saved:
        assert saved.getexif()[DESCRIPTION] == "Grandmother"
        assert b'dc:source="attic"' in saved.info["xmp"]
        assert saved.info["icc_profile"] == SRGB
        if saved.format != "WEBP":  # which holds no resolution
            assert tuple(map(round, saved.info["dpi"])) == (300, 300)


def test_the_image_of_a_file_knows_what_the_file_says(colorizer, described):
    info = colorizer(described, size=64).info
    assert {"exif", "xmp", "icc_profile", "dpi"} <= info.keys()
    assert info["icc_profile"] == SRGB
    assert info["dpi"] == (300, 300)
    assert b'dc:source="attic"' in info["xmp"]
    assert colorizer(described, size=64).getexif()[DESCRIPTION] == "Grandmother"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("way", ["as usual", "with a setting of Pillow's", "to an open file"])
def test_saving_keeps_what_the_file_said(colorizer, described, suffix, way, tmp_path):
    target = tmp_path / f"out{suffix}"
    image = colorizer(described, size=64)
    if way == "as usual":
        image.save(target)
    elif way == "to an open file":
        with target.open("wb") as file:
            image.save(file, Image.registered_extensions()[suffix])
    else:
        image.save(target, quality=60)
    assert_described(target)


def test_images_that_were_opened_by_pillow_keep_it_too(colorizer, described, tmp_path):
    with Image.open(described) as opened:
        colorizer(opened, size=64).save(tmp_path / "out.jpg")
    assert_described(tmp_path / "out.jpg")


def test_saving_writes_what_writing_the_photo_does(colorizer, described, tmp_path):
    colorizer(described, size=64).save(tmp_path / "image.jpg")
    write_photo(colorizer.colorize(described, size=64), tmp_path / "photo.jpg")
    assert (tmp_path / "image.jpg").read_bytes() == (tmp_path / "photo.jpg").read_bytes()


@pytest.mark.parametrize("suffix", [".tif", ".png"])
@pytest.mark.parametrize("to", [str, lambda path: path, lambda path: bytes(path)])
def test_16_bits_are_saved_with_16(colorizer, deep, suffix, to, tmp_path):
    target = tmp_path / f"out{suffix}"
    colorizer(deep, size=64).save(to(target))
    saved, expected = read_photo(target), colorizer.colorize(deep, size=64)
    assert saved.pixels.dtype == np.uint16
    np.testing.assert_array_equal(saved.pixels, expected.pixels)


def test_16_bits_are_kept_in_an_open_file(colorizer, deep, tmp_path):
    buffer = io.BytesIO()
    colorizer(deep, size=64).save(buffer, "PNG")
    (tmp_path / "out.png").write_bytes(buffer.getvalue())
    assert read_photo(tmp_path / "out.png").pixels.dtype == np.uint16


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image.thumbnail((24, 18)),
        lambda image: image.paste("white", (0, 0, 9, 9)),
        lambda image: ImageDraw.Draw(image).line((0, 0, 20, 20), "white"),
        lambda image: image.putalpha(128),
    ],
    ids=["thumbnail", "paste", "draw", "alpha"],
)
@pytest.mark.parametrize("kind", ["described", "deep"])
def test_an_image_that_was_changed_is_saved_as_it_is_now(
    colorizer, request, kind, change, tmp_path
):
    image = colorizer(request.getfixturevalue(kind), size=64)
    change(image)
    image.save(tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as saved:
        assert saved.mode == image.mode
        np.testing.assert_array_equal(np.asarray(saved), np.asarray(image))
    if kind == "described":
        assert_described(tmp_path / "out.png")


def test_what_is_made_of_an_image_is_pillows_own(colorizer, described):
    image = colorizer(described, size=64)
    for made in (image.copy(), image.resize((9, 9)), image.convert("L")):
        assert type(made) is Image.Image
        assert made.info["icc_profile"] == SRGB


def test_info_that_is_removed_is_not_saved(colorizer, described, tmp_path):
    image = colorizer(described, size=64)
    del image.info["exif"]
    image.save(tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as saved:
        assert DESCRIPTION not in saved.getexif()


@pytest.mark.parametrize("again", [copy.deepcopy, lambda image: pickle.loads(pickle.dumps(image))])
def test_copies_keep_pixels_and_metadata(colorizer, described, again, tmp_path):
    image = colorizer(described, size=64)
    same = again(image)
    assert same.tobytes() == image.tobytes()
    same.save(tmp_path / "out.jpg")
    assert_described(tmp_path / "out.jpg")


def test_formats_that_only_pillow_writes_are_pillows(colorizer, described, tmp_path):
    colorizer(described, size=64).save(tmp_path / "out.bmp")
    with Image.open(tmp_path / "out.bmp") as saved:
        assert (saved.format, saved.size) == ("BMP", (48, 36))


def test_unknown_formats_are_pillows_error(colorizer, described, tmp_path):
    with pytest.raises(ValueError, match="unknown file extension"):
        colorizer(described, size=64).save(tmp_path / "out.xyz")


def test_a_named_format_goes_before_the_suffix(colorizer, deep, tmp_path):
    colorizer(deep, size=64).save(tmp_path / "out.dat", "TIFF")
    assert read_photo(tmp_path / "out.dat").pixels.dtype == np.uint16


def test_saving_replaces_a_file_or_leaves_it_as_it_was(colorizer, described, tmp_path):
    target = tmp_path / "out.jpg"
    target.write_bytes(b"old")
    image = PhotoImage.of(Photo(np.zeros((1, 70_000, 3), np.uint8)))
    with pytest.raises(PhotoError, match=r"out\.jpg: "):
        image.save(target)
    assert target.read_bytes() == b"old"
    colorizer(described, size=64).save(target)
    assert_described(target)
