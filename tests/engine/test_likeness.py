"""Colours of another photo: what looks like something in it gets its colour."""

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageOps

from colorize_core import ColorizeOptions, Colorizer
from colorize_core.engine.likeness import references_of
from colorize_core.photo import read_photo


@pytest.fixture(scope="module")
def shipped() -> Colorizer:
    return Colorizer(device="cpu")


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return skimage.data.astronaut()[::2, ::2]


@pytest.fixture(scope="module")
def view(photo) -> np.ndarray:
    """Another photograph of the same: closer, mirrored and darker."""
    return (255.0 * (photo[10:200, 220:30:-1] / 255.0) ** 1.2).astype(np.uint8)


def grey_of(photo: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(photo).convert("L"))


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.square(one.astype(float) - other).mean()))


def test_a_photo_of_the_same_brings_its_colors(shipped, photo, view):
    grey = grey_of(photo)
    assert psnr(shipped(grey, like=[view]), photo) > psnr(shipped(grey), photo) + 1.5


@pytest.mark.parametrize("times", [2, 5])
def test_a_reference_may_be_large(shipped, photo, view, times):
    grey = grey_of(photo)
    large = ImageOps.scale(Image.fromarray(view), times, Image.Resampling.LANCZOS)
    difference = shipped(grey, like=large).astype(int) - shipped(grey, like=view)
    assert abs(difference).mean() < 3.0


def test_several_photos_are_taken_and_shapes_may_differ(shipped, photo, view):
    others = [skimage.data.coffee(), view[:100]]
    grey = grey_of(photo)
    assert psnr(shipped(grey, like=others), photo) > psnr(shipped(grey), photo)


def test_a_photo_of_something_else_changes_little(shipped, photo):
    grey = grey_of(photo)
    with_other = shipped(grey, like=skimage.data.rocket())
    assert psnr(with_other, photo) > psnr(shipped(grey), photo) - 0.3


def test_likeness_says_how_readily_colors_are_copied(shipped, photo, view):
    grey = grey_of(photo)
    changes = [
        abs(shipped(grey, like=view, likeness=much).astype(int) - shipped(grey)).mean()
        for much in (0.1, 1.0, 5.0)
    ]
    assert changes == sorted(changes)
    assert changes[2] > 1.5 * changes[0]


def test_the_border_of_a_reference_is_not_copied(view):
    scan = np.full((view.shape[0] + 60, view.shape[1] + 60, 3), (250, 240, 200), np.uint8)
    scan[30:-30, 30:-30] = view
    bare, framed = (references_of([one], 128, 32) for one in (view, scan))
    assert abs(bare.ab - framed.ab).mean() < 1.0


def test_a_reference_in_grey_is_refused_by_its_number(shipped, photo, view):
    for grey in (grey_of(view), np.repeat(grey_of(view)[..., None], 3, 2)):
        with pytest.raises(ValueError, match=r"reference 2 (has no|is a photo in grey)"):
            shipped(grey_of(photo), like=[view, grey])


def test_a_model_that_cannot_copy_says_so(eccv16_weights, photo, view):
    with pytest.raises(ValueError, match="eccv16 cannot copy the colours of another photo"):
        Colorizer(eccv16_weights, device="cpu")(grey_of(photo), like=view)


@pytest.mark.parametrize("likeness", [0.0, 11.0, float("nan")])
def test_likeness_out_of_range_is_refused(likeness):
    with pytest.raises(ValueError, match=r"likeness must be within 0\.1\.\.10"):
        ColorizeOptions(likeness=likeness)


def test_files_are_read_once_for_many_photos(shipped, tmp_path, photo, view, monkeypatch):
    path = tmp_path / "aunt.png"
    Image.fromarray(view).save(path)
    read = []
    monkeypatch.setattr(
        "colorize_core.engine.likeness.photo_of",
        lambda image: read.append(image) or read_photo(image),
    )
    for _ in range(2):
        shipped(grey_of(photo), like=path)
    assert read == [path]


def test_a_path_may_be_followed_by_pixels(shipped, photo, view, tmp_path):
    path = tmp_path / "view.png"
    Image.fromarray(view).save(path)
    grey = grey_of(photo)
    for like in (path, view):  # what was read last is kept, and compared
        copied = shipped(grey, like=like)
    assert np.array_equal(copied, shipped(grey, like=path))
