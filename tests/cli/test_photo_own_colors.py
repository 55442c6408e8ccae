"""``colorize photo`` with photos that are in colour already, and with masks."""

import numpy as np
import pytest
import skimage.data
from PIL import Image

GREY = Image.fromarray(skimage.data.camera()).resize((96, 64))
COLOR = Image.fromarray(skimage.data.astronaut()).resize((96, 96))
SEPIA = Image.merge("RGB", [GREY.point([round(v * f) for v in range(256)]) for f in (1, 0.9, 0.7)])


def pixels(path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    GREY.save(folder / "grey.png")
    SEPIA.save(folder / "sepia.png")
    COLOR.save(folder / "colour.png")
    return folder


def test_a_photo_in_color_among_grey_ones_is_said(colorize, scans, tmp_path):
    result = colorize("scans", "-o", "out")
    assert result.returncode == 0, result.stderr
    assert result.stderr.splitlines() == [
        "Note: 1 photo was in colour already: scans/colour.png; its colours were replaced; "
        "--colour-photos leave or mix keeps them"
    ]
    assert abs(pixels(tmp_path / "out/colour.png").astype(int) - np.asarray(COLOR)).mean() > 5


def test_a_photo_in_color_is_left_on_request_with_all_that_it_carries(colorize, scans, tmp_path):
    COLOR.save(scans / "colour.png", dpi=(300, 300))
    result = colorize("scans", "-o", "out", "--colour-photos", "leave")
    assert result.returncode == 0
    assert "1 photo was in colour already: scans/colour.png; left it so" in result.stderr
    assert "3 colorized" in result.stdout
    assert (pixels(tmp_path / "out/colour.png") == np.asarray(COLOR)).all()
    assert (pixels(tmp_path / "out/sepia.png") != np.asarray(SEPIA)).any()
    with Image.open(tmp_path / "out/colour.png") as image:
        assert round(image.info["dpi"][0]) == 300


def test_several_photos_in_color_are_said_in_one_line(colorize, scans):
    COLOR.save(scans / "again.png")
    result = colorize("scans", "-o", "out", "--colour-photos", "mix")
    assert result.stderr.splitlines() == [
        "Note: 2 photos were in colour already: such as scans/again.png; kept their colours, and "
        "colorized what is grey"
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_only_where_the_mask_is_white_a_photo_is_colorized(colorize, scans, tmp_path, jobs):
    (scans / "colour.png").unlink()
    mask = np.zeros((64, 96), np.uint8)
    mask[:, 48:] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    result = colorize("scans", "-o", "out", "--mask", "mask.png", "--jobs", jobs)
    assert result.returncode == 0, result.stderr
    for name, before in (("grey", GREY.convert("RGB")), ("sepia", SEPIA)):
        same = (pixels(tmp_path / f"out/{name}.png") == np.asarray(before)).all(2)
        assert same[:, :48].all()
        assert not same[:, 48:].all()


def test_photos_of_another_size_than_the_mask_fail_and_others_do_not(colorize, scans, tmp_path):
    Image.new("L", (96, 64), 255).save(tmp_path / "mask.png")
    result = colorize("scans", "-o", "out", "--mask", "mask.png")
    assert result.returncode == 1
    assert "2 colorized, 1 failed" in result.stdout
    assert (
        "scans/colour.png: the mask is 96 x 64 pixels and the photo 96 x 96; they must be of one "
        "size" in result.stderr
    )


def test_a_mask_that_is_no_image_is_refused(colorize, scans, tmp_path):
    (tmp_path / "mask.png").write_text("no image")
    result = colorize("scans", "-o", "out", "--mask", "mask.png")
    assert result.returncode == 2
    assert "Invalid value for '--mask': mask.png: not a photograph" in result.stderr
    assert not (tmp_path / "out").exists()
