"""What the studio owes its visitors: limits, privacy, clear messages."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from served import API, Caller
from visitor import message, open_photo, tab


def noise(path: Path, width: int, height: int) -> Path:
    pixels = np.random.default_rng(0).integers(0, 255, (height, width), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


class TestRefusals:
    def test_too_large_a_file_is_refused_and_the_page_stays_usable(
        self, page, grey_photo, tmp_path
    ):
        large = noise(tmp_path / "large.bmp", 2200, 2000)
        assert large.stat().st_size > 4 * 2**20
        page.set_input_files("#start input[type=file]", large)
        words = message(page)
        assert words.startswith("large.bmp: 4.2 MB are more than the 4 MB of this studio")
        assert "--most-megabytes" in words
        open_photo(page, grey_photo)

    def test_too_many_pixels_are_refused(self, page, tmp_path):
        many = tmp_path / "many.png"
        Image.new("L", (3000, 1000)).save(many)
        page.set_input_files("#start input[type=file]", many)
        words = message(page)
        assert "many.png: 3000 x 1000 pixels are more than the 2 megapixels" in words
        assert "--most-megapixels" in words

    def test_a_program_is_told_the_option_too(self, studio):
        content = b"x" * (4 * 2**20 + 1)
        sent = {"files": ("large.bin", content)}
        answer = Caller(studio.url).client.post(f"{API}/upload", files=sent)
        assert answer.status_code == 413
        assert "larger than the 4 MB of this studio (--most-megabytes" in answer.text


class TestPrivacy:
    def test_visitors_see_their_own_photos_alone(self, visit, studio, grey_photo, tmp_path):
        other = tmp_path / "other.png"
        Image.open(grey_photo).rotate(180).save(other)
        first, second = visit(), visit()
        open_photo(first, grey_photo)
        open_photo(second, other)
        tab(first, "Hints")
        first.wait_for_function("document.querySelector('#hints .canvas-picture')?.naturalWidth")
        assert first.locator("#photo-name strong").inner_text() == grey_photo.name
        names = sorted(photo.path.name for photo in studio.desk.photos)
        assert {grey_photo.name, "other.png"} <= set(names)
        folders = [photo.folder for photo in studio.desk.photos]
        assert len(set(folders)) == len(folders)

    def test_leaving_puts_the_photo_away(self, visit, studio, grey_photo):
        page = visit()
        open_photo(page, grey_photo)
        mine = [photo.folder for photo in studio.desk.photos if photo.path.name == grey_photo.name]
        page.close()
        deadline = time.monotonic() + 30
        while any(folder.exists() for folder in mine) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not any(folder.exists() for folder in mine)

    def test_gradio_keeps_nothing_of_a_visit_that_has_ended(self, visit, start, grey_photo):
        studio = start()
        page = visit(studio.url)
        open_photo(page, grey_photo)
        holder, queue = studio.blocks.state_holder, studio.blocks._queue
        kept = (holder.session_data, holder.time_last_used, queue.pending_messages_per_session)
        assert holder.session_data
        page.close()
        deadline = time.monotonic() + 30
        while any(kept) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not any(kept)

    def test_gradio_keeps_nothing_of_work_that_the_end_of_a_visit_met(self, start):
        studio = start()
        caller = Caller(studio.url)
        door = caller.door("palette")
        call = {"data": [caller.upload(), *caller.standing(door)[1:]], "fn_index": door["id"]}
        call["session_hash"] = caller.session
        with studio.engines.lock:
            with caller.visiting():
                for _ in range(2):
                    caller.client.post(f"{API}/queue/join", json=call).raise_for_status()
            deadline = time.monotonic() + 60
            while caller.session not in studio.desk.visits._ended and time.monotonic() < deadline:
                time.sleep(0.1)
        holder, queue = studio.blocks.state_holder, studio.blocks._queue
        while queue.event_ids_to_events and time.monotonic() < deadline:
            time.sleep(0.1)
        studio.desk.put_away_old()
        assert caller.session not in holder.session_data
        assert caller.session not in queue.pending_messages_per_session
        assert not studio._leaving
        assert not any(studio.blocks.temp_file_sets)

    def test_a_password_keeps_others_out(self, visit, start):
        guarded = start(auth=("ann", "secret"))
        page = visit(guarded.url, "input[type=password]", viewport={"width": 900, "height": 700})
        page.fill("input[type=password]", "wrong")
        page.locator("input:not([type=password])").first.fill("ann")
        page.locator("button", has_text="Login").click()
        page.get_by_text("ncorrect").first.wait_for()
        assert not page.locator("#drop").count()
        page.locator("input:not([type=password])").first.fill("ann")
        page.fill("input[type=password]", "secret")
        page.locator("button", has_text="Login").click()
        page.wait_for_selector("#drop")
        with urllib.request.urlopen(f"{guarded.url}health") as answer:
            assert json.load(answer)["status"] == "ok"


class TestPutAway:
    def test_an_idle_photo_is_deleted_and_the_page_says_so(self, visit, start, grey_photo):
        short = start(idle_minutes=0.05)
        page = visit(short.url)
        own = grey_photo.with_name("idle.jpg")
        Image.open(grey_photo).rotate(90).save(own)
        open_photo(page, own)
        deadline = time.monotonic() + 30
        while len(short.desk) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(short.desk) == 0
        assert list(short.desk.visits.folder.iterdir()) == []
        page.click("#make")
        assert "put away after 0.05 idle minutes" in message(page)
        page.wait_for_selector("#drop")


class TestAppearance:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_a_phone_shows_it_without_scrolling_sideways(self, visit, grey_photo, scheme):
        page = visit(viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True)
        open_photo(page, grey_photo)
        wide = "document.documentElement.scrollWidth"
        assert page.evaluate(wide) <= 390
        for name in ("Hints", "Only a part", "Alternatives", "Look inside", "Folder"):
            tab(page, name)
            page.wait_for_timeout(500)
            assert page.evaluate(wide) <= 390, name

    def test_settings_are_the_pages_own(self, page):
        page.click("footer .settings")
        page.get_by_text("Display Theme").wait_for()
        assert page.get_by_role("button", name="Dark").is_visible()
        for words in ("Language", "Screen Studio", "Progressive Web App", "Start Recording"):
            assert not page.get_by_text(words, exact=False).first.is_visible(), words

    def test_all_controls_have_names_for_screen_readers(self, page, grey_photo):
        open_photo(page, grey_photo)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("button, input, canvas, select")]
                .filter(one => one.offsetParent && one.type !== "file")
                .filter(one => !(one.innerText || one.ariaLabel || one.labels?.length
                    || one.title || one.placeholder))
                .map(one => one.outerHTML.slice(0, 120))"""
        )
        assert nameless == []


@pytest.mark.parametrize("locale", ["en", "de"])
def test_the_first_page_is_small(browser, studio, locale):
    context = browser.new_context(locale=locale)
    page, sizes = context.new_page(), []
    network = context.new_cdp_session(page)
    network.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    network.send("Network.enable")
    page.goto(studio.url)
    page.wait_for_selector("#examples .choice")
    page.wait_for_timeout(2000)
    context.close()
    assert 200_000 < sum(sizes) < 400_000


@pytest.mark.parametrize("encoding", ["br", "gzip", ""])
def test_the_page_comes_as_its_reader_can_read_it(studio, encoding):
    answer = httpx.get(studio.url, headers={"Accept-Encoding": encoding})
    assert answer.headers.get("Content-Encoding", "") == encoding
    assert "</html>" in answer.text


def test_what_a_page_is_told_stays_for_it_after_everything_was_put_away(studio):
    caller = Caller(studio.url)
    sent = caller.upload()
    for door in (caller.door("palette"), caller.on_page("put-away", "click")):
        inputs = [sent, *caller.standing(door)[1:]] if door["inputs"] else []
        body = {"data": inputs, "fn_index": door["id"], "session_hash": caller.session}
        assert caller.client.post(f"{API}/queue/join", json=body).status_code == 200
    deadline = time.monotonic() + 60
    while studio.blocks._queue.event_ids_to_events and time.monotonic() < deadline:
        time.sleep(0.1)
    studio.desk.put_away_old()
    query = {"session_hash": caller.session}
    said = caller.client.get(f"{API}/queue/data", params=query).text
    assert said.count("process_completed") == 2, said


def test_a_page_that_takes_long_on_a_busy_machine_does_not_keep_it_from_starting(start, mocker):
    mocker.patch("httpx.head", side_effect=httpx.ReadTimeout("3 seconds, as Gradio waits"))
    with urllib.request.urlopen(f"{start().url}health") as answer:
        assert json.load(answer)["status"] == "ok"


def test_no_request_tells_parts_that_hold_others_of_its_progress(studio):
    # The page would copy all that they hold, pictures too, at every step of every request.
    config = studio.blocks.config
    waiting, holding = [config["layout"]], set()
    while waiting:
        part = waiting.pop()
        waiting += part.get("children", [])
        holding |= {part["id"]} if part.get("children") else set()
    told = {
        door["api_name"]: holding.intersection(door["show_progress_on"] or door["outputs"])
        for door in config["dependencies"]
    }
    assert not {name: parts for name, parts in told.items() if parts}
