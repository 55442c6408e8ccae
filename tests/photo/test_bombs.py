"""Small files made to keep a reader busy: none takes longer than an honest one of its size."""

import time

import bombs
import pytest
from PIL import Image

from colorize_core.photo import Photo, PhotoError, photo_of_image, read_pages, write_pages
from colorize_core.photo.exif import read_exif
from colorize_core.photo.metadata import kept_xmp

SECONDS = 10.0  # each took from half a minute to days
EXIF = {
    "itself": bombs.pointing_at_itself(),
    "each other": bombs.pointing_at_each_other(),
    "overlapping": bombs.overlapping(),
}
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"


def in_time(path, content: bytes, in_color) -> Photo | PhotoError:
    """What becomes of a file from reading to writing, within the time that is allowed."""
    path.write_bytes(content)
    started = time.monotonic()
    try:
        pages = read_pages(path)
        photos = [in_color(photo) for photo in pages]
        for suffix in (".jpg", ".png", ".tif"):
            target = path.with_name(f"written{suffix}")
            write_pages(photos[:1], target, overwrite=True)
    except PhotoError as error:
        result = error
    else:
        result = photos[0]
    assert time.monotonic() - started < SECONDS
    return result


@pytest.mark.parametrize("bomb", EXIF)
def test_exif_is_read_once(tmp_path, in_color, bomb):
    content = bombs.jpeg_with((0xE1, b"Exif\0\0" + EXIF[bomb]))
    photo = in_time(tmp_path / "photo.jpg", content, in_color)
    assert photo.size == (48, 64)


@pytest.mark.parametrize("bomb", EXIF)
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_exif_is_read_once_in_every_format(tmp_path, in_color, kind, bomb):
    content = bombs.saved(kind, exif=b"Exif\0\0" + EXIF[bomb])
    photo = in_time(tmp_path / f"photo.{kind.lower()}", content, in_color)
    assert photo.size == (48, 64)


def test_exif_of_ten_megabytes_that_overlaps_takes_no_memory(tmp_path, in_color):
    entries = [(1000 + number, 7, 10_000_000, 2) for number in range(4000)]
    block = b"II*\0\x08\0\0\0" + bombs.folder(entries).ljust(10_000_100, b"\0")
    photo = in_time(tmp_path / "photo.png", bombs.png_with(b"eXIf", block), in_color)
    assert "exif" not in photo.info


def test_exif_of_an_image_in_memory_is_read_once(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(
        bombs.jpeg_with((0xE1, b"Exif\0\0" + bombs.pointing_at_itself()))
    )
    started = time.monotonic()
    with Image.open(tmp_path / "photo.jpg") as image:
        photo_of_image(image)
    assert time.monotonic() - started < SECONDS


def test_what_a_camera_shares_among_its_values_is_kept():
    entries = [(282, 5, 1, 50), (283, 5, 1, 50), (271, 2, 6, 58)]
    block = b"II*\0\x08\0\0\0" + bombs.folder(entries) + b"\x48\0\0\0\x01\0\0\0Leica\0"
    assert set(read_exif(block).entries) == {282, 283, 271}


@pytest.mark.parametrize("bomb", [bombs.xmp_that_opens, bombs.xmp_without_an_end])
def test_time_for_xmp_grows_as_it_does(bomb):
    started = time.monotonic()
    assert kept_xmp(bomb(4_000_000)) == bomb(4_000_000)
    assert time.monotonic() - started < SECONDS


def test_xmp_that_never_ends_does_not_hold_up_a_photo(tmp_path, in_color):
    content = bombs.saved("WEBP", xmp=bombs.xmp_that_opens(1_000_000))
    assert in_time(tmp_path / "photo.webp", content, in_color).size == (48, 64)


def test_stale_xmp_goes_wherever_it_stands():
    packet = (
        b"<a tiff:Orientation='6' b='1'><tiff:Orientation/>"
        b"<exif:ColorSpace >1</exif:ColorSpace ></a>"
        b"<tiff:Compression x='1'>5<c/></tiff:Compression><tiff:Make>Leica</tiff:Make>"
        b"<xmp:Thumbnails><tiff:ImageWidth>7</tiff:ImageWidth></xmp:Thumbnails><tiff:ImageWidth>"
    )
    assert kept_xmp(packet) == b"<a b='1'></a><tiff:Make>Leica</tiff:Make><tiff:ImageWidth>"


def test_pointers_of_stereo_pairs_are_read_once(tmp_path, in_color):
    entries = [(0xB001 + number, 3, 30000, 2) for number in range(4000)]
    block = b"MPF\0II*\0\x08\0\0\0" + bombs.folder(entries).ljust(62000, b"\0")
    content = bombs.jpeg_with((0xE2, block))
    assert in_time(tmp_path / "photo.jpg", content, in_color).size == (48, 64)


def test_exif_in_a_hundred_thousand_pieces_is_refused(tmp_path, in_color):
    content = bombs.jpeg_with(*[(0xE1, b"Exif\0\0" + bytes(40))] * 300_000)
    assert "more than" in str(in_time(tmp_path / "photo.jpg", content, in_color))


def test_a_jpeg_of_a_thousand_scans_is_refused(tmp_path, in_color):
    assert "scans" in str(in_time(tmp_path / "photo.jpg", bombs.scans(2000), in_color))


@pytest.mark.parametrize("tag", [273, 37000])
def test_a_tiff_whose_values_lie_on_each_other_is_refused(tmp_path, in_color, tag):
    entries = [(tag + (number if tag > 500 else 0), 7, 5_000_000, 8) for number in range(4000)]
    content = bombs.tiff_with(entries, 5_000_000)
    assert "claims" in str(in_time(tmp_path / "photo.tif", content, in_color))


def test_a_tiff_whose_pages_go_through_each_other_is_refused(tmp_path, in_color):
    content = bombs.pages_through_each_other()
    assert "claims" in str(in_time(tmp_path / "photo.tif", content, in_color))
