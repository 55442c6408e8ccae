"""Photographs as arrays of 8-bit Lab."""

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.color
import skimage.data
from numpy.lib.format import open_memmap
from PIL import Image

from colorize_core.data import CropStream, Photographs

SIDE = 24
COUNTS = (4, 4, 2)
COUNT = sum(COUNTS)


def coded(rgb: np.ndarray) -> np.ndarray:
    """OpenCV's 8-bit coding of scikit-image's Lab."""
    lab = skimage.color.rgb2lab(rgb)
    return np.rint(lab * (2.55, 1, 1) + (0, 128, 128)).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """Ten parts of a photograph, uint8 ``(10, 24, 24, 3)``."""
    coffee = skimage.data.coffee()
    return np.stack([coffee[20 * n : 20 * n + SIDE, 200 : 200 + SIDE] for n in range(COUNT)])


@pytest.fixture(params=["ab", "ab/ab"])
def folder(request, tmp_path, pictures) -> Path:
    """The arrays of these pictures, in both of the arrangements that are about."""
    return written(tmp_path / "arrays", pictures, request.param)


def written(folder: Path, pictures: np.ndarray, inner: str = "ab") -> Path:
    lab = np.stack([coded(picture) for picture in pictures])
    (folder / "l").mkdir(parents=True)
    (folder / inner).mkdir(parents=True)
    np.save(folder / "l" / "gray_scale.npy", lab[..., 0])
    for number, (end, count) in enumerate(zip(np.cumsum(COUNTS), COUNTS, strict=True), 1):
        np.save(folder / inner / f"ab{number}.npy", lab[end - count : end, ..., 1:])
    return folder


def ab_file(folder: Path, number: int) -> Path:
    return next(folder.rglob(f"ab{number}.npy"))


def test_every_row_is_a_photograph(folder):
    assert len(Photographs([folder])) == COUNT


def test_rows_open_as_the_photographs_that_they_were(folder, pictures):
    photographs = Photographs([folder])
    for entry, picture in zip(photographs, pictures, strict=True):
        image = photographs.open(entry)
        assert (image.mode, image.size) == ("RGB", (SIDE, SIDE))
        difference = skimage.color.rgb2lab(np.asarray(image)) - skimage.color.rgb2lab(picture)
        error = np.linalg.norm(difference[..., 1:], axis=-1)
        assert error.mean() < 0.5  # half a step of the coding in a and in b, and one of RGB
        assert error.max() < 2.0
        assert abs(difference[..., 0]).mean() < 0.15


def test_folders_of_arrays_are_found_beside_photographs(folder, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    names = [entry.name for entry in Photographs([tmp_path])]
    assert names == ["a.png", *(f"{row:06d}" for row in range(COUNT))]


def test_crops_are_drawn_from_them(folder):
    assert CropStream(Photographs([folder]), 16)[0].shape == (3, 16, 16)


def test_other_processes_are_sent_no_pixels(folder):
    # Ten photographs hold 17,280 bytes.
    assert len(pickle.dumps(Photographs([folder]))) < 3000


def test_arrays_larger_than_memory_are_opened(tmp_path):
    # 4 GB of zeros that take no space on the disk.
    folder = tmp_path / "large"
    for name, shape in (
        ("l/gray_scale.npy", (28_000, 224, 224)),
        ("ab/ab1.npy", (14_000, 224, 224, 2)),
        ("ab/ab2.npy", (14_000, 224, 224, 2)),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        open_memmap(folder / name, "w+", np.uint8, shape)
    script = """
import resource, sys
from colorize_core.data import Photographs
photographs = Photographs(sys.argv[1:])
photographs.open(photographs[0])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for number in range(0, len(photographs), 280):
    photographs.open(photographs[number])
print(len(photographs), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, folder],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    count, growth = map(int, done.stdout.split())
    assert count == 28_000
    assert growth < 5_000  # KiB; the 100 photographs that were read hold 15,000


@pytest.mark.parametrize("number", [1, 2])
def test_a_missing_file_of_colors_is_named(folder, number):
    path = ab_file(folder, number)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=rf"{path}: missing"):
        Photographs([folder])


def test_the_last_file_of_colors_is_missed_by_the_number_of_photos(folder):
    ab_file(folder, 3).unlink()
    with pytest.raises(ValueError, match=r"gray_scale\.npy: holds 10 photos.*hold 8; is one miss"):
        Photographs([folder])


def test_lightness_without_any_colors_is_told(folder):
    shutil.rmtree(folder / "ab")
    with pytest.raises(FileNotFoundError, match=r"ab1\.npy: missing"):
        Photographs([folder])


def test_lightness_of_another_shape_is_told(folder):
    np.save(folder / "l" / "gray_scale.npy", np.zeros((COUNT, SIDE, SIDE, 1), np.uint8))
    with pytest.raises(
        ValueError, match=r"gray_scale\.npy: expected uint8 \(photos, height, width\), got uint8"
    ):
        Photographs([folder])


def test_colors_of_another_size_are_told(folder):
    np.save(ab_file(folder, 2), np.zeros((4, SIDE, SIDE + 1, 2), np.uint8))
    with pytest.raises(ValueError, match=r"ab2\.npy: expected uint8 \(photos, 24, 24, 2\), got"):
        Photographs([folder])


@pytest.mark.parametrize("name", ["gray_scale.npy", "ab3.npy"])
def test_another_type_is_told(folder, name):
    path = next(folder.rglob(name))
    np.save(path, np.load(path).astype(np.float32))
    with pytest.raises(ValueError, match=rf"{name}: expected uint8 .* got float32"):
        Photographs([folder])


@pytest.mark.parametrize("name", ["gray_scale.npy", "ab2.npy"])
@pytest.mark.parametrize("size", [0, 60, 1000])
def test_truncated_files_are_named(folder, name, size):
    path = next(folder.rglob(name))
    os.truncate(path, size)
    with pytest.raises(ValueError, match=rf"{name}: truncated, or no array"):
        Photographs([folder])


def test_files_that_hold_objects_are_never_unpickled(folder):
    np.save(ab_file(folder, 1), np.array([{}, None]), allow_pickle=True)
    with pytest.raises(ValueError, match=r"ab1\.npy: truncated, or no array"):
        Photographs([folder])


def test_arrays_that_shrank_since_they_were_indexed_are_named(folder):
    photographs = Photographs([folder])
    photographs.open(photographs[0])
    os.truncate(ab_file(folder, 1), 200)
    with pytest.raises(OSError, match=r"ab1\.npy: truncated"):
        photographs.open(photographs[0])
