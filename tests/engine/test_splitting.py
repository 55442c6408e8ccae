"""The photographs on a page of an album as files of their own: which, when and where."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from pages import SCENES, SIZE, album
from PIL import Image

from colorize_core.engine import ColorizeOptions
from colorize_core.engine.batch import BatchOptions, Outcome, run_batch
from colorize_core.engine.planning import Naming, plan_batch
from colorize_core.remedies import Remedy


@pytest.fixture
def split(lite_weights, tmp_path):
    """Splits a page into the folder ``out``; gives the outcome."""

    def run(page: Path, *, overwrite: bool = False, **options) -> Outcome:
        batch = BatchOptions(model=str(lite_weights), device="cpu", split=True)
        batch = replace(batch, overwrite=overwrite)
        plan = plan_batch([page], tmp_path / "out", Naming(split=True))
        [outcome] = run_batch(plan.tasks, ColorizeOptions(**options), batch)
        return outcome

    return run


@pytest.fixture
def page(tmp_path) -> Path:
    Image.fromarray(album()).save(tmp_path / "page.png")
    return tmp_path / "page.png"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_parts_are_numbered_and_told(split, page, tmp_path):
    outcome = split(page)
    assert outcome.error == ""
    assert outcome.parts == tuple(tmp_path / f"out/page-{number}.png" for number in range(1, 5))
    assert set(contents(tmp_path / "out")) == {path.name for path in outcome.parts}


def test_a_photo_that_lies_askew_is_cut_out_whole(split, tmp_path):
    Image.fromarray(album(askew=3.0)).save(tmp_path / "page.png")
    last = split(tmp_path / "page.png").parts[3]
    with Image.open(last) as image:
        assert np.allclose(image.size, Image.new("L", SIZE).rotate(3.0, expand=True).size, atol=6)


@pytest.mark.parametrize("border", ["neutral", "off"])
def test_pages_are_split_whatever_becomes_of_the_border(split, page, border):
    assert len(split(page, border=border).parts) == 4


def test_transparency_is_cut_with_the_photo(split, tmp_path):
    alpha = np.arange(620 * 820, dtype=np.uint32).reshape(620, 820) % 251
    given = np.stack((*[album()] * 3, alpha.astype(np.uint8)), -1)
    Image.fromarray(given).save(tmp_path / "page.png")
    with Image.open(split(tmp_path / "page.png").parts[1]) as image:
        assert (np.asarray(image)[..., 3] == alpha[40:280, 450:770]).all()


def test_a_page_that_is_one_photo_is_one_file(split, tmp_path):
    Image.fromarray(SCENES[0]).save(tmp_path / "photo.jpg")
    assert split(tmp_path / "photo.jpg").parts == (tmp_path / "out/photo-1.jpg",)


def test_a_page_whose_run_was_killed_is_done_again(split, page, tmp_path):
    split(page)
    whole = contents(tmp_path / "out")
    for name in ("page-1.png", "page-3.png"):  # the first is written last
        (tmp_path / "out" / name).unlink()
    outcome = split(page)
    assert not outcome.error
    assert not outcome.done_before
    assert contents(tmp_path / "out") == whole
    assert split(page).done_before


def test_a_file_of_somebody_else_is_not_replaced_by_a_part(split, page, tmp_path):
    (tmp_path / "out").mkdir()
    Image.fromarray(SCENES[0]).save(tmp_path / "out/page-2.png")
    before = contents(tmp_path / "out")
    outcome = split(page)
    assert outcome.error == f"{tmp_path}/out/page-2.png: exists already"
    assert outcome.remedy is Remedy.REPLACE
    assert contents(tmp_path / "out") == before
    assert not split(page, overwrite=True).error
    assert contents(tmp_path / "out")["page-2.png"] != before["page-2.png"]


def test_all_pages_of_a_tiff_are_split(split, tmp_path):
    with tifffile.TiffWriter(tmp_path / "album.tif") as file:
        for pixels in (album(), SCENES[0]):
            file.write(pixels.astype(np.uint16) * 257, photometric="minisblack")
    parts = split(tmp_path / "album.tif").parts
    assert [path.name for path in parts] == [f"album-{number}.tif" for number in range(1, 6)]
    assert tifffile.imread(parts[3]).shape == (240, 320, 3)
    assert tifffile.imread(parts[4]).dtype == np.uint16
