"""Damaged photos: notes that cost nothing, rows that are told, and what can be had of them."""

import io
import struct
import zlib

import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image, PngImagePlugin

from colorize_core.photo import PhotoError, jpeg_damage, read_photo
from colorize_core.photo.photo import DamagedError

GREY = Image.fromarray(skimage.data.camera()).resize((240, 200))
COLOR = Image.fromarray(skimage.data.astronaut()).resize((240, 200))
KINDS = [
    pytest.param({}, id="baseline"),
    pytest.param({"progressive": True}, id="progressive"),
    pytest.param({"restart_marker_blocks": 9}, id="restarts"),
    pytest.param({"progressive": True, "restart_marker_blocks": 9}, id="both"),
]


def jpeg(image=COLOR, **how) -> bytes:
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", **{"quality": 90, **how})
    return encoded.getvalue()


def png(image=GREY, *chunks: bytes) -> bytes:
    """A PNG with chunks after its header."""
    encoded = io.BytesIO()
    image.save(encoded, "PNG")
    content = encoded.getvalue()
    return content[:33] + b"".join(chunks) + content[33:]


def chunk(kind: bytes, data: bytes, flipped: int = 0) -> bytes:
    check = zlib.crc32(kind + data) ^ flipped
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def refusal(path, kind=DamagedError) -> str:
    with pytest.raises(kind) as caught:
        read_photo(path)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.fixture
def file(tmp_path):
    def write(content: bytes, name: str):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


@pytest.mark.parametrize("how", KINDS)
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0", "4:2:2", "4:1:1"])
@pytest.mark.parametrize("image", [GREY, COLOR, COLOR.convert("CMYK")], ids=lambda image: image.mode)
@pytest.mark.parametrize("size", [(240, 200), (97, 61)])
def test_no_whole_jpeg_is_taken_for_a_damaged_one(image, how, subsampling, size):
    content = jpeg(image.resize(size), subsampling=subsampling, **how)
    assert jpeg_damage.damage_of(content) is None
    assert jpeg_damage.damage_of(content[:-2]) is None  # all but the mark of its end


def test_large_jpegs_are_looked_at_in_the_same_way(monkeypatch):
    contents = [jpeg(**how) for how in ({}, {"progressive": True})]
    contents += [content[: len(content) * 2 // 3] for content in contents]
    by_python = [jpeg_damage.damage_of(content) for content in contents]
    monkeypatch.setattr(jpeg_damage, "_FOR_PYTHON", 0)
    assert [jpeg_damage.damage_of(content) for content in contents] == by_python
    assert by_python[:2] == [None, None]
    assert None not in by_python[2:]


@pytest.mark.parametrize("how", KINDS)
def test_a_jpeg_that_is_cut_is_refused_with_how_much_is_there(file, how):
    content = jpeg(**how)
    said = refusal(file(content[: len(content) * 2 // 3], "x.jpg"))
    assert said.startswith("is truncated: ")
    assert "of its 200 rows" in said


def test_a_jpeg_that_lacks_its_last_bytes_is_refused_and_can_be_had(file):
    path = file(jpeg()[:-40], "x.jpg")
    assert "is truncated: 1" in refusal(path)
    photo = read_photo(path, damaged=True)
    (said,) = photo.warnings
    assert said.startswith("is truncated: ")
    whole = read_photo(file(jpeg(), "whole.jpg"))
    np.testing.assert_array_equal(photo.pixels[:150], whole.pixels[:150])
    assert whole.warnings == ()


def test_whole_pixels_without_an_end_are_a_whole_photo(file):
    photo = read_photo(file(jpeg()[:-2], "x.jpg"))
    np.testing.assert_array_equal(photo.pixels, read_photo(file(jpeg(), "y.jpg")).pixels)
    assert photo.warnings == ()


@pytest.mark.parametrize("how", KINDS)
def test_a_jpeg_that_is_broken_in_the_middle_is_told(file, how):
    content = bytearray(jpeg(GREY, **how))
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(range(0, 128, 2))
    path = file(bytes(content), "x.jpg")
    said = refusal(path)
    assert said.startswith(("is damaged: ", "is truncated: "))
    assert "of its 200 rows" in said
    assert read_photo(path, damaged=True).warnings


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"tIME", b"pHYs", b"eXIf", b"zzZz"])
def test_a_note_whose_checksum_is_wrong_costs_the_note(file, kind):
    photo = read_photo(file(png(GREY, chunk(kind, b"Comment\0words", 1)), "x.png"))
    np.testing.assert_array_equal(photo.pixels, np.asarray(GREY))
    (said,) = photo.warnings
    assert said.endswith("is wrong; it is left out")


def test_a_text_of_megabytes_is_kept(file):
    words = "so many words " * 200_000
    data = b"Comment\0\0" + zlib.compress(words.encode())
    photo = read_photo(file(png(GREY, chunk(b"zTXt", data)), "x.png"))
    assert photo.info["text"]["Comment"] == words
    assert photo.warnings == ()


@pytest.mark.parametrize("kind", [b"zTXt", b"tEXt", b"iCCP"])
def test_a_note_without_measure_is_left_out_with_a_word(file, kind):
    endless = bytes(PngImagePlugin.MAX_TEXT_CHUNK + 1)
    data = b"x\0" + endless if kind == b"tEXt" else b"x\0\0" + zlib.compress(endless)
    photo = read_photo(file(png(GREY, chunk(kind, data)), "x.png"))
    np.testing.assert_array_equal(photo.pixels, np.asarray(GREY))
    (said,) = photo.warnings
    assert said.endswith("is longer than 16 MB; it is left out")


def test_a_profile_of_megabytes_is_no_obstacle(file):
    from colorize_core.photo.profiles import srgb_profile

    profile = srgb_profile() + bytes(2 << 20)
    profile = struct.pack(">I", len(profile)) + profile[4:]
    encoded = io.BytesIO()
    GREY.save(encoded, "PNG", icc_profile=profile)
    np.testing.assert_array_equal(
        read_photo(file(encoded.getvalue(), "x.png")).pixels, np.asarray(GREY)
    )


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("xmp", [b"no xmp <<<", b"\xff\xfe<\0x\0", b"<x:xmpmeta><rdf:RDF>"])
def test_a_broken_xmp_costs_no_photo(tmp_path, suffix, xmp):
    path = tmp_path / f"x{suffix}"
    if suffix == ".tif":
        GREY.save(path, tiffinfo={700: xmp})
    elif suffix == ".png":
        path.write_bytes(png(GREY, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)))
    else:
        COLOR.save(path, xmp=xmp)
    assert read_photo(path).size == (200, 240)


@pytest.mark.parametrize("image", [GREY, COLOR], ids=["grey", "colour"])
def test_a_png_that_is_cut_is_refused_and_can_be_had(file, image):
    content = png(image)
    path = file(content[: len(content) // 2], "x.png")
    said = refusal(path)
    assert said.startswith("is truncated: ")
    rows = int(said.split()[2])
    assert 50 < rows < 150
    photo = read_photo(path, damaged=True)
    np.testing.assert_array_equal(photo.pixels[:rows], np.asarray(image)[:rows])
    assert not photo.pixels[rows + 1 :].any()
    assert photo.warnings == (f"is truncated: {rows} of its 200 rows are there",)


def test_a_png_whose_end_is_missing_is_whole(file):
    photo = read_photo(file(png()[:-12], "x.png"))
    np.testing.assert_array_equal(photo.pixels, np.asarray(GREY))
    assert photo.warnings == ()


@pytest.mark.parametrize("is_checked", [True, False], ids=["checksum", "none"])
def test_a_png_that_is_broken_in_the_middle_is_told(file, is_checked):
    content = bytearray(png())
    middle = len(content) // 2
    content[middle : middle + 8] = bytes(byte ^ 0x55 for byte in content[middle : middle + 8])
    if not is_checked:  # somebody has put the checksum right
        begin = content.index(b"IDAT")
        (length,) = struct.unpack(">I", content[begin - 4 : begin])
        check = zlib.crc32(content[begin : begin + 4 + length])
        content[begin + 4 + length : begin + 8 + length] = struct.pack(">I", check)
    path = file(bytes(content), "x.png")
    assert refusal(path).startswith("is damaged: ")
    assert read_photo(path, damaged=True).warnings


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "zstd"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_tiff_of_which_strips_are_missing_is_refused_and_can_be_had(tmp_path, compression, depth):
    path = tmp_path / "x.tif"
    values = np.random.default_rng(0).integers(1, 255, (100, 60)).astype(depth)
    tifffile.imwrite(path, values, compression=compression, rowsperstrip=10)
    with tifffile.TiffFile(path) as file:
        begin = file.pages[0].dataoffsets[6]
    content = bytearray(path.read_bytes())
    if compression is None:
        del content[begin:]
    else:
        content[begin : begin + 40] = b"\xff" * 40
    path.write_bytes(content)
    assert "60 of its 100 rows are" in refusal(path)
    photo = read_photo(path, damaged=True)
    np.testing.assert_array_equal(photo.pixels[:60], values[:60])
    (said,) = photo.warnings
    assert "60 of its 100 rows are" in said


@pytest.mark.parametrize("suffix", [".bmp", ".gif", ".tga", ".ppm"])
def test_other_files_that_are_cut_are_told_in_plain_words(file, suffix):
    encoded = io.BytesIO()
    GREY.save(encoded, {".bmp": "BMP", ".gif": "GIF", ".tga": "TGA", ".ppm": "PPM"}[suffix])
    path = file(encoded.getvalue()[: len(encoded.getvalue()) // 2], f"x{suffix}")
    said = refusal(path, PhotoError)
    assert said.startswith(("is truncated", "damaged", "claims"))
    assert "not processed" not in said
    assert "error" not in said


def test_a_strip_that_claims_to_be_longer_than_the_file_is_whole(tmp_path):
    values = np.asarray(GREY)
    tifffile.imwrite(tmp_path / "x.tif", values)
    with tifffile.TiffFile(tmp_path / "x.tif", mode="r+b") as file:
        file.pages[0].tags["StripByteCounts"].overwrite(1 << 30)
    photo = read_photo(tmp_path / "x.tif")
    np.testing.assert_array_equal(photo.pixels, values)
    assert photo.warnings == ()
