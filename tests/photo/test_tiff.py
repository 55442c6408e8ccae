"""TIFF: how it is stored, and its pages."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import tifffile
from by_hand import tiff_by_hand
from PIL import Image

from colorize_core.engine import ColorizeOptions
from colorize_core.photo import (
    Photo,
    PhotoError,
    read_pages,
    read_photo,
    tiff_writing,
    write_pages,
    write_photo,
)

COMPRESSIONS = {"None": 1, "LZW": 5, "Zip": 8, "RLE": 32773}  # ImageMagick's names, TIFF's numbers


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize(
    "stored",
    [
        {"data": np.zeros((36, 48), np.uint8)},
        {"data": np.zeros((36, 48), np.uint8), "photometric": "miniswhite"},
        {"data": np.zeros((36, 48), np.uint8), "bigtiff": True},
        {"data": np.zeros((36, 48), np.uint16)},
        {"data": np.zeros((36, 48), np.uint16), "tile": (16, 16)},
        {"data": np.zeros((36, 48), np.float32)},
        {
            "data": np.zeros((3, 36, 48), np.uint8),
            "photometric": "rgb",
            "planarconfig": "separate",
        },
    ],
    ids=["grey", "inverted", "big", "deep", "tiled", "float", "planar"],
)
def test_how_a_tiff_is_stored_is_not_said_of_what_is_written(tmp_path, in_color, stored, suffix):
    tifffile.imwrite(tmp_path / "in.tif", **stored)
    path = tmp_path / f"out{suffix}"
    write_photo(in_color(read_photo(tmp_path / "in.tif")), path)
    photo = read_photo(path)
    white = 1.0 if photo.pixels.dtype == np.float32 else np.iinfo(photo.pixels.dtype).max
    expected = np.broadcast_to([0.2, 0.4, 0.6], (36, 48, 3))
    np.testing.assert_allclose(photo.pixels / white, expected, atol=2 / 255)


@pytest.mark.parametrize("depth", ["8", "16"])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_compression_is_kept(color_image, tmp_path, imagemagick, in_color, compression, depth):
    color_image.save(tmp_path / "x.png")
    source, target = tmp_path / "x.tif", tmp_path / "y.tif"
    imagemagick(tmp_path / "x.png", "-depth", depth, "-compress", compression, source)
    photo = read_photo(source)
    np.testing.assert_allclose(
        photo.pixels * (257.0 if depth == "8" else 1.0), np.asarray(color_image) * 257.0
    )
    colorized = in_color(photo)
    write_photo(colorized, target)
    with tifffile.TiffFile(target) as file:
        assert file.pages[0].compression == COMPRESSIONS[compression]
    with Image.open(target) as image:
        np.testing.assert_array_equal(np.asarray(image)[0, 0], (51, 102, 153))


def test_tiffs_that_are_compressed_with_loss_are_written_without(color_image, tmp_path, in_color):
    color_image.save(tmp_path / "x.tif", compression="jpeg")
    write_photo(in_color(read_photo(tmp_path / "x.tif")), tmp_path / "y.tif")
    with tifffile.TiffFile(tmp_path / "y.tif") as file:
        assert file.pages[0].compression == 8


def test_compressed_colors_of_16_bits_are_those_imagemagick_reads(tmp_path, values_of):
    colors = np.random.default_rng(0).integers(0, 65536, (36, 48, 3), dtype=np.uint16)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        write_photo(Photo(colors, info={"compression": compression}), tmp_path / "x.tif", True)
        np.testing.assert_array_equal(values_of(tmp_path / "x.tif"), colors)


@pytest.fixture
def leaves(tmp_path, imagemagick):
    """An album of three leaves of different sizes and greys, made by ImageMagick."""
    album = tmp_path / "album.tif"
    sizes = ("48x36", "60x40", "32x64")
    greys = [
        part for n, size in enumerate(sizes) for part in ("-size", size, f"xc:gray({n + 1}0%)")
    ]
    imagemagick(*greys, "-depth", "16", "-compress", "LZW", album)
    return album


def test_pages_come_one_after_another(leaves):
    pages = read_pages(leaves)
    assert len(pages) == 3
    assert [page.size for page in pages] == [(36, 48), (40, 60), (64, 32)]


def test_every_page_is_colorized_and_written(leaves, tmp_path, colorizer):
    pages = read_pages(leaves)
    colorized = (colorizer.colorize(page, ColorizeOptions(size=64)) for page in pages)
    write_pages(colorized, tmp_path / "out.tif", count=len(pages))
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        assert [page.shape for page in file.pages] == [(36, 48, 3), (40, 60, 3), (64, 32, 3)]
        assert {page.dtype for page in file.pages} == {np.dtype(np.uint16)}
        assert {page.compression for page in file.pages} == {5}


def test_each_page_keeps_its_description(leaves, tmp_path, in_color, exiftool):
    exiftool("-IFD0:Artist=Zoë", "-IFD1:Artist=Anna", "-IFD2:Artist=Max", leaves)
    pages = read_pages(leaves)
    write_pages((in_color(page) for page in pages), tmp_path / "out.tif", count=3)
    tags = exiftool(tmp_path / "out.tif")
    assert [tags[f"IFD{n}:Artist"] for n in range(3)] == ["Zoë", "Anna", "Max"]


def test_one_photo_is_not_taken_from_many(leaves):
    with pytest.raises(PhotoError, match=r"album\.tif: has 3 pages"):
        read_photo(leaves)


def test_pages_are_not_written_where_one_has_room(leaves, tmp_path):
    pages = read_pages(leaves)
    with pytest.raises(PhotoError, match=r"out\.png: cannot hold 3 pages"):
        write_pages(pages, tmp_path / "out.png", count=len(pages))


@pytest.mark.parametrize("subfile", [1, 4], ids=["thumbnail", "mask"])
def test_thumbnails_and_masks_are_no_pages(tmp_path, subfile):
    with tifffile.TiffWriter(tmp_path / "x.tif") as writer:
        writer.write(np.zeros((8, 8), np.uint8), subfiletype=1)
        writer.write(np.full((36, 48), 99, np.uint8))
    with tifffile.TiffFile(tmp_path / "x.tif", mode="r+") as file:
        file.pages[0].tags[254].overwrite(subfile)
    photo = read_photo(tmp_path / "x.tif")
    np.testing.assert_array_equal(photo.pixels, np.full((36, 48), 99))


def test_a_page_that_fails_leaves_nothing_behind(leaves, tmp_path):
    def pages():
        yield Photo(np.zeros((4, 4, 3), np.uint8))
        raise PhotoError("of the second page")

    (tmp_path / "out").mkdir()
    with pytest.raises(PhotoError, match="of the second page"):
        write_pages(pages(), tmp_path / "out" / "x.tif", count=2)
    assert not list((tmp_path / "out").iterdir())


def test_errors_in_making_a_page_are_no_errors_of_writing(tmp_path):
    def pages():
        yield Photo(np.zeros((4, 4, 3), np.uint8))
        raise ValueError("a hint is outside the photo")

    with pytest.raises(ValueError, match=r"^a hint is outside"):
        write_pages(pages(), tmp_path / "x.tif", count=2)


def test_files_too_large_for_32_bits_become_bigtiff(tmp_path, mocker, leaves, in_color, exiftool):
    mocker.patch.object(tiff_writing, "_CLASSIC_LIMIT", 1000)
    exiftool("-ExifIFD:UserComment=Strand", leaves)
    pages = read_pages(leaves)
    write_pages((in_color(page) for page in pages), tmp_path / "out.tif", count=3)
    assert (tmp_path / "out.tif").read_bytes()[:4] in (b"II+\0", b"MM\0+")
    assert exiftool(tmp_path / "out.tif")["ExifOffset:UserComment"] == "Strand"
    np.testing.assert_array_equal(
        [page.size for page in read_pages(tmp_path / "out.tif")], [(36, 48), (40, 60), (64, 32)]
    )


def test_shapes_of_arrays_are_no_description(tmp_path, in_color, exiftool):
    tifffile.imwrite(tmp_path / "x.tif", np.zeros((8, 8), np.uint16), shaped=True)
    assert "shape" in exiftool(tmp_path / "x.tif")["IFD0:ImageDescription"]
    write_photo(in_color(read_photo(tmp_path / "x.tif")), tmp_path / "y.tif")
    assert "IFD0:ImageDescription" not in exiftool(tmp_path / "y.tif")


def test_what_a_bigtiff_says_is_kept(tmp_path, in_color, exiftool):
    tifffile.imwrite(
        tmp_path / "x.tif",
        np.zeros((8, 8), np.uint16),
        bigtiff=True,
        extratags=[(315, "s", 0, "Leica", True)],
        metadata=None,
    )
    write_photo(in_color(read_photo(tmp_path / "x.tif")), tmp_path / "y.tif")
    assert exiftool(tmp_path / "y.tif")["IFD0:Artist"] == "Leica"


def test_a_tiff_made_by_hand_is_read(tmp_path):
    pixels = np.arange(35, dtype=np.uint8).reshape(5, 7)
    tiff_by_hand(tmp_path / "x.tif", pixels)
    np.testing.assert_array_equal(read_photo(tmp_path / "x.tif").pixels, pixels)


def test_tiffs_whose_pages_go_in_a_circle_end(tmp_path):
    tiff_by_hand(tmp_path / "x.tif", np.zeros((4, 4), np.uint8))
    content = bytearray((tmp_path / "x.tif").read_bytes())
    content[-4:] = content[4:8]  # the next folder is the same again
    (tmp_path / "x.tif").write_bytes(content)
    assert read_photo(tmp_path / "x.tif").size == (4, 4)


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits", "zstd"])
@pytest.mark.parametrize("damage", ["pixels", "directory", "end"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_damaged_second_page_is_named_in_one_clear_line(tmp_path, compression, damage, depth):
    path = tmp_path / "x.tif"
    page = np.random.default_rng(0).integers(0, 255, (48, 64)).astype(depth)
    with tifffile.TiffWriter(path) as writer:
        for _ in range(3):
            writer.write(page, photometric="minisblack", compression=compression)
    with tifffile.TiffFile(path) as file:
        second = file.pages[1]
        place, directory = second.dataoffsets[0], second.offset
    content = bytearray(path.read_bytes())
    if damage == "pixels":
        content[place : place + 2000] = b"\xff" * 2000
    elif damage == "directory":
        content[directory + 2 : directory + 14] = b"\xff" * 12
    else:
        del content[place + 500 :]
    path.write_bytes(content)
    code = (
        "import sys\nfrom colorize_core.photo import PhotoError, read_pages\n"
        "try:\n    print(len(list(read_pages(sys.argv[1]))))\n"
        "except PhotoError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60
    )
    said = done.stdout.strip()
    assert "\n" not in said
    assert said == "3" or said.startswith(f"{path}: ")
    assert not any(word in said for word in ("object", "tuple", "<", "decoder error", "Error"))
    assert "TiffTag" not in done.stderr
    if damage == "pixels" and compression not in (None, "packbits"):
        assert said.startswith(f"{path}: page 2: ")


def test_memory_is_that_of_a_page_however_many_there_are(tmp_path, colorizer, monkeypatch):
    monkeypatch.setenv("COLORIZE_KERNELS", "torch")  # many pixels load others for all tests

    def peak(pages: int) -> int:
        with tifffile.TiffWriter(tmp_path / "in.tif") as writer:
            for number in range(pages):
                shades = np.full((200, 300), number, np.uint16)
                writer.write(shades, photometric="minisblack", compression="zlib")
        found = read_pages(tmp_path / "in.tif")
        colorized = (colorizer.colorize(page, in_place=True) for page in found)
        tracemalloc.start()
        try:
            write_pages(colorized, tmp_path / "out.tif", overwrite=True, count=pages)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(3)  # loads what is needed first
    assert peak(60) < peak(6) + 200 * 300 * 6  # one page of 54, in colour


def test_floats_are_written_within_the_range_that_is_read(tmp_path):
    pixels = np.full((4, 4, 3), 1.0, np.float32)
    pixels[0] = np.nextafter(np.float32(1), np.float32(2))
    pixels[1] = -1e-7
    write_photo(Photo(pixels), tmp_path / "x.tif")
    written = read_photo(tmp_path / "x.tif").pixels
    assert (written.min(), written.max()) == (0.0, 1.0)
