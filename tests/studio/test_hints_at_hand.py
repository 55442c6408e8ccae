"""Hints one by one, colours at hand, and the photo seen nearer."""

from __future__ import annotations

import json

import numpy as np
import pytest
from test_hints_tab import MARKS, PICTURE, choose, go_to_hints, point
from visitor import changed, download, picture

STAGE = "#hints .canvas-stage"


def dab(page, across: float, down: float) -> None:
    page.mouse.click(*point(page, across, down))


def hints(page, folder) -> list[dict]:
    """The hints as they are saved."""
    return json.loads(download(page, "#hints [data-part=save]", folder).read_text("utf-8"))


def zoom(page) -> float:
    return float(page.locator(STAGE).get_attribute("data-zoom"))


def test_recent_colors_are_kept_the_last_first_and_paint_again(page, grey_photo):
    go_to_hints(page, grey_photo)
    for place, color in enumerate(("#c01020", "#1040d0", "#c01020")):
        choose(page, color)
        changed(page, PICTURE, lambda place=place: dab(page, 0.2 + 0.2 * place, 0.3))
    changed(page, PICTURE, lambda: page.click("#hints [data-part=clear]"))
    recent = page.locator("#hints .canvas-recent .swatch")
    colors = recent.evaluate_all("all => all.map((one) => one.dataset.color)")
    assert colors == ["#c01020", "#1040d0"]
    recent.nth(1).click()
    assert page.locator("#hints [data-part=colour]").input_value() == "#1040d0"


def test_one_hint_is_moved_and_deleted_and_the_other_stays(page, grey_photo, tmp_path):
    go_to_hints(page, grey_photo)
    for across, color in ((0.2, "#c01020"), (0.7, "#1040d0")):
        choose(page, color)
        changed(page, PICTURE, lambda across=across: dab(page, across, 0.5))
    page.click("#hints button[data-tool=move]")
    page.mouse.move(*point(page, 0.2, 0.5))
    page.mouse.down()
    page.mouse.move(*point(page, 0.4, 0.25), steps=4)
    changed(page, PICTURE, page.mouse.up)
    red, blue = hints(page, tmp_path)
    assert (red["color"], blue["color"]) == ("#c01020", "#1040d0")
    assert (red["x"], red["y"]) == pytest.approx((0.4 * 450, 0.25 * 300), abs=2)
    assert (blue["x"], blue["y"]) == pytest.approx((0.7 * 450, 0.5 * 300), abs=2)
    changed(page, PICTURE, lambda: page.click("#hints [data-part=delete]"))
    assert [one["color"] for one in hints(page, tmp_path)] == ["#1040d0"]
    changed(page, PICTURE, lambda: page.click("#hints [data-part=undo]"))
    assert len(hints(page, tmp_path)) == 2


def test_a_hint_is_moved_and_deleted_by_keyboard(page, grey_photo, tmp_path):
    go_to_hints(page, grey_photo)
    page.focus(MARKS)
    changed(page, PICTURE, lambda: page.keyboard.press("Enter"))
    page.click("#hints button[data-tool=move]")
    page.focus(MARKS)
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    changed(page, PICTURE, lambda: page.keyboard.press("Enter"))
    (hint,) = hints(page, tmp_path)
    assert (hint["x"], hint["y"]) == pytest.approx((225 + 2 * 450 / 40, 150), abs=0.2)
    page.focus(MARKS)
    page.keyboard.press("Delete")
    page.wait_for_selector("#hints [data-part=save][disabled]")


def test_wheel_and_keys_zoom_and_paint_falls_where_it_is_seen(page, grey_photo, tmp_path):
    go_to_hints(page, grey_photo)
    page.mouse.move(*point(page, 0.8, 0.5))
    page.mouse.wheel(0, -280)  # the photo stays under the pointer
    page.wait_for_function(f"Number(document.querySelector('{STAGE}').dataset.zoom) > 1.9")
    nearer = zoom(page)
    changed(page, PICTURE, lambda: dab(page, 0.8, 0.5))
    changed(page, PICTURE, lambda: dab(page, 0.5, 0.5))
    first, second = hints(page, tmp_path)
    assert (first["x"], first["y"]) == pytest.approx((0.8 * 450, 150), abs=2)
    assert second["x"] == pytest.approx((0.8 - 0.3 / nearer) * 450, abs=2)
    page.focus(MARKS)
    page.keyboard.press("+")
    assert zoom(page) == pytest.approx(1.5 * nearer, rel=0.02)
    page.keyboard.press("-")
    assert zoom(page) == pytest.approx(nearer, rel=0.02)
    page.keyboard.press("0")
    assert zoom(page) == 1
    shown = page.locator(PICTURE).evaluate("one => getComputedStyle(one).transform")
    assert shown == "matrix(1, 0, 0, 1, 0, 0)"


def test_a_photo_seen_nearer_is_drawn_along_with_the_hand(page, grey_photo, tmp_path):
    go_to_hints(page, grey_photo)
    for _ in range(2):
        page.click("#hints [data-part=nearer]")
    page.click("#hints button[data-tool=move]")
    page.mouse.move(*point(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*point(page, 0.9, 0.5), steps=4)
    page.mouse.up()
    page.click("#hints button[data-tool=paint]")
    changed(page, PICTURE, lambda: dab(page, 0.9, 0.5))
    (hint,) = hints(page, tmp_path)
    assert (hint["x"], hint["y"]) == pytest.approx((225, 150), abs=3)
    page.click("#hints [data-part=whole]")
    assert zoom(page) == 1


def test_zooming_leaves_the_palette_and_the_place_it_is_of(page, grey_photo):
    go_to_hints(page, grey_photo)
    page.mouse.move(*point(page, 0.4, 0.5))
    page.wait_for_selector("#hints .swatch")
    palette = page.locator("#hints .canvas-palette")
    before, box = palette.inner_html(), palette.bounding_box()
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"Number(document.querySelector('{STAGE}').dataset.zoom) > 1.9")
    page.wait_for_timeout(700)
    assert palette.inner_html() == before
    assert palette.bounding_box() == box


def test_two_fingers_zoom_and_paint_nothing(visit, grey_photo):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    go_to_hints(page, grey_photo)
    before = picture(page, PICTURE)
    hand = page.context.new_cdp_session(page)
    ends = [point(page, 0.45, 0.5), point(page, 0.55, 0.5)]
    for kind, spread in (("touchStart", 0), ("touchMove", 20), ("touchMove", 40), ("touchEnd", 0)):
        (left, y), (right, _) = ends
        places = [{"x": left - spread, "y": y, "id": 0}, {"x": right + spread, "y": y, "id": 1}]
        places = [] if kind == "touchEnd" else places
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
    page.wait_for_function(f"Number(document.querySelector('{STAGE}').dataset.zoom) > 1.5")
    page.wait_for_timeout(300)
    assert page.locator("#hints [data-part=undo]").is_disabled()
    assert np.array_equal(picture(page, PICTURE), before)
