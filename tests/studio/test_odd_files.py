"""Files that are no photographs are refused by name and reason; odd ones are photographs still."""

from __future__ import annotations

import pytest
from odd_files import ODD, REFUSED
from PIL import Image
from playwright.sync_api import expect
from visitor import download, file_of_engine, message, open_photo, picture, tab


def is_in_words(said: str, name: str, reason: str) -> bool:
    """Whether it names the file and the reason, and none of the server's folders."""
    return said.startswith(f"{name}: ") and reason in said and "/" not in said


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_named_with_the_reason_and_the_page_stays_usable(
    page, grey_photo, tmp_path, name
):
    make, reason = REFUSED[name]
    make(tmp_path / name)
    page.set_input_files("#start input[type=file]", tmp_path / name)
    said = message(page)
    assert is_in_words(said, name, reason), said
    open_photo(page, grey_photo)


def test_a_bad_file_leaves_the_photo_that_is_open(page, grey_photo, tmp_path):
    open_photo(page, grey_photo)
    before = picture(page, "#compare .compare-after")
    make, _ = REFUSED["truncated.jpg"]
    make(tmp_path / "truncated.jpg")
    page.set_input_files("#others input[type=file]", tmp_path / "truncated.jpg")
    assert "truncated.jpg: " in message(page)
    assert page.locator("#photo-name strong").inner_text() == grey_photo.name
    assert (picture(page, "#compare .compare-after") == before).all()
    assert download(page, "#make", tmp_path).stat().st_size > 1000


def test_a_folder_names_each_bad_file_with_its_reason(visit, start, grey_photo, tmp_path):
    page = visit(start(most_files=100).url)
    for name, (make, _) in REFUSED.items():
        make(tmp_path / name)
    tab(page, "Folder")
    files = [grey_photo, *(tmp_path / name for name in REFUSED)]
    page.set_input_files("#folder-files input[type=file]", files)
    page.locator("#folder-files").get_by_text("sensor").first.wait_for()
    page.click("#folder-go")
    page.wait_for_selector("#folder-archive")
    states = page.locator("#folder-states li[data-state=failed]")
    expect(states).to_have_count(len(REFUSED), timeout=60_000)
    assert states.locator(".file").all_inner_texts() == list(REFUSED)
    notes = states.locator(".note").all_inner_texts()
    for said, (name, (_, reason)) in zip(notes, REFUSED.items(), strict=True):
        assert is_in_words(f"{name}: {said}", name, reason), said
    assert page.locator("#folder-states li[data-state=done]").count() == 1


def test_a_folder_without_photos_is_told_so(page):
    tab(page, "Folder")
    page.click("#folder-go")
    assert message(page) == "Choose some photos first."
    assert page.locator("#folder-go").is_visible()


@pytest.mark.parametrize("name", ODD)
def test_an_odd_photo_is_colorized_all_the_same(page, studio, tmp_path, name):
    ODD[name](tmp_path / name)
    open_photo(page, tmp_path / name)
    saved = download(page, "#make", tmp_path)
    made = file_of_engine(studio, tmp_path / name, tmp_path / f"engine{saved.suffix}")
    assert saved.read_bytes() == made.read_bytes()


def test_a_format_that_cannot_hold_the_photo_is_told_without_folders(page, tmp_path):
    long = tmp_path / "long.png"
    Image.new("L", (17_000, 2), 99).save(long)
    open_photo(page, long)
    page.click("#format input")
    page.get_by_role("option", name="WebP", exact=True).click()
    page.click("#make")
    said = message(page)
    assert is_in_words(said, "long-colorized.webp", ""), said
