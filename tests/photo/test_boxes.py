"""JPEG 2000 and JPEG XL: read, and written in their own kind with all that they carry."""

import io

import imagecodecs
import numpy as np
import pytest
import skimage.data
from icc import ADOBE, ADOBE_GAMMA, power, rgb_profile
from PIL import Image

from colorize_core.photo import Photo, PhotoError, read_photo, write_photo
from colorize_core.photo.photo import Made

COLOR = np.ascontiguousarray(skimage.data.astronaut()[::8, ::8])
GREY = np.ascontiguousarray(COLOR[..., 0])
ALPHA = np.ascontiguousarray(COLOR[..., 1])
SUFFIXES = [".jp2", ".jxl"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("pixels", [GREY, COLOR], ids=["grey", "colour"])
@pytest.mark.parametrize("alpha", [None, ALPHA], ids=["opaque", "alpha"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_pixels_come_back_as_they_were(tmp_path, suffix, pixels, alpha, depth):
    scale = 1 if depth == np.uint8 else 257
    pixels = pixels.astype(depth) * depth(scale)
    alpha = None if alpha is None else alpha.astype(depth) * depth(scale)
    write_photo(Photo(pixels, alpha), tmp_path / f"x{suffix}")
    photo = read_photo(tmp_path / f"x{suffix}")
    assert photo.pixels.dtype == depth
    np.testing.assert_array_equal(photo.pixels, pixels)
    if alpha is None:
        assert photo.alpha is None
    else:
        np.testing.assert_array_equal(photo.alpha, alpha)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_notes_are_kept(tmp_path, exiftool, suffix):
    Image.fromarray(COLOR).save(tmp_path / "in.jpg", dpi=(300, 300))
    exiftool("-IFD0:Artist=Zoë", "-XMP-dc:Source=box 7", "-IPTC:Keywords=sea", tmp_path / "in.jpg")
    photo = read_photo(tmp_path / "in.jpg")
    photo.made = Made("lite", "sha256:0")
    write_photo(photo, tmp_path / f"x{suffix}")
    write_photo(read_photo(tmp_path / f"x{suffix}"), tmp_path / "out.jpg")
    tags = exiftool(tmp_path / "out.jpg")
    assert tags["IFD0:Artist"] == "Zoë"
    assert tags["XMP-dc:Source"] == "box 7"
    assert tags["XMP-colorize:Model"] == "lite"
    if suffix == ".jp2":
        assert round(tags["JFIF:XResolution"]) == 300
        assert tags["IPTC:Keywords"] == "sea"


def test_other_programs_read_what_a_jp2_says(tmp_path, exiftool):
    info = {"dpi": (300.0, 150.0), "xmp": b""}
    photo = Photo(COLOR, ALPHA, info, made=Made("lite", "sha256:0"))
    write_photo(photo, tmp_path / "x.jp2")
    assert exiftool(tmp_path / "x.jp2")["XMP-colorize:Model"] == "lite"
    with Image.open(tmp_path / "x.jp2") as image:
        assert (image.mode, image.size) == ("RGBA", (64, 64))
        np.testing.assert_allclose(image.info["dpi"], (300, 150), rtol=1e-3)
        np.testing.assert_array_equal(np.asarray(image), np.dstack((COLOR, ALPHA)))


def test_a_jp2_is_written_in_its_own_space(tmp_path):
    profile = rgb_profile(ADOBE, power(ADOBE_GAMMA))
    write_photo(Photo(COLOR, profile=profile), tmp_path / "x.jp2")
    photo = read_photo(tmp_path / "x.jp2")
    assert photo.profile == profile
    np.testing.assert_allclose(photo.pixels / 257, COLOR, atol=2)


@pytest.mark.parametrize("name", ["x.jp2", "x.j2k"])
def test_12_bits_become_16(tmp_path, name):
    values = GREY.astype(np.uint16) * 16
    values[0, 0] = 4095
    content = imagecodecs.jpeg2k_encode(
        values, level=0, reversible=True, bitspersample=12, codecformat=name[2:]
    )
    (tmp_path / name).write_bytes(content)
    photo = read_photo(tmp_path / name)
    assert photo.pixels[0, 0] == 65535
    assert photo.pixels.dtype == np.uint16


def test_a_jpeg_xl_without_a_container_is_read(tmp_path):
    content = imagecodecs.jpegxl_encode(COLOR, lossless=True, usecontainer=False)
    assert content[:2] == b"\xff\n"
    (tmp_path / "x.jxl").write_bytes(content)
    np.testing.assert_array_equal(read_photo(tmp_path / "x.jxl").pixels, COLOR)


@pytest.mark.parametrize("size", [(64, 64), (8, 8), (300, 200), (1, 777), (3, 4), (640, 360)])
def test_a_jpeg_xl_says_its_size(size):
    from colorize_core.photo.jpegxl import claimed_size

    for is_boxed in (True, False):
        values = np.zeros((size[1], size[0]), np.uint8)
        content = imagecodecs.jpegxl_encode(values, lossless=True, usecontainer=is_boxed)
        assert claimed_size(content) == size


def test_a_jpeg_xl_that_claims_what_it_cannot_hold_is_refused(tmp_path):
    # not small, 18 bits and a height of 2 ** 18, as wide
    bits = 0 | 2 << 1 | (2**18 - 1) << 3 | 1 << 21
    (tmp_path / "x.jxl").write_bytes(b"\xff\n" + bits.to_bytes(4, "little") + bytes(60))
    with pytest.raises(PhotoError, match="262144 x 262144"):
        read_photo(tmp_path / "x.jxl")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kept", [20, 60, 0.5, 0.95])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_one_that_is_cut_is_refused_in_plain_words(tmp_path, suffix, kept, depth):
    path = tmp_path / f"x{suffix}"
    write_photo(Photo(COLOR.astype(depth) * depth(1 if depth == np.uint8 else 257)), path)
    content = path.read_bytes()
    path.write_bytes(content[: kept if kept > 1 else int(kept * len(content))])
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    said = str(caught.value).removeprefix(f"{path}: ")
    assert not any(word in said for word in ("error", "jpegxl_", "opj", "<", "None"))


def test_the_quality_is_heeded(tmp_path):
    sizes = {}
    for quality in (None, 90, 30):
        for suffix in SUFFIXES:
            path = tmp_path / f"{quality}{suffix}"
            write_photo(Photo(COLOR, info={"quality": quality}), path)
            sizes[quality, suffix] = path.stat().st_size
            assert read_photo(path).size == (64, 64)
    for suffix in SUFFIXES:
        assert sizes[None, suffix] > sizes[90, suffix] > sizes[30, suffix]


def test_an_animation_is_refused(tmp_path):
    frames = np.stack((COLOR, COLOR[::-1]))
    encoded = io.BytesIO()
    encoded.write(imagecodecs.jpegxl_encode(frames, lossless=True))
    (tmp_path / "x.jxl").write_bytes(encoded.getvalue())
    with pytest.raises(PhotoError, match="several frames"):
        read_photo(tmp_path / "x.jxl")
