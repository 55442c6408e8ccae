"""Camera raw is refused with advice; the preview inside is no photograph."""

import numpy as np
import pytest
import tifffile

from colorize_core.photo import RAW_SUFFIXES, PhotoError, read_photo

ADVICE = "camera raw is not read; develop it first"


@pytest.mark.parametrize("suffix", [".NEF", ".cr2", ".cr3", ".arw", ".dng", ".raf"])
def test_raw_is_refused_with_advice(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    tifffile.imwrite(path, np.zeros((8, 8), np.uint8))  # most raw files are TIFF inside
    with pytest.raises(PhotoError, match=f"x{suffix}: {ADVICE}"):
        read_photo(path)


@pytest.mark.parametrize(
    "tag",
    [(50706, "B", 4, (1, 4, 0, 0), True), (50706, "B", 4, b"\1\4\0\0", True)],
    ids=["numbers", "bytes"],
)
def test_dng_is_known_by_its_version_under_any_name(tmp_path, tag):
    tifffile.imwrite(tmp_path / "x.tif", np.zeros((8, 8), np.uint8), extratags=[tag])
    with pytest.raises(PhotoError, match=rf"x\.tif: {ADVICE}"):
        read_photo(tmp_path / "x.tif")


def test_values_of_a_sensor_are_known_by_their_mosaic(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", np.zeros((8, 8), np.uint16), photometric="cfa")
    with pytest.raises(PhotoError, match=rf"x\.tif: {ADVICE}"):
        read_photo(tmp_path / "x.tif")


def test_no_suffix_is_both_raw_and_a_photo():
    from colorize_core.photo import PHOTO_SUFFIXES

    assert not RAW_SUFFIXES & PHOTO_SUFFIXES
