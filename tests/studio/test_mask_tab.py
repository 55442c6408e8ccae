"""A mask painted in the studio: colours inside of it, and nothing changed outside."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image
from test_hints_tab import stroke as hint
from visitor import changed, download, open_photo, picture, set_slider, tab

from colorize_core import ColorizeOptions
from colorize_core.photo import read_photo, write_photo
from gradio_demo.masking import Masking

PICTURE = "#mask .canvas-picture"
MARKS = "#mask .canvas-marks"
AFTER = "#compare .compare-after"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo of 1,200 x 900 pixels, which the page shows at a third of its size."""
    path = tmp_path / "cat.png"
    cat = Image.fromarray(skimage.data.chelsea()[:300, :400]).convert("L")
    cat.resize((1200, 900)).save(path)
    return path


def go_to_mask(page, path: Path) -> None:
    open_photo(page, path)
    tab(page, "Only a part")
    page.wait_for_function(f"document.querySelector('{PICTURE}')?.naturalWidth > 0")


def point(page, across: float, down: float) -> tuple[float, float]:
    page.locator(MARKS).scroll_into_view_if_needed()
    box = page.locator(MARKS).bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def stroke(page) -> None:
    """Paint from left to right through the middle of the photo's left half."""
    page.mouse.move(*point(page, 0.2, 0.5))
    page.mouse.down()
    page.mouse.move(*point(page, 0.4, 0.5), steps=6)
    page.mouse.up()


def parts(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What lies under :func:`stroke`, and what surely does not."""
    height, width, _ = pixels.shape
    rows, columns = slice(int(0.47 * height), int(0.53 * height)), slice(width // 4, width // 3)
    outside = np.ones((height, width), bool)
    outside[int(0.4 * height) : int(0.6 * height), int(0.1 * width) : width // 2] = False
    return pixels[rows, columns].reshape(-1, 3).astype(int), pixels[outside].astype(int)


def chroma(pixels: np.ndarray) -> float:
    return float(np.ptp(pixels, axis=1).mean())


def masked(studio, source: Path, target: Path, masking: Masking, **options) -> Path:
    """What the engine makes of a photo with a mask."""
    photo = read_photo(source)
    shares = masking.shares(photo.size, photo.size)
    chosen = ColorizeOptions(mask=Image.fromarray(shares), **options)
    write_photo(studio.engines.colorizer("lite").colorize(photo, chosen), target)
    return target


def test_only_what_is_painted_over_is_in_color_here_and_in_the_file(page, studio, photo, tmp_path):
    go_to_mask(page, photo)
    shown = changed(page, PICTURE, lambda: stroke(page))
    inside, outside = parts(shown)
    assert chroma(inside) > 15
    assert np.ptp(outside, axis=1).max() <= 3  # the page's pictures are JPEGs
    masking = studio.desk.photos[-1].masking
    tab(page, "Colorize")
    changed(page, AFTER, lambda: set_slider(page, "#saturation", 1.5))
    saved = download(page, "#make", tmp_path)
    made = masked(studio, photo, tmp_path / "engine.png", masking, saturation=1.5)
    assert saved.read_bytes() == made.read_bytes()
    pixels = np.asarray(Image.open(saved))
    assert pixels.shape == (900, 1200, 3)
    inside, outside = parts(pixels)
    assert chroma(inside) > 15
    grey = np.repeat(np.asarray(Image.open(photo))[..., None], 3, 2)
    assert np.array_equal(outside, parts(grey)[1])


def test_what_is_painted_over_can_be_what_stays(page, photo):
    go_to_mask(page, photo)
    whole = picture(page, PICTURE)
    changed(page, PICTURE, lambda: stroke(page))
    shown = changed(page, PICTURE, lambda: page.click("#mask [data-keeps=true]"))
    inside, outside = parts(shown)
    assert np.ptp(inside, axis=1).max() <= 3
    assert np.abs(outside - parts(whole)[1]).mean() < 1


def test_paint_is_erased_undone_cleared_and_brought_back(page, photo):
    go_to_mask(page, photo)
    whole = picture(page, PICTURE)
    painted = changed(page, PICTURE, lambda: stroke(page))
    page.click("#mask [data-tool=erase]")
    page.locator("#mask [data-part=size]").evaluate("one => (one.value = 2)")
    erased = changed(page, PICTURE, lambda: stroke(page))
    assert chroma(erased.reshape(-1, 3).astype(int)) < chroma(painted.reshape(-1, 3).astype(int))
    assert parts(erased)[0].std() > 0
    again = changed(page, PICTURE, lambda: page.click("#mask [data-part=undo]"))
    assert np.array_equal(again, painted)
    cleared = changed(page, PICTURE, lambda: page.click("#mask [data-part=clear]"))
    assert np.array_equal(cleared, whole)
    assert page.locator("#mask [data-part=clear]").is_disabled()
    page.focus(MARKS)
    back = changed(page, PICTURE, lambda: page.keyboard.press("Control+z"))
    assert np.array_equal(back, painted)


def test_it_is_painted_by_keyboard(page, photo):
    go_to_mask(page, photo)
    page.focus(MARKS)
    page.keyboard.press("ArrowLeft")
    shown = changed(page, PICTURE, lambda: page.keyboard.press("Enter"))
    height, width, _ = shown.shape
    assert chroma(shown[height // 2 - 3 : height // 2 + 3, int(0.475 * width)].astype(int)) > 8
    assert np.ptp(shown[:20].reshape(-1, 3).astype(int), axis=1).max() <= 3


def test_it_is_painted_by_a_finger(visit, photo):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    go_to_mask(page, photo)
    changed(page, PICTURE, lambda: page.touchscreen.tap(*point(page, 0.3, 0.5)))
    assert page.locator("#mask [data-part=undo]").is_enabled()


def test_mask_and_hints_are_there_together(page, photo):
    go_to_mask(page, photo)
    changed(page, PICTURE, lambda: stroke(page))
    tab(page, "Hints")
    page.wait_for_function("document.querySelector('#hints .canvas-picture')?.naturalWidth > 0")
    page.locator("#hints [data-part=colour]").evaluate(
        "one => { one.value = '#1040d0'; one.dispatchEvent(new Event('input')); }"
    )
    seen = changed(page, "#hints .canvas-picture", lambda: hint(page))
    inside, outside = parts(seen)
    assert inside[:, 2].mean() > inside[:, 0].mean() + 10  # blue
    assert np.ptp(outside, axis=1).max() <= 3


def test_a_mask_is_kept_in_a_saved_tray(visit, photo, grey_photo, tmp_path):
    page = visit()
    open_photo(page, grey_photo)
    page.set_input_files("#tray-buttons input[type=file]", photo)
    page.wait_for_selector("#tray .tray-photo >> nth=1")
    tab(page, "Only a part")
    page.wait_for_function(f"document.querySelector('{PICTURE}')?.naturalWidth > 0")
    painted = changed(page, PICTURE, lambda: stroke(page))
    archive = download(page, "#tray-all", tmp_path)
    with zipfile.ZipFile(archive) as file:
        first, second = (Image.open(io.BytesIO(file.read(name))) for name in file.namelist())
        assert chroma(np.asarray(first)[:20].reshape(-1, 3).astype(int)) > 3
        assert np.ptp(parts(np.asarray(second))[1], axis=1).max() == 0
    saved = download(page, "#tray-keep", tmp_path)
    other = visit(viewport={"width": 1280, "height": 900})
    other.set_input_files("#start input[type=file]", saved)
    other.wait_for_selector("#tray .tray-photo >> nth=1")
    tab(other, "Only a part")
    other.wait_for_selector("#mask [data-part=undo]:not([disabled])")
    assert np.array_equal(picture(other, PICTURE), painted)


class TestMasking:
    def test_it_is_the_same_at_another_size(self):
        masking = Masking(({"radius": 20, "points": [[100, 50], [200, 120]]},))
        large, small = masking.shares((300, 400), (300, 400)), masking.shares((300, 400), (75, 100))
        assert set(np.unique(large)) == {0, 255}
        assert abs(large.mean() - small.mean()) < 2
        assert large[50, 100] == large[120, 200] == large[85, 150] == 255
        assert large[50, 140] == 0

    def test_the_brush_is_as_wide_as_it_says(self):
        (row,) = Masking(({"radius": 10, "points": [[50, 50]]},)).shares((100, 100), (100, 100))[
            50:51
        ]
        assert 19 <= (row > 0).sum() <= 22
        assert abs(np.flatnonzero(row).mean() + 0.5 - 50) <= 1

    @pytest.mark.parametrize("strokes", [(), ({"radius": 9, "points": [[5, 5]], "erase": True},)])
    def test_without_paint_all_is_colorized(self, strokes):
        for keeps in (False, True):
            assert Masking(strokes, keeps).shares((30, 30), (30, 30)) is None

    @pytest.mark.parametrize(
        "stroke",
        [
            {},
            {"radius": 5, "points": [[1]]},
            {"radius": "large", "points": [[1, 2]]},
            {"radius": 5, "points": [[float("nan"), 2]]},
            {"radius": 5, "points": [[1, 2]] * 20_001},
        ],
    )
    def test_nonsense_is_refused(self, stroke):
        with pytest.raises(ValueError, match=r"stroke needs|too much paint"):
            Masking((stroke,))

    def test_numbers_beyond_all_bounds_do_no_harm(self):
        masking = Masking(({"radius": 1e300, "points": [[-1e300, 1e300], [5, 5]]},))
        assert (masking.shares((30, 40), (30, 40)) == 255).all()
