"""Temporary files that killed processes left, and those that are in use."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from colorize_core import leftovers
from colorize_core.atomic import replacing, write_bytes

WRITE = """
import sys, time
from pathlib import Path
from colorize_core.atomic import replacing
with replacing(Path(sys.argv[1]), in_folder={in_folder}) as temporary:
    temporary.write_bytes(bytes(1000))
    print("writing", flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _first_writes(monkeypatch):
    monkeypatch.setattr(leftovers, "_swept", set())


@pytest.fixture
def start():
    """Start processes that are in the middle of writing a file, and kill them in the end."""
    started = []

    def start(path, in_folder=False):
        line = [sys.executable, "-c", WRITE.format(in_folder=in_folder), str(path)]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "writing\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("in_folder", [False, True])
def test_what_a_killed_process_left_goes_with_the_next_that_writes_there(
    start, tmp_path, in_folder
):
    killed = start(tmp_path / "album.tif", in_folder)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert len(names(tmp_path)) == 1
    write_bytes(tmp_path / "other.png", b"whole")
    assert names(tmp_path) == ["other.png"]


@pytest.mark.parametrize("in_folder", [False, True])
def test_what_is_being_written_stays(start, tmp_path, in_folder):
    writing = start(tmp_path / "album.tif", in_folder)
    before = names(tmp_path)
    assert len(before) == 1
    write_bytes(tmp_path / "other.png", b"whole")
    assert names(tmp_path) == [*before, "other.png"]
    writing.terminate()


def test_files_of_others_stay(tmp_path):
    theirs = [".album.tif.4711.tmp", "album.colorize.tmp", ".tmpAbCdEf", ".notes.2024.tmp"]
    for name in theirs:
        (tmp_path / name).touch()
    write_bytes(tmp_path / "other.png", b"whole")
    assert names(tmp_path) == sorted([*theirs, "other.png"])


def test_what_another_machine_left_stays_for_a_day(tmp_path):
    left = tmp_path / f".album.tif.00000000-12-0{leftovers.MARK}"
    left.touch()
    leftovers.sweep(tmp_path)
    assert left.exists()
    two_days_ago = time.time() - 2 * 86_400
    os.utime(left, (two_days_ago, two_days_ago))
    leftovers.sweep(tmp_path)
    assert not left.exists()


def test_what_a_link_leads_to_stays(tmp_path):
    (tmp_path / "precious").write_text("precious")
    machine = leftovers._machine()
    (tmp_path / f".a.{machine}-1-0{leftovers.MARK}").symlink_to(tmp_path / "precious")
    leftovers.sweep(tmp_path)
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_name_as_long_as_can_be_is_written(tmp_path):
    name = "ä" * 125 + ".jpg"
    write_bytes(tmp_path / name, b"whole")
    assert names(tmp_path) == [name]


def test_two_writers_of_one_file_do_not_mix(tmp_path):
    with replacing(tmp_path / "a") as first, replacing(tmp_path / "a") as second:
        first.write_bytes(b"first")
        second.write_bytes(b"second")
    assert (tmp_path / "a").read_bytes() == b"first"


def test_names_differ_though_machine_and_process_have_the_same():
    """As in two containers that share a disk."""
    code = (
        "import os; os.getpid = lambda: 7\n"
        "from colorize_core import leftovers; leftovers.this_machine = lambda: 'box'\n"
        "print(leftovers._name('a.jpg'))"
    )
    line = [sys.executable, "-c", code]
    assert len({subprocess.check_output(line, timeout=60) for _ in range(2)}) == 2
