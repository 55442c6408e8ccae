"""Camera raw is refused with advice; the preview inside is no photograph."""

import numpy as np
import pytest
import tifffile

from colorize_core.photo import RAW_SUFFIXES, PhotoError, read_photo

ADVICE = "camera raw is not read; develop it first"


@pytest.mark.parametrize("suffix", [".NEF", ".cr2", ".cr3", ".arw", ".raf"])
def test_raw_is_refused_with_advice(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    tifffile.imwrite(path, np.zeros((8, 8), np.uint8))  # most raw files are TIFF inside
    with pytest.raises(PhotoError, match=f"x{suffix}: {ADVICE}"):
        read_photo(path)


DNG = [(50706, "B", 4, (1, 4, 0, 0), True)]


@pytest.mark.parametrize("name", ["x.dng", "x.tif"])
@pytest.mark.parametrize("inside", [False, True], ids=["main", "inside"])
def test_the_mosaic_of_a_dng_is_refused_wherever_it_is(tmp_path, name, inside):
    path = tmp_path / name
    with tifffile.TiffWriter(path) as writer:
        if inside:
            small = np.zeros((8, 8, 3), np.uint8)
            writer.write(small, photometric="rgb", subfiletype=1, subifds=1, extratags=DNG)
        writer.write(np.zeros((32, 48), np.uint16), photometric="cfa", extratags=DNG)
    with pytest.raises(PhotoError, match=rf"{name}: {ADVICE}"):
        read_photo(path)


@pytest.mark.parametrize("name", ["x.dng", "x.tif"])
@pytest.mark.parametrize(
    "stored",
    [
        {"data": np.full((8, 8), 9, np.uint8)},
        {"data": np.full((8, 8), 9 * 257, np.uint16)},
        {"data": np.full((8, 8, 3), 9, np.uint8), "photometric": "rgb"},
        {"data": np.full((8, 8, 3), 9 * 257, np.uint16), "photometric": 34892},
    ],
    ids=["grey", "deep", "colour", "linear"],
)
def test_a_scan_that_holds_all_colors_is_read(tmp_path, name, stored):
    tifffile.imwrite(tmp_path / name, **stored)
    photo = read_photo(tmp_path / name)
    assert photo.size == (8, 8)
    assert np.unique(photo.pixels).tolist() == np.unique(stored["data"]).tolist()


def test_linear_raw_of_a_dng_is_light(tmp_path):
    light = np.full((8, 8, 3), round(0.2140 * 65535), np.uint16)
    tifffile.imwrite(tmp_path / "x.dng", light, photometric=34892, extratags=DNG)
    np.testing.assert_allclose(read_photo(tmp_path / "x.dng").pixels / 65535, 0.5, atol=1e-3)


def test_of_a_dng_with_a_preview_the_scan_is_read(tmp_path):
    with tifffile.TiffWriter(tmp_path / "x.dng") as writer:
        small = np.zeros((8, 8, 3), np.uint8)
        writer.write(small, photometric="rgb", subfiletype=1, subifds=1, extratags=DNG)
        writer.write(np.full((32, 48, 3), 7, np.uint16), photometric=34892)
    assert read_photo(tmp_path / "x.dng").size == (32, 48)


def test_values_of_a_sensor_are_known_by_their_mosaic(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", np.zeros((8, 8), np.uint16), photometric="cfa")
    with pytest.raises(PhotoError, match=rf"x\.tif: {ADVICE}"):
        read_photo(tmp_path / "x.tif")


def test_no_suffix_is_both_raw_and_a_photo():
    from colorize_core.photo import PHOTO_SUFFIXES

    assert not RAW_SUFFIXES & PHOTO_SUFFIXES
