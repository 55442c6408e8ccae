"""A queue that is full: programs and visitors are told so, and go on once there is room."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.utils import QueueError
from visitor import changed, message, open_photo, picture, set_slider, tab

from gradio_demo.app import Studio

AFTER = "#compare .compare-after"
FULL = "The queue is full"
MOST = 2


@pytest.fixture(scope="module")
def small(start: Callable[..., Studio]) -> Studio:
    """A studio whose queue has two places."""
    return start(most_waiting=MOST)


@contextmanager
def full(studio: Studio, photo: Path) -> Iterator[None]:
    """The engine is at work on something long, and all places of the queue are taken."""
    program = Client(studio.url, verbose=False)
    queue = studio.blocks._queue
    with studio.engines.lock:
        jobs = [program.submit(handle_file(photo), api_name="/colorize")]
        wait_until(lambda: any(queue.active_jobs) and not len(queue))
        jobs += [program.submit(handle_file(photo), api_name="/colorize") for _ in range(MOST)]
        wait_until(lambda: len(queue) == MOST)
        yield
        assert len(queue) == MOST
    assert all(Path(job.result(timeout=60)).exists() for job in jobs)


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_photo_is_refused_in_words_and_can_be_opened_later(visit, small, grey_photo):
    page = visit(small.url)
    with full(small, grey_photo):
        page.set_input_files("#start input[type=file]", grey_photo)
        assert FULL in message(page)
        page.wait_for_selector("#drop input[type=file]", state="attached")
        assert not page.locator(".toast-body").count()
        assert page.locator("#examples .choice").first.is_visible()
    open_photo(page, grey_photo)


def test_an_open_photo_stays_and_its_sliders_move_again(visit, small, grey_photo):
    page = visit(small.url)
    open_photo(page, grey_photo)
    before = picture(page, AFTER)
    with full(small, grey_photo):
        set_slider(page, "#saturation", 0.2)
        assert FULL in message(page)
        page.wait_for_function(
            "document.querySelector('#saturation input[type=range]').value === '1'"
        )
        assert np.array_equal(picture(page, AFTER), before)
        page.click("#make")
        assert FULL in message(page)
    pale = changed(page, AFTER, lambda: set_slider(page, "#saturation", 0.0))
    assert np.ptp(pale.astype(int), axis=2).max() <= 3


def test_who_waits_sees_how_many_are_before(visit, small, grey_photo):
    page = visit(small.url)
    open_photo(page, grey_photo)
    program = Client(small.url, verbose=False)
    with small.engines.lock:
        jobs = [program.submit(handle_file(grey_photo), api_name="/colorize") for _ in range(2)]
        wait_until(lambda: len(small.blocks._queue) == 1)
        set_slider(page, "#saturation", 0.2)
        page.get_by_text("Waiting: 1 before you").wait_for()
        assert page.locator("#waiting").get_attribute("role") == "status"
    page.wait_for_function("document.querySelector('#waiting').textContent === ''")
    assert all(job.result(timeout=60) for job in jobs)


def test_a_folder_is_refused_and_can_be_started_later(visit, small, grey_photo):
    page = visit(small.url)
    tab(page, "Folder")
    page.set_input_files("#folder-files input[type=file]", grey_photo)
    page.locator("#folder-files").get_by_text(grey_photo.stem[:6]).first.wait_for()
    with full(small, grey_photo):
        page.click("#folder-go")
        assert FULL in message(page)
        assert page.locator("#folder-go").is_visible()
        assert not page.locator("#folder-stop").is_visible()
    page.click("#folder-go")
    page.wait_for_selector("#folder-archive")


def test_programs_get_the_refusal_as_an_error(small, grey_photo):
    program = Client(small.url, verbose=False)
    with full(small, grey_photo), pytest.raises(QueueError, match="Queue is full"):
        program.predict(handle_file(grey_photo), x=1, y=1, api_name="/palette")
