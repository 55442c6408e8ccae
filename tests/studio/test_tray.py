"""Several photos side by side: each with its own hints and settings, saved and opened again."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import expect
from test_hints_tab import MARKS, PICTURE
from visitor import changed, download, file_of_engine, message, open_photo, picture, set_slider, tab

AFTER = "#compare .compare-after"
PHOTOS = "#tray .tray-photo"
INPUT = "#tray-buttons input[type=file]"


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Two photos in grey, and something that is none."""
    paths = [tmp_path / "cat.png", tmp_path / "dog.png", tmp_path / "none.png"]
    for path, pixels in zip(
        paths,
        (skimage.data.chelsea()[:240, :360], skimage.data.astronaut()[:300, :300]),
        strict=False,
    ):
        Image.fromarray(pixels).convert("L").save(path)
    paths[2].write_bytes(b"nothing")
    return paths


def drop(page, paths: list[Path], place: str = "#masthead") -> None:
    """Drop files somewhere, as a hand would."""
    page.evaluate(
        """([files, place]) => {
            const kept = new DataTransfer();
            for (const [name, bytes] of files)
                kept.items.add(new File([new Uint8Array(bytes)], name));
            const drop = { dataTransfer: kept, bubbles: true, cancelable: true };
            document.querySelector(place).dispatchEvent(new DragEvent("drop", drop));
        }""",
        [[[path.name, list(path.read_bytes())] for path in paths], place],
    )


def same(one: Any, other: Any) -> bool:
    """Whether two files show the same pixels."""
    return np.array_equal(np.asarray(Image.open(one)), np.asarray(Image.open(other)))


def wait_for_photo(page, name: str) -> None:
    page.wait_for_function(
        "name => document.querySelector('#photo-name strong')?.textContent === name", arg=name
    )
    page.wait_for_function(f"document.querySelector('{AFTER}')?.naturalWidth > 0")


def two_open(page, photos: list[Path]) -> None:
    drop(page, photos[:2])
    wait_for_photo(page, photos[0].name)
    expect(page.locator(PHOTOS)).to_have_count(2)


def switch(page, number: int, photos: list[Path]) -> None:
    page.click(f"{PHOTOS} >> nth={number} >> .tray-open")
    wait_for_photo(page, photos[number].name)
    page.wait_for_selector(f"{PHOTOS} >> nth={number} >> .tray-open[aria-pressed=true]")


def slider(page, name: str) -> float:
    return float(page.locator(f"{name} input[type=range]").input_value())


@pytest.mark.parametrize("place", ["#masthead", "#drop button"])
def test_dropped_photos_are_taken_side_by_side_and_a_bad_one_is_named(page, photos, place):
    drop(page, [photos[0], photos[2], photos[1]], place)
    assert message(page).startswith("none.png: ")
    wait_for_photo(page, "cat.png")
    expect(page.locator(PHOTOS)).to_have_count(2)
    names = page.locator(".tray-open").evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert names == ["cat.png", "dog.png"]


# A busy browser hears at once what the studio has said in several steps.
_AT_ONCE = """() => {
    const ask = window.fetch;
    window.fetch = async (...asked) => {
        const answer = await ask(...asked);
        if (!/\\/queue\\/data/.test(asked[0]?.url || asked[0])) return answer;
        let heard = "";
        const gathered = new TransformStream({
            transform(said, out) {
                heard += said;
                if (!heard.includes('"process_completed"')) return;
                out.enqueue(heard);
                heard = "";
            },
            flush: (out) => out.enqueue(heard),
        });
        const body = answer.body
            .pipeThrough(new TextDecoderStream())
            .pipeThrough(gathered)
            .pipeThrough(new TextEncoderStream());
        return new Response(body, { status: answer.status, headers: answer.headers });
    };
}"""


def test_dropped_photos_are_shown_where_a_busy_browser_hears_of_all_at_once(page, photos):
    page.evaluate(_AT_ONCE)
    two_open(page, photos)
    page.wait_for_selector("#looks .choice")
    expect(page.locator("#percent")).to_contain_text("360 x 240 pixels")
    switch(page, 1, photos)


def test_each_photo_keeps_its_own_hints_and_settings(page, studio, photos, tmp_path):
    two_open(page, photos)
    pale = changed(page, AFTER, lambda: set_slider(page, "#saturation", 0.4))
    tab(page, "Hints")
    page.wait_for_function(f"document.querySelector('{PICTURE}')?.naturalWidth > 0")
    page.focus(MARKS)
    painted = changed(page, PICTURE, lambda: page.keyboard.press("Enter"))
    assert not np.array_equal(painted, pale)
    changed(page, PICTURE, lambda: page.click(".tray-open >> nth=1"))  # and stays in the tab
    assert page.locator(MARKS).is_visible()
    page.wait_for_selector("#hints [data-part=undo][disabled]")
    tab(page, "Colorize")
    assert slider(page, "#saturation") == 1.0
    changed(page, AFTER, lambda: set_slider(page, "#saturation", 1.6))
    switch(page, 0, photos)
    assert slider(page, "#saturation") == 0.4
    assert np.array_equal(picture(page, AFTER), painted)
    tab(page, "Hints")
    page.wait_for_selector("#hints [data-part=undo]:not([disabled])")
    tab(page, "Colorize")
    switch(page, 1, photos)
    assert slider(page, "#saturation") == 1.6
    saved = download(page, "#make", tmp_path)
    made = file_of_engine(studio, photos[1], tmp_path / "e.png", saturation=1.6)
    assert same(saved, made)


def test_all_are_downloaded_as_one_archive(page, studio, photos, tmp_path):
    two_open(page, photos)
    changed(page, AFTER, lambda: set_slider(page, "#saturation", 0.4))
    saved = download(page, "#tray-all", tmp_path)
    with zipfile.ZipFile(saved) as archive:
        assert archive.namelist() == ["cat-colorized.png", "dog-colorized.png"]
        for photo, saturation in zip(photos, (0.4, 1.0), strict=False):
            made = file_of_engine(
                studio, photo, tmp_path / photo.name.upper(), saturation=saturation
            )
            assert same(archive.open(f"{photo.stem}-colorized.png"), made)


def test_a_tray_is_saved_and_opened_again_in_another_window(visit, photos, tmp_path):
    page = visit()
    two_open(page, photos)
    pale = changed(page, AFTER, lambda: set_slider(page, "#saturation", 0.4))
    switch(page, 1, photos)
    saved = download(page, "#tray-keep", tmp_path)
    assert saved.name == "tray.colorize"
    other = visit(viewport={"width": 1280, "height": 900})
    other.set_input_files("#start input[type=file]", saved)
    wait_for_photo(other, "dog.png")  # which was open
    expect(other.locator(PHOTOS)).to_have_count(2)
    switch(other, 0, photos)
    assert slider(other, "#saturation") == 0.4
    assert np.array_equal(picture(other, AFTER), pale)


def test_a_tray_survives_a_reload(visit, start, photos):
    page = visit(start(keep_minutes=5.0).url)
    two_open(page, photos)
    page.reload()
    wait_for_photo(page, "cat.png")
    expect(page.locator(PHOTOS)).to_have_count(2)
    switch(page, 1, photos)


def test_a_photo_is_taken_out_and_its_files_are_gone(page, studio, photos):
    before = set(studio.desk.photos)
    two_open(page, photos)
    first, second = (photo for photo in studio.desk.photos if photo not in before)
    page.click(".tray-out >> nth=0")
    wait_for_photo(page, "dog.png")
    page.wait_for_selector("#tray-row", state="hidden")  # the other is alone
    assert not first.folder.exists()
    assert second.folder.exists()


def test_another_photo_is_put_beside_the_one_that_is_open(page, photos):
    open_photo(page, photos[0])
    with page.expect_file_chooser() as choosing:
        page.click("#beside")
    choosing.value.set_files(photos[1])
    wait_for_photo(page, "dog.png")
    expect(page.locator(PHOTOS)).to_have_count(2)


def test_photos_dropped_on_the_folder_stay_there(page, photos):
    tab(page, "Folder")
    page.wait_for_selector("#folder-files")
    drop(page, photos[:2])
    page.locator("#folder-files").get_by_text("dog").first.wait_for()
    assert not page.locator(PHOTOS).count()


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"no archive at all",
        lambda tray: tray[: len(tray) // 2],
        lambda tray: packed(tray, contents={"format": "other", "photos": []}),
        lambda tray: packed(tray, contents=[1, 2]),
        lambda tray: packed(tray, entry={"file": "../../etc/passwd"}),
        lambda tray: packed(tray, entry={"choices": {"model": "lite"}}),
        lambda tray: packed(tray, method=zipfile.ZIP_DEFLATED),
    ],
)
def test_what_is_no_tray_is_refused_by_name(page, photos, tmp_path, change):
    tray = tmp_path / "tray.colorize"
    tray.write_bytes(change(small_tray(photos[0])))
    page.set_input_files(INPUT, tray)
    said = message(page)
    assert "its choices are not" in said or said == (
        "tray.colorize: this is no tray of the studio's, or it is damaged"
    )
    assert page.locator("#drop").is_visible()


def small_tray(photo: Path) -> bytes:
    """The file of a tray of one photo, written as the studio writes it."""
    choices = {"model": "lite", "temperature": None, "saturation": 1.0, "as_is": False}
    choices |= {"percent": 100.0, "strokes": [], "picked": None}
    entry = {"file": "photos/cat.png", "open": True, "choices": choices}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(photo, entry["file"])
        contents = {"format": "colorize tray 1", "photos": [entry]}
        archive.writestr("tray.json", json.dumps(contents))
    return file.getvalue()


def packed(tray: bytes, contents=None, entry=None, method: int = zipfile.ZIP_STORED) -> bytes:
    """The same tray with something changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(tray)) as before, zipfile.ZipFile(file, "w", method) as after:
        kept = json.loads(before.read("tray.json"))
        kept["photos"][0] |= entry or {}
        after.writestr("photos/cat.png", before.read("photos/cat.png"))
        after.writestr("tray.json", json.dumps(kept if contents is None else contents))
    return file.getvalue()


# A busy browser takes its time to show the link that saves.
_LATE = """() => new MutationObserver((_, observer) => {
    const link = document.querySelector("#tray-link");
    if (!link) return;
    observer.disconnect();
    link.id = "";
    setTimeout(() => (link.id = "tray-link"), 1500);
}).observe(document, { subtree: true, childList: true })"""


def test_a_busy_browser_saves_too(page, photos, tmp_path):
    two_open(page, photos)
    page.evaluate(_LATE)
    page.set_default_timeout(15_000)
    assert download(page, "#tray-keep", tmp_path).stat().st_size > 1000
