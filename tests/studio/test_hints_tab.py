from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from visitor import changed, download, message, open_photo, picture, tab

from colorize_core import ColorizeOptions, Hint
from colorize_core.color.lab import rgb_to_lab
from colorize_core.engine.hints import read_hints
from colorize_core.photo import read_photo, write_photo
from gradio_demo.strokes import hints_of_strokes, strokes_of_hints

PICTURE = "#hints .canvas-picture"
MARKS = "#hints .canvas-marks"


# The browser itself leaves after 200 ms: on a busy machine the test may be too slow to.
_LEAVE_SOON = """marks => marks.addEventListener("pointermove", () =>
    setTimeout(() => marks.dispatchEvent(new PointerEvent("pointerleave")), 200), { once: true })"""


def go_to_hints(page, photo) -> None:
    open_photo(page, photo)
    tab(page, "Hints")
    page.wait_for_function(f"document.querySelector('{PICTURE}')?.naturalWidth > 0")


def point(page, across: float, down: float) -> tuple[float, float]:
    page.locator(MARKS).scroll_into_view_if_needed()
    box = page.locator(MARKS).bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def stroke(page) -> None:
    page.mouse.move(*point(page, 0.2, 0.5))
    page.mouse.down()
    page.mouse.move(*point(page, 0.3, 0.55), steps=6)
    page.mouse.up()


def choose(page, color: str) -> None:
    page.locator("#hints [data-part=colour]").evaluate(
        "(picker, color) => { picker.value = color; picker.dispatchEvent(new Event('input')); }",
        color,
    )


def mean_ab(pixels: np.ndarray) -> np.ndarray:
    height, width, _ = pixels.shape
    around = pixels[int(0.5 * height) : int(0.55 * height), int(0.2 * width) : int(0.3 * width)]
    return rgb_to_lab(around / 255.0)[..., 1:].mean((0, 1))


def test_a_stroke_colors_what_is_under_it_and_undo_takes_it_back(page, grey_photo):
    go_to_hints(page, grey_photo)
    before = picture(page, PICTURE)
    choose(page, "#1040d0")
    after = changed(page, PICTURE, lambda: stroke(page))
    assert mean_ab(after)[1] < mean_ab(before)[1] - 15  # towards blue
    undone = changed(page, PICTURE, lambda: page.click("#hints [data-part=undo]"))
    assert np.array_equal(undone, before)
    assert page.locator("#hints [data-part=undo]").is_disabled()


def test_clear_takes_all_strokes_away(page, grey_photo):
    go_to_hints(page, grey_photo)
    before = picture(page, PICTURE)
    changed(page, PICTURE, lambda: stroke(page))
    choose(page, "#20a020")
    changed(page, PICTURE, lambda: stroke(page))
    cleared = changed(page, PICTURE, lambda: page.click("#hints [data-part=clear]"))
    assert np.array_equal(cleared, before)


def test_clear_can_be_undone_and_what_was_undone_redone(page, grey_photo):
    go_to_hints(page, grey_photo)
    before = picture(page, PICTURE)
    choose(page, "#1040d0")
    painted = changed(page, PICTURE, lambda: stroke(page))
    changed(page, PICTURE, lambda: page.click("#hints [data-part=clear]"))
    again = changed(page, PICTURE, lambda: page.click("#hints [data-part=undo]"))
    assert np.array_equal(again, painted)
    page.focus(MARKS)
    undone = changed(page, PICTURE, lambda: page.keyboard.press("Control+z"))
    assert np.array_equal(undone, before)
    redone = changed(page, PICTURE, lambda: page.keyboard.press("Control+Shift+z"))
    assert np.array_equal(redone, painted)
    assert page.locator("#hints [data-part=redo]").is_enabled()


def test_a_color_is_picked_from_the_photo(page, grey_photo):
    go_to_hints(page, grey_photo)
    page.click("#hints button[data-tool=pick]")
    page.mouse.click(*point(page, 0.4, 0.6))
    seen = picture(page, PICTURE)
    height, width, _ = seen.shape
    expected = seen[int(0.6 * height), int(0.4 * width)].astype(int)
    picked = page.locator("#hints [data-part=colour]").input_value()
    found = np.array([int(picked[start : start + 2], 16) for start in (1, 3, 5)])
    assert np.abs(found - expected).max() <= 24  # a pixel beside it, and the browser's decoder
    assert page.locator("#hints button[data-tool=paint]").get_attribute("aria-checked") == "true"


def test_hints_are_saved_for_the_command_line_and_loaded_again(page, grey_photo, tmp_path):
    go_to_hints(page, grey_photo)
    choose(page, "#c01020")
    painted = changed(page, PICTURE, lambda: stroke(page))
    saved = download(page, "#hints [data-part=save]", tmp_path)
    assert saved.name == "Großmutter 1950-hints.json"
    assert read_hints(saved)[0].color == "#c01020"
    changed(page, PICTURE, lambda: page.click("#hints [data-part=clear]"))
    file = page.locator("#hints [data-part=file]")
    loaded = changed(page, PICTURE, lambda: file.set_input_files(saved))
    assert np.array_equal(loaded, painted)
    bad = tmp_path / "bad.json"
    bad.write_text('[{"x": 1}]')
    file.set_input_files(bad)
    assert "hint 1: expected x, y, color" in message(page)
    assert np.array_equal(picture(page, PICTURE), painted)


@pytest.mark.parametrize(
    ("size", "is_high"),
    [
        ((1366, 768), False),
        ((1366, 768), True),
        ((1280, 900), False),
        ((390, 844), False),
        ((390, 844), True),
    ],
)
def test_photo_and_palette_are_seen_together(visit, grey_photo, size, is_high):
    by_touch = size[0] < 640
    page = visit(
        viewport={"width": size[0], "height": size[1]}, has_touch=by_touch, is_mobile=by_touch
    )
    if is_high:
        Image.open(grey_photo).crop((0, 0, 200, 300)).save(grey_photo)
    go_to_hints(page, grey_photo)
    if by_touch:
        page.tap("#hints button[data-tool=ask]")
        page.touchscreen.tap(*point(page, 0.5, 0.5))
    else:
        page.mouse.move(*point(page, 0.5, 0.5))
    page.wait_for_selector("#hints .swatch")
    assert page.locator("#hints .canvas-stage").bounding_box()["height"] > 0.25 * size[1]
    for part in ("#hints .canvas-stage", "#hints .canvas-palette"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size[1], part


def test_the_palette_stays_on_the_way_to_it(page, grey_photo):
    go_to_hints(page, grey_photo)
    page.mouse.move(*point(page, 0.3, 0.5))
    page.wait_for_selector("#hints .swatch")
    first = page.locator("#hints .canvas-palette").inner_html()
    asked = []
    page.on("request", lambda sent: "queue/join" in sent.url and asked.append(sent.url))
    box = page.locator("#hints .swatch").first.bounding_box()
    away = point(page, 0.6, 0.2)
    page.locator(MARKS).evaluate(_LEAVE_SOON)
    page.mouse.move(*away)
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.wait_for_timeout(800)
    assert not asked
    assert page.locator("#hints .canvas-palette").inner_html() == first


def test_by_touch_a_taken_color_is_painted_where_it_was_asked_for(visit, grey_photo):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    go_to_hints(page, grey_photo)
    page.tap("#hints button[data-tool=ask]")
    page.touchscreen.tap(*point(page, 0.5, 0.5))
    page.wait_for_selector("#hints .swatch")
    changed(page, PICTURE, lambda: page.locator("#hints .swatch").last.tap())
    assert page.locator("#hints [data-part=undo]").is_enabled()


def test_the_palette_is_of_the_place_under_the_pointer_likely_first(page, grey_photo):
    go_to_hints(page, grey_photo)
    page.mouse.move(*point(page, 0.5, 0.5))
    page.wait_for_selector("#hints .swatch")
    shares = [int(words.split()[0]) for words in page.locator("#hints .swatch").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    page.click("#hints .swatch >> nth=0")
    chosen = page.locator("#hints .swatch").first.get_attribute("data-color")
    assert page.locator("#hints [data-part=colour]").input_value() == chosen


def test_hints_can_be_painted_by_keyboard_and_go_into_the_file(page, studio, grey_photo, tmp_path):
    go_to_hints(page, grey_photo)
    choose(page, "#c01020")
    page.focus(MARKS)
    page.keyboard.press("ArrowRight")
    changed(page, PICTURE, lambda: page.keyboard.press("Enter"))
    tab(page, "Colorize")
    saved = download(page, "#make", tmp_path)
    hints = hints_of_strokes(
        [{"color": "#c01020", "radius": 0.014 * 300, "points": [[225 + 450 / 40, 150]]}]
    )
    colorizer = studio.engines.colorizer("lite")
    made = colorizer.colorize(read_photo(grey_photo), ColorizeOptions(hints=hints))
    write_photo(made, tmp_path / "engine.jpg")
    assert saved.read_bytes() == (tmp_path / "engine.jpg").read_bytes()


class TestStrokes:
    def test_hints_become_the_same_strokes_again(self):
        strokes = [
            {"color": "#ff0000", "radius": 5.0, "points": [[0, 0], [30, 40], [30, 41]]},
            {"color": "#ff0000", "radius": 2.0, "points": [[100, 100]]},
            {"color": "#00ff00", "radius": 2.0, "points": [[100, 101], [90, 80]]},
        ]
        hints = hints_of_strokes(strokes)
        again = strokes_of_hints(hints, (300, 450))
        assert len(again) == len(strokes)
        assert hints_of_strokes(again) == hints
        (plain,) = strokes_of_hints([Hint(1, 2, "#00ff00")], (300, 450))
        assert plain["radius"] == 3.0

    def test_dabs_lie_close_enough_to_touch(self):
        hints = hints_of_strokes(
            [{"color": "#ff0000", "radius": 5, "points": [[0, 0], [30, 40], [30, 41]]}]
        )
        places = np.array([(hint.x, hint.y) for hint in hints])
        assert np.hypot(*np.diff(places, axis=0).T).max() <= 5
        assert places[-1].tolist() == [30, 41]

    @pytest.mark.parametrize(
        "stroke",
        [
            {},
            {"color": "#ff0000", "radius": 5, "points": [[1]]},
            {"color": "reddish", "radius": 5, "points": [[1, 2]]},
            {"color": "#ff0000", "radius": -5, "points": [[1, 2]]},
            {"color": "#ff0000", "radius": 1, "points": [[0, 0], [1e9, 0]]},
        ],
    )
    def test_nonsense_is_refused(self, stroke):
        with pytest.raises(ValueError, match=r"stroke needs|hint|too much paint"):
            hints_of_strokes([stroke])
