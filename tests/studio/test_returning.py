"""A visit survives a broken connection and a reload, and nothing else."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np
import pytest
import skimage.data
from cable import Cable
from chromium import PATIENCE
from PIL import Image
from visitor import changed, download, message, open_photo, picture, set_slider, tab

AFTER = "#compare .compare-after"
LONGER = 6.0  # seconds: than the grace of a connection
HALF_A_MINUTE = 30.0
SLIDERS = {"#temperature": 0.55, "#saturation": 1.4, "#percent": 80}


@pytest.fixture(scope="module")
def studio(start):
    """A studio that keeps visits for a while."""
    return start(keep_minutes=5.0)


@pytest.fixture
def cable(studio):
    cable = Cable(int(studio.url.rstrip("/").rpartition(":")[2]))
    yield cable
    cable.close()


class CutOff(NamedTuple):
    """A page, what was seen on it, the cable to it, and when that was cut."""

    page: Any
    seen: dict
    cable: Cable
    since: float


@pytest.fixture(scope="module", autouse=True)
def cut_off(browser, studio, tmp_path_factory):
    """A page that is cut off before all tests here, so that the last one need not wait for it."""
    cable = Cable(int(studio.url.rstrip("/").rpartition(":")[2]))
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(cable.url)
    page.wait_for_selector("#examples .choice")
    photo = tmp_path_factory.mktemp("cut-off") / "camera.png"
    Image.fromarray(skimage.data.camera()[::2, ::2]).save(photo)
    seen = prepare(page, photo)
    cable.cut()
    yield CutOff(page, seen, cable, time.monotonic())
    page.context.close()
    cable.close()


def prepare(page, photo) -> dict:
    """Open a photo, paint on it and move all sliders; what is seen then."""
    open_photo(page, photo)
    tab(page, "Hints")
    page.wait_for_function("document.querySelector('#hints .canvas-picture')?.naturalWidth")
    page.focus("#hints .canvas-marks")
    changed(page, AFTER, lambda: page.keyboard.press("Enter"))
    tab(page, "Colorize")
    for slider, value in SLIDERS.items():
        changed(page, AFTER, lambda slider=slider, value=value: set_slider(page, slider, value))
    return {"picture": picture(page, AFTER), "name": photo.name}


def check_same(page, seen: dict) -> None:
    """Photo, hints and sliders are there."""
    page.wait_for_function(
        "name => document.querySelector('#photo-name strong')?.textContent === name",
        arg=seen["name"],
    )
    page.wait_for_function(f"document.querySelector('{AFTER}')?.naturalWidth > 0")
    assert np.array_equal(picture(page, AFTER), seen["picture"])
    for slider, value in SLIDERS.items():
        assert float(page.locator(f"{slider} input[type=range]").input_value()) == value
    tab(page, "Hints")
    page.wait_for_selector("#hints [data-part=undo]:not([disabled])")
    tab(page, "Colorize")


def wait_until(true, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def owned(studio) -> list:
    """The open photos' folders."""
    return [photo.folder for photo in studio.desk.photos]


def test_a_reloaded_page_has_photo_hints_and_sliders(page, studio, grey_photo, tmp_path):
    before = set(owned(studio))
    seen = prepare(page, grey_photo)
    (folder,) = set(owned(studio)) - before
    first = download(page, "#make", tmp_path).read_bytes()
    page.reload()
    check_same(page, seen)
    assert folder in owned(studio)
    page.wait_for_selector("#save-link", state="hidden")
    assert download(page, "#make", tmp_path).read_bytes() == first


def test_sliders_move_on_after_a_cut(visit, cable, grey_photo):
    page = visit(cable.url)
    seen = prepare(page, grey_photo)
    cable.cut()
    page.wait_for_timeout(1000 * LONGER)
    cable.mend()
    page.wait_for_timeout(6000)  # until it is tried again
    pale = changed(page, AFTER, lambda: set_slider(page, "#saturation", 0.0))
    assert np.ptp(pale.astype(int), axis=2).max() <= 3
    assert not page.locator(".toast-body.error").count()
    changed(page, AFTER, lambda: set_slider(page, "#saturation", SLIDERS["#saturation"]))
    check_same(page, seen)


def test_a_page_that_was_used_while_it_was_cut_off_comes_back_by_itself(visit, cable, grey_photo):
    page = visit(cable.url)
    seen = prepare(page, grey_photo)
    cable.cut()
    with page.expect_navigation(timeout=60_000):
        set_slider(page, "#saturation", 0.2)
        page.wait_for_timeout(1000 * LONGER)
        cable.mend()
    check_same(page, seen)


def test_a_duplicated_window_begins_anew_and_takes_nothing_away(visit, studio, grey_photo):
    page = visit()
    open_photo(page, grey_photo)
    token = page.evaluate("sessionStorage.getItem('colorize-token')")
    other = page.context.new_page()
    other.add_init_script(f"sessionStorage.setItem('colorize-token', '{token}')")
    other.goto(studio.url)
    other.wait_for_selector("#examples .choice")
    other.wait_for_timeout(1500)
    assert other.evaluate("sessionStorage.getItem('colorize-token')") != token
    assert other.locator("#drop").is_visible()
    other.close()
    changed(page, AFTER, lambda: set_slider(page, "#saturation", 0.0))


def test_everything_is_put_away_at_once_on_request(visit, studio, grey_photo):
    page = visit()
    before = set(owned(studio))
    open_photo(page, grey_photo)
    (folder,) = set(owned(studio)) - before
    files = set(studio.desk.visits.folder.iterdir())
    with page.expect_navigation():
        page.click("#put-away")
    assert not folder.exists()
    assert len(files - set(studio.desk.visits.folder.iterdir())) >= 2  # the upload, too
    page.wait_for_selector("#drop")
    page.wait_for_timeout(1000)
    assert not page.locator("#photo-name strong").count()


def test_what_is_kept_too_long_goes_and_the_page_says_so(visit, start, grey_photo):
    short = start(keep_minutes=0.02)
    cable = Cable(int(short.url.rstrip("/").rpartition(":")[2]))
    page = visit(cable.url)
    open_photo(page, grey_photo)
    cable.cut()
    wait_until(lambda: not len(short.desk))
    assert list(short.desk.visits.folder.iterdir()) == []
    cable.mend()
    page.reload()
    page.get_by_text("Your photo was put away: its page was closed, or cut off").wait_for()
    assert page.locator("#drop").is_visible()
    cable.close()


def test_a_slider_that_was_refused_shows_what_the_photo_has(visit, studio, grey_photo, monkeypatch):
    page = visit()
    open_photo(page, grey_photo)
    changed(page, AFTER, lambda: set_slider(page, "#saturation", 1.4))

    def refuses(*_) -> None:
        raise ValueError("not now")

    monkeypatch.setattr("gradio_demo.open_photo.OpenPhoto.adjust", refuses)
    set_slider(page, "#saturation", 0.2)
    assert message(page) == "not now"
    page.wait_for_function(
        "() => document.querySelector('#saturation input[type=range]').value === '1.4'"
    )


def test_a_reload_after_a_cut_of_half_a_minute_brings_everything(cut_off):
    page, seen, cable, since = cut_off
    page.wait_for_timeout(max(0.0, 1000 * (since + HALF_A_MINUTE - time.monotonic())))
    cable.mend()
    page.reload()
    check_same(page, seen)
    pale = changed(page, AFTER, lambda: set_slider(page, "#saturation", 0.0))
    assert np.ptp(pale.astype(int), axis=2).max() <= 3
