"""``colorize photo --split``: the photographs on a page of an album as files of their own."""

import numpy as np
from pages import PLACES, SIZE, album
from pictures import is_color
from PIL import Image

from colorize_core.engine.lightness import lightness_of_pixels


def lightness(path) -> np.ndarray:
    with Image.open(path) as image:
        return lightness_of_pixels(np.asarray(image))


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_photo_on_a_page_becomes_a_file_of_its_own(colorize, tmp_path):
    Image.fromarray(album()).save(tmp_path / "page.png", dpi=(300, 300))
    result = colorize("page.png", "-o", "out", "--split")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [f"out/page-{number}.png" for number in range(1, 5)]
    for number, (top, left) in enumerate(PLACES, 1):
        path = tmp_path / f"out/page-{number}.png"
        assert is_color(path)
        with Image.open(path) as image:
            assert image.size == SIZE
            assert round(image.info["dpi"][0]) == 300
            assert "compositeWithTrainedAlgorithmicMedia" in image.info["xmp"].decode()
        there = album()[top : top + SIZE[1], left : left + SIZE[0]]
        assert abs(lightness(path) - lightness_of_pixels(there)).mean() < 0.3


def test_pages_that_are_split_are_done_once(colorize, tmp_path):
    (tmp_path / "scans").mkdir()
    Image.fromarray(album()).save(tmp_path / "scans/a.png")
    Image.fromarray(album()).save(tmp_path / "scans/a.bmp")
    assert "8 colorized, 0 failed" in colorize("scans", "-o", "out", "--split").stdout
    expected = [f"{page}-{number}.png" for page in ("a-2", "a") for number in range(1, 5)]
    assert names(tmp_path / "out") == sorted(expected)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    result = colorize("scans", "-o", "out", "--split")
    assert result.returncode == 0
    assert "0 colorized, 0 failed, 2 done already" in result.stdout
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}


def test_pages_are_not_split_into_a_pipe(colorize, tmp_path):
    Image.fromarray(album()).save(tmp_path / "page.png")
    result = colorize("page.png", "-o", "-", "--split")
    assert result.returncode == 2
    assert "--split needs a folder" in result.stderr
