"""Ctrl-C, SIGTERM and SIGKILL, sent to real commands in the middle of their work."""

import io
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image

from colorize_core.cli import signals
from colorize_core.leftovers import MARK

GREY = Image.fromarray(skimage.data.camera())
MANY = 600  # photos that no machine finishes while a test looks away
WAIT = 90.0  # seconds, which only a test that fails waits
COLORIZE = [sys.executable, "-m", "colorize_core.cli.app"]


@pytest.fixture
def photos(tmp_path) -> Path:
    """A folder of many photographs, all the same."""
    (tmp_path / "in").mkdir()
    encoded = io.BytesIO()
    Image.fromarray(skimage.data.coffee()).resize((640, 480)).save(encoded, "PNG")
    (tmp_path / "in" / "000.png").write_bytes(encoded.getvalue())
    for number in range(1, MANY):
        (tmp_path / "in" / f"{number:03}.png").hardlink_to(tmp_path / "in" / "000.png")
    return tmp_path / "in"


@pytest.fixture
def start(tmp_path):
    """Start commands, each in a group of its own as in a terminal, and kill them in the end."""
    started = []

    def start(*words, stderr=subprocess.PIPE):
        process = subprocess.Popen(
            [*COLORIZE, *map(str, words)],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            text=True,
            start_new_session=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(condition, what):
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline, f"still waiting until {what}"
        time.sleep(0.002)


def children(pid: int) -> list[int]:
    """The processes of a pool that a process has started, the youngest ones included."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
                if int(parent) == pid and b"spawn_main" in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
            except (OSError, IndexError):  # it has ended
                continue
    return found


def test_who_asks_again_does_not_wait(monkeypatch):
    monkeypatch.setattr(signals, "_IMPATIENT_SECONDS", 0.0)
    with signals.signals_as_requests() as asked:
        assert not asked()
        os.kill(os.getpid(), signal.SIGINT)
        assert asked()
        with pytest.raises(signals.Stopped) as stopped:
            os.kill(os.getpid(), signal.SIGTERM)
    assert stopped.value.code == 143


def test_both_signals_of_one_ctrl_c_are_one(monkeypatch):
    monkeypatch.setattr(signals, "_IMPATIENT_SECONDS", 60.0)
    with signals.signals_as_requests() as asked:
        assert not asked()
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        assert asked()
        assert asked.number == signal.SIGINT


def test_what_has_not_begun_is_ended_at_once():
    with signals.signals_as_requests(), pytest.raises(signals.Stopped):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_photos_end_on_sigterm_with_whole_files_and_one_line(
    photos, start, tmp_path, lite_weights, jobs
):
    process = start("photo", "in", "-o", "out", "--model", lite_weights, "--jobs", jobs)
    until(lambda: list((tmp_path / "out").glob("*.png")), "a photo is written")
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=WAIT)
    assert (process.returncode, said) == (143, "Stopped.\n")
    names = [path.name for path in (tmp_path / "out").iterdir()]
    assert len(names) < MANY
    assert not [name for name in names if name.startswith(".")]
    assert not children(process.pid)


def test_preparing_ends_on_sigterm_with_one_line(photos, start, tmp_path):
    words = ("--to", "out", "--jobs", "1", "--per-shard", "2", "--near-duplicates")
    process = start("prepare", "in", *words)
    until(lambda: list((tmp_path / "out").glob("*.tar")), "a shard is written")
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=WAIT)
    assert (process.returncode, said) == (143, "Stopped.\n")
    assert not list((tmp_path / "out").rglob("*.tmp"))


@pytest.mark.parametrize("status", [130, 143])
@pytest.mark.parametrize("command", ["photo", "prepare"])
def test_a_signal_before_the_processes_have_begun_spills_no_traceback(
    photos, start, tmp_path, lite_weights, command, status
):
    words = ["prepare", "in", "--to", "out", "--jobs", "2"]
    if command == "photo":
        words = ["photo", "in", "-o", "out", "--model", lite_weights, "--jobs", "2"]
    process = start(*words)
    until(lambda: children(process.pid), "a process is started")
    if status == 130:
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    else:
        process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=WAIT)
    assert (process.returncode, said.strip()) == (status, "Stopped.")


def test_processes_end_with_the_one_that_started_them(photos, start, tmp_path, lite_weights):
    process = start("photo", "in", "-o", "out", "--model", lite_weights, "--jobs", "2")
    until(lambda: list((tmp_path / "out").glob("*.png")), "a photo is written")
    helpers = children(process.pid)
    assert len(helpers) == 2
    process.kill()
    process.wait()
    alive = [Path(f"/proc/{pid}/cmdline") for pid in helpers]
    until(lambda: not any(p.exists() and p.read_bytes() for p in alive), "they have ended")


def test_the_terminal_gets_its_cursor_back(photos, start, tmp_path, lite_weights):
    ours, theirs = pty.openpty()
    process = start("photo", "in", "-o", "out", "--model", lite_weights, stderr=theirs)
    shown = b""
    while b"\x1b[?25l" not in shown:
        shown += os.read(ours, 1 << 16)
    process.send_signal(signal.SIGTERM)
    ended = False
    while not ended or select.select([ours], [], [], 0)[0]:
        ended = process.poll() is not None
        if select.select([ours], [], [], 0.1)[0]:
            shown += os.read(ours, 1 << 16)
    os.close(theirs)
    os.close(ours)
    assert process.returncode == 143
    assert shown.endswith(b"Stopped.\r\n"), shown
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")


def test_what_a_kill_left_of_a_tiff_goes_with_the_next_photo(start, tmp_path, lite_weights):
    pages = np.stack([skimage.data.camera()] * 60)
    tifffile.imwrite(tmp_path / "album.tif", pages, photometric="minisblack")
    process = start("photo", "album.tif", "-o", "out/album.tif", "--model", lite_weights)
    until(
        lambda: [p for p in (tmp_path / "out").glob(f".*{MARK}") if p.stat().st_size],
        "a page is written",
    )
    process.kill()
    process.wait()
    left = list((tmp_path / "out").iterdir())
    assert len(left) == 1
    GREY.resize((64, 48)).save(tmp_path / "photo.png")
    following = start("photo", "photo.png", "-o", "out/photo.png", "--model", lite_weights)
    assert following.wait(WAIT) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["photo.png"]
