"""All visitors' files together stay within a budget, whatever is said of their length."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from served import API, Caller, photo
from visitor import message, open_photo

from gradio_demo.budget import Budget
from gradio_demo.refusals import Refusal

MOST = 600_000
WORDS = "There is no room for it now: the photos of all visitors take"


@pytest.fixture
def full(start):
    """A studio with room for half a megabyte, half of which is taken."""
    studio = start(most_total=MOST)
    caller = Caller(studio.url)
    caller.upload("first.bin", bytes(300_000))
    return studio


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_what_is_too_much_together_is_refused_in_words_and_leaves_nothing(full):
    with httpx.Client(base_url=full.url) as client:
        sent = {"files": ("second.bin", bytes(400_000))}
        answer = client.post(f"{API}/upload", files=sent)
        assert answer.status_code == 507
        assert answer.text.startswith(WORDS)
        assert "--most-total-megabytes" in answer.text
        assert size(full.desk.visits.folder) == 300_000
        client.post(f"{API}/upload", files={"files": ("s.png", photo())}).raise_for_status()


def test_a_length_that_is_not_said_is_counted_as_it_comes(full):
    edge = b"--edge\r\nContent-Disposition: form-data; name=files; filename=a.bin\r\n\r\n"

    def parts():
        yield edge
        for _ in range(100):
            yield bytes(20_000)
        yield b"\r\n--edge--\r\n"

    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    answer = httpx.post(f"{full.url}{API[1:]}/upload", content=parts(), headers=kind)
    assert answer.status_code == 507
    assert answer.text.startswith(WORDS)
    assert size(full.desk.visits.folder) == 300_000


def test_the_page_says_so_and_takes_it_once_there_is_room(visit, full, grey_photo):
    page = visit(full.url)
    large = grey_photo.with_name("large.jpg")
    large.write_bytes(grey_photo.read_bytes() + bytes(400_000))
    page.set_input_files("#start input[type=file]", large)
    assert message(page).startswith(WORDS)
    for folder in list(full.desk.visits.folder.iterdir()):
        full.desk.visits.drop(folder)
    open_photo(page, large)


def test_a_file_of_two_names_counts_once_and_what_comes_by_what_is_reserved(tmp_path):
    budget = Budget(tmp_path, 100)
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "a").write_bytes(bytes(40))
    (folder / "b").hardlink_to(folder / "a")
    coming = tmp_path / "two"
    coming.mkdir()
    with budget.coming(coming):
        budget.reserve(coming, 50)
        (coming / "part").write_bytes(bytes(30))
        with pytest.raises(Refusal, match="no room"):
            budget.reserve(coming, 11)
        budget.reserve(coming, 10)
    with budget.coming(folder):
        budget.reserve(folder, 70)
