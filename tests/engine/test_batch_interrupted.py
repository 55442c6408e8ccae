"""Batches that are stopped or killed: whole photos stay, nothing else does."""

import signal
import subprocess
import sys
import time

import pytest
import skimage.data
from pictures import is_color
from PIL import Image

from colorize_core.engine.batch import plan

GREY = Image.fromarray(skimage.data.camera())
WAIT = 60.0  # seconds, which only a test that fails waits
MANY = 600  # photos that no machine finishes while a test looks away


def _running(folder, *more):
    """``colorize photo`` over a folder, begun and past its first photo."""
    process = subprocess.Popen(
        [sys.executable, "-m", "colorize_core.cli.app", "photo", "in", "-o", "out", *more],
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + WAIT
    while not list((folder / "out").glob("*.png")):
        assert time.monotonic() < deadline, "no photo was written"
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    return process


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_it_soon_and_leaves_whole_photos(tasks, lite_weights, tmp_path, jobs):
    tasks(MANY, (640, 480))
    process = _running(tmp_path, "--model", lite_weights, "--jobs", jobs)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=WAIT)
    assert process.returncode == 130
    assert said.strip() == "Stopped."
    written = list((tmp_path / "out").iterdir())
    assert len(written) < MANY
    assert not [path for path in written if path.name.startswith(".")]
    assert all(is_color(path) for path in written)


def test_a_killed_process_leaves_whole_photos_only(tasks, lite_weights, tmp_path):
    tasks(MANY, (640, 480))
    process = _running(tmp_path, "--model", lite_weights)
    process.kill()
    process.communicate(timeout=WAIT)
    photos = list((tmp_path / "out").glob("[!.]*"))
    assert photos
    assert all(is_color(path) for path in photos)


def test_what_a_killed_process_left_is_no_photo_to_the_next(tmp_path):
    (tmp_path / "out").mkdir()
    GREY.save(tmp_path / "out" / "a.png")
    (tmp_path / "out" / ".b.png.123.tmp").write_bytes(b"\x89PNG half")
    tasks, failed = plan([tmp_path / "out"], None)
    assert [task.source.name for task in tasks] == ["a.png"]
    assert failed == []
