"""What a visitor brought goes with the visitor: nothing is left in the whole temporary folder."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest
from served import API, Caller, Served, named, photo, served
from visitor import open_photo, tab

LARGE = 1500  # pixels a side: some seconds of work on a busy machine


def wait_until(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.1)
    return true()


def is_empty(studio: Served) -> bool:
    """Whether nothing is left of anybody."""
    return wait_until(lambda: studio.files() == [])


@contextmanager
def half_sent(studio: Served, header: str = ""):
    """An upload of which half has arrived; at the end the connection breaks."""
    content = photo(400)
    head = (
        f"POST {API}/upload HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}Content-Length: {len(content)}"
        "\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: "
        'form-data; name="files"; filename="half.png"\r\n\r\n'
    )
    with socket.create_connection(("127.0.0.1", int(studio.url.rpartition(":")[2]))) as connection:
        before = set(studio.files())
        connection.sendall(head.encode() + content[: len(content) // 2])
        assert wait_until(lambda: set(studio.files()) - before)  # others may go meanwhile
        yield


def use_everything(caller: Caller) -> list[dict]:
    """Do what leaves files: on the page, and by the endpoints; the files that were made."""
    sent = caller.upload("mine.png")
    caller.call(caller.on_page("drop", "upload"), sent)
    (made,) = caller.call(caller.on_page("make", "click"))
    (colorized,) = caller.call(caller.door("colorize"), sent)
    _, archive = caller.call(caller.door("folder"), [sent, caller.upload("other.png")])
    caller.call(caller.door("uncertainty"), sent)
    caller.call(caller.door("alternatives"), sent)
    example = caller.on_page("examples", "chosen")
    assert caller.answers([(example, caller.standing(example), {"index": 1})])[0][0]
    return [made, colorized, archive]


class TestClosing:
    def test_nothing_is_left_of_a_page_that_was_closed(self, alone):
        alone.drop_all()
        caller = Caller(alone.url)
        with caller.visiting():
            made = use_everything(caller)
            assert caller.get(made[1]).status_code == 200
            assert len(alone.files()) > 5
        assert is_empty(alone), alone.files()
        assert [caller.get(file).status_code for file in made] == [403] * 3

    def test_nothing_is_left_of_work_that_the_closing_met(self, alone):
        alone.drop_all()
        caller = Caller(alone.url)
        sent = caller.upload("large.png", photo(LARGE))
        with caller.visiting():
            door = caller.door("colorize")
            body = {
                "data": [sent, *caller.standing(door)[1:]],
                "fn_index": door["id"],
                "session_hash": caller.session,
            }
            for _ in range(3):
                assert caller.client.post(f"{API}/queue/join", json=body).status_code == 200
        busy = caller.client.get("/health").json()["waiting"]
        assert wait_until(lambda: caller.client.get("/health").json()["waiting"] == 0)
        other = Caller(alone.url)
        with other.visiting():  # whose turn comes after all of them
            other.call(other.door("palette"), other.upload())
        assert is_empty(alone), (busy, alone.files())

    def test_nothing_is_left_of_an_upload_that_broke_off(self, alone):
        alone.drop_all()
        with half_sent(alone):
            pass
        assert is_empty(alone), alone.files()

    def test_an_upload_that_outlives_its_visit_goes_too(self, alone):
        alone.drop_all()
        caller = Caller(alone.url)
        header = f"X-Colorize-Visit: {caller.session}\r\n"
        with caller.visiting():
            half = half_sent(alone, header)
            half.__enter__()
        assert is_empty(alone), alone.files()
        half.__exit__(None, None, None)

    def test_a_connection_that_comes_back_at_once_goes_on(self, alone):
        caller = Caller(alone.url)
        with caller.visiting():
            sent = caller.upload()
            caller.call(caller.door("palette"), sent)
        with caller.visiting():
            time.sleep(4)
            assert caller.call(caller.door("palette"), sent)

    @pytest.mark.parametrize("rest", [0, 60, 400], ids=lambda rest: f"after {rest} ms")
    def test_nothing_is_left_of_a_browsers_page(self, visit, alone, grey_photo, rest):
        alone.drop_all()
        page = visit(alone.url)
        page.set_input_files("#start input[type=file]", grey_photo)
        page.wait_for_timeout(rest)
        page.close()
        assert is_empty(alone), alone.files()

    def test_nothing_is_left_of_photos_that_were_only_chosen(self, visit, alone, grey_photo):
        alone.drop_all()
        page = visit(alone.url)
        open_photo(page, grey_photo)
        tab(page, "Folder")
        page.set_input_files("#folder-files input[type=file]", grey_photo)
        page.locator("#folder-files").get_by_text(grey_photo.stem[:6]).first.wait_for()
        assert len(alone.files()) >= 3
        page.close()
        assert is_empty(alone), alone.files()


class TestEnding:
    def test_idle_visits_leave_nothing_and_sigterm_empties_all(self, tmp_path):
        with served(tmp_path, "--idle-minutes", "0.05") as studio:
            caller = Caller(studio.url)
            use_everything(caller)
            with half_sent(studio):
                assert is_empty(studio), studio.files()
            sent = caller.upload("large.png", photo(LARGE))
            working = threading.Thread(target=self.try_to_colorize, args=(caller, sent))
            working.start()
            with half_sent(studio):
                time.sleep(0.5)
                assert studio.end(signal.SIGTERM) == 128 + signal.SIGTERM
            working.join(60)
            assert list(studio.temporary.iterdir()) == []
            assert "Traceback" not in (tmp_path / "log").read_text()

    def test_the_next_studio_empties_what_a_killed_one_left_and_no_other(self, alone, tmp_path):
        with served(tmp_path) as killed:
            caller = Caller(killed.url)
            caller.call(caller.on_page("drop", "upload"), caller.upload("mine.png"))
            with half_sent(killed):
                killed.end(signal.SIGKILL)
        (left,) = killed.temporary.iterdir()
        assert len(killed.files()) >= 3
        with served(tmp_path) as first:
            assert not left.exists()
            owner = Caller(first.url)
            theirs = Path(owner.upload("theirs.png")["path"])
            with served(tmp_path) as second:
                Caller(second.url).upload()
                assert theirs.exists()
                assert second.end(signal.SIGINT) == 0
            assert theirs.exists()
            owner.call(owner.door("palette"), named(str(theirs)))
            if hasattr(signal, "SIGHUP"):  # the terminal was closed
                assert first.end(signal.SIGHUP) == 128 + signal.SIGHUP
        assert list(first.temporary.iterdir()) == []

    @staticmethod
    def try_to_colorize(caller: Caller, sent: dict) -> None:
        try:
            caller.call(caller.door("colorize"), sent)
        except Exception:  # the studio ends meanwhile
            return
