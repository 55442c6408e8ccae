"""Which pictures the game plays with, and that nothing but their colours tells them apart."""

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorize_core.photo import PhotoError
from gradio_demo.game.pairs import SIDE, draw, own_photos, paired, practice_rounds, square


@pytest.fixture
def folder(tmp_path):
    """Two photos that will do and one of each kind that won't."""
    Image.fromarray(skimage.data.coffee()).save(tmp_path / "coffee.jpg")
    Image.fromarray(skimage.data.chelsea()).save(tmp_path / "chelsea.png")
    Image.fromarray(skimage.data.chelsea()).save(tmp_path / "chelsea-again.png")
    Image.fromarray(skimage.data.camera()).save(tmp_path / "camera.png")
    Image.fromarray(skimage.data.camera()).convert("RGB").save(tmp_path / "grey-in-rgb.jpg")
    Image.fromarray(skimage.data.coffee()).resize((300, 200)).save(tmp_path / "small.jpg")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    return tmp_path


def test_scikit_images_own_photos_will_all_do():
    paths = own_photos()
    pictures, left_out = draw(paths, 50)
    assert len(paths) == 5
    assert sorted(picture.path for picture in pictures) == sorted(paths)
    assert left_out == []


def test_files_that_will_not_do_are_named_with_the_reason(folder):
    pictures, left_out = draw(folder.iterdir(), 50)
    assert len(pictures) == 2
    said = "\n".join(left_out)
    for words in (
        "camera.png: has no colours",
        "grey-in-rgb.jpg: has no colours",
        "small.jpg: 300 x 200 pixels; needs 256 on each side",
        "broken.jpg: ",
        "the same picture as chelsea",
    ):
        assert words in said
    assert len(left_out) == 5


def test_no_more_files_are_read_than_are_needed(folder):
    read = []

    def reading(path):
        read.append(path)
        raise PhotoError(f"{path}: no")

    assert draw(folder.iterdir(), 0, reading) == ([], [])
    assert read == []


def test_pictures_are_drawn_in_an_order_that_changes():
    orders = {tuple(picture.path for picture in draw(own_photos(), 5)[0]) for _ in range(8)}
    assert len(orders) > 1


def test_a_picture_is_the_middle_of_the_photo(tmp_path):
    photo = np.zeros((300, 500, 3), np.uint8)
    photo[:, 100:400] = (200, 40, 40)
    Image.fromarray(photo).save(tmp_path / "band.png")
    pixels = square(tmp_path / "band.png")
    assert pixels.shape == (SIDE, SIDE, 3)
    assert (pixels == (200, 40, 40)).all()


def test_sixteen_bits_will_do(tmp_path):
    import tifffile

    deep = skimage.data.coffee().astype(np.uint16) * 257
    tifffile.imwrite(tmp_path / "deep.tif", deep, photometric="rgb")
    Image.fromarray(skimage.data.coffee()).save(tmp_path / "flat.png")
    deep, flat = square(tmp_path / "deep.tif"), square(tmp_path / "flat.png")
    assert abs(deep.astype(int) - flat).max() <= 1


@pytest.fixture
def real() -> np.ndarray:
    return square(own_photos()[0])


def test_both_files_have_the_same_format_and_number_of_bytes(real):
    pair = paired(real, lambda picture: np.zeros_like(picture))
    first, second = pair.files
    assert len(first) == len(second)
    for content in pair.files:
        with Image.open(io.BytesIO(content)) as image:
            assert (image.format, image.size, image.mode) == ("PNG", (SIDE, SIDE), "RGB")
            assert not image.info
    assert first[:100].startswith(b"\x89PNG")


def test_the_real_one_is_where_the_pair_says(real):
    for _ in range(6):
        pair = paired(real, lambda picture: 255 - picture)
        with Image.open(io.BytesIO(pair.files[pair.real - 1])) as image:
            assert (np.asarray(image) == real).all()


def test_the_real_one_is_first_half_of_the_time(real):
    small = real[:8, :8]
    first = sum(paired(small, lambda picture: picture).real == 1 for _ in range(400))
    assert 140 < first < 260  # six standard deviations


@pytest.mark.parametrize(("rounds", "practice"), [(1, 0), (4, 0), (5, 1), (20, 4), (50, 10)])
def test_a_fifth_is_practice_ten_at_most(rounds, practice):
    assert practice_rounds(rounds) == practice
