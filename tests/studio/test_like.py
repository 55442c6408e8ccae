"""Colours from other photos, chosen or dropped beside the open one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect
from test_tray import drop, same
from visitor import (
    changed,
    download,
    file_of_engine,
    message,
    open_photo,
    picture,
    set_slider,
    tab,
)

from colorize_core.color.lab import rgb_to_lab

AFTER = "#compare .compare-after"
INPUT = "#like input[type=file]"
SHOWN = "#likes .tray-photo"


@pytest.fixture
def blue_cat(tmp_path: Path) -> Path:
    """The photo's own cat, in colours that no cat has."""
    path = tmp_path / "blue.png"
    Image.fromarray(skimage.data.chelsea()[:, 60:, ::-1]).save(path)
    return path


def mean_b(pixels: np.ndarray) -> float:
    """How yellow, or below 0 how blue, a picture is."""
    return float(rgb_to_lab(pixels / 255.0)[..., 2].mean())


def test_colors_are_copied_more_or_less_and_no_more_once_it_is_taken_out(
    page, studio, grey_photo, blue_cat, tmp_path
):
    open_photo(page, grey_photo)
    before = picture(page, AFTER)
    assert page.locator("#likeness").is_hidden()
    blue = changed(page, AFTER, lambda: page.set_input_files(INPUT, blue_cat))
    assert mean_b(before) > 3
    assert mean_b(blue) < mean_b(before) - 5
    assert page.locator(f"{SHOWN} img").get_attribute("alt") == "blue.png"
    saved = download(page, "#make", tmp_path)
    made = file_of_engine(studio, grey_photo, tmp_path / "e.jpg", like=[blue_cat])
    assert same(saved, made)
    less = changed(page, AFTER, lambda: set_slider(page, "#likeness", 0.3))
    assert mean_b(blue) < mean_b(less)
    again = changed(page, AFTER, lambda: page.click(f"{SHOWN} .tray-out"))
    assert np.array_equal(again, before)
    page.wait_for_selector("#likeness", state="hidden")
    expect(page.locator(SHOWN)).to_have_count(0)


def test_several_are_dropped_on_the_button_and_the_photo_stays_open(page, grey_photo, blue_cat):
    open_photo(page, grey_photo)
    other = blue_cat.with_name("other.png")
    Image.fromarray(skimage.data.astronaut()).save(other)
    changed(page, AFTER, lambda: drop(page, [blue_cat, other], "#like button"))
    expect(page.locator(SHOWN)).to_have_count(2)
    assert page.locator("#photo-name strong").inner_text() == grey_photo.name
    assert page.locator("#tray .tray-photo").count() == 0


def test_a_photo_without_colors_is_refused_by_name(page, grey_photo):
    open_photo(page, grey_photo)
    before = picture(page, AFTER)
    page.set_input_files(INPUT, grey_photo)
    assert message(page) == f"{grey_photo.name}: has no colours to copy"
    assert np.array_equal(picture(page, AFTER), before)
    expect(page.locator(SHOWN)).to_have_count(0)


def test_a_reload_and_a_saved_tray_bring_it_back(visit, start, grey_photo, blue_cat, tmp_path):
    page = visit(start(keep_minutes=5.0).url)
    open_photo(page, grey_photo)
    changed(page, AFTER, lambda: page.set_input_files(INPUT, blue_cat))
    blue = changed(page, AFTER, lambda: set_slider(page, "#likeness", 2.0))
    page.reload()
    expect(page.locator(SHOWN)).to_have_count(1)
    assert np.array_equal(picture(page, AFTER), blue)
    assert float(page.locator("#likeness input[type=range]").input_value()) == 2.0
    page.set_input_files("#tray-buttons input[type=file]", grey_photo)
    expect(page.locator(SHOWN)).to_have_count(0)  # of the other photo
    saved = download(page, "#tray-keep", tmp_path)
    with zipfile.ZipFile(io.BytesIO(saved.read_bytes())) as tray:
        assert "photos/blue.png" in tray.namelist()
    other = visit()
    other.set_input_files("#start input[type=file]", saved)
    expect(other.locator("#tray .tray-photo")).to_have_count(2)
    other.click(".tray-open >> nth=0")
    expect(other.locator(SHOWN)).to_have_count(1)
    assert np.array_equal(picture(other, AFTER), blue)


def test_a_folder_gets_the_colors_of_all_that_were_not_taken_out(
    page, studio, grey_photo, blue_cat, tmp_path
):
    other = tmp_path / "other.png"
    Image.fromarray(skimage.data.astronaut()).save(other)
    tab(page, "Folder")
    page.set_input_files("#folder-files input[type=file]", grey_photo)
    page.set_input_files("#folder-like input[type=file]", [other, blue_cat])
    page.click("#folder-likes .tray-out >> nth=0")
    expect(page.locator("#folder-likes .tray-photo")).to_have_count(1)
    assert page.locator("#folder-likes img").get_attribute("alt") == "blue.png"
    set_slider(page, "#folder-likeness", 2.0)
    page.click("#folder-go")
    with zipfile.ZipFile(download(page, "#folder-archive", tmp_path)) as archive:
        saved = io.BytesIO(archive.read(f"{grey_photo.stem}-colorized.jpg"))
    made = file_of_engine(studio, grey_photo, tmp_path / "e.jpg", like=[blue_cat], likeness=2.0)
    assert same(saved, made)


def test_those_dropped_on_a_folders_button_are_none_of_its_photos(page, grey_photo, blue_cat):
    tab(page, "Folder")
    page.wait_for_selector("#folder-like button")
    drop(page, [blue_cat], "#folder-like button")
    expect(page.locator("#folder-likes .tray-photo")).to_have_count(1)
    assert page.locator("#folder-files").get_by_text("blue").count() == 0
    drop(page, [grey_photo], "#folder-like button")
    assert message(page) == f"{grey_photo.name}: has no colours to copy"
    expect(page.locator("#folder-likes .tray-photo")).to_have_count(1)


def test_programs_name_photos_to_copy_colors_from(studio, grey_photo, blue_cat, tmp_path):
    client = Client(studio.url, verbose=False)
    chosen = {"likeness": 2.0, "suffix": ".png"}
    photo, like = handle_file(grey_photo), [handle_file(blue_cat)]
    answer = client.predict(photo, like=like, api_name="/colorize", **chosen)
    made = file_of_engine(studio, grey_photo, tmp_path / "e.png", like=[blue_cat], likeness=2.0)
    assert same(answer, made)
    _, archive = client.predict([photo], like=like, api_name="/folder", **chosen)
    with zipfile.ZipFile(archive) as files:
        assert same(files.open(f"{grey_photo.stem}-colorized.png"), made)
    with pytest.raises(AppError, match=r"1950\.jpg: has no colours to copy"):
        client.predict(photo, like=[photo], api_name="/colorize")
