"""Films that were stopped half-way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import clips
import numpy as np
import pytest

from colorize_core.engine import ColorizeOptions, Colorizer
from colorize_core.video import FilmOptions, VideoError, colorize_video
from colorize_core.video.segments import parts_for

LOSSLESS = FilmOptions(encoder="ffv1")
FRAMES = clips.pan(40) + clips.pan(32, at=200) + clips.pan(32)
PROGRAM = """
import pathlib, sys, time, torch
torch.set_num_threads(1)
from colorize_core.engine import Colorizer
from colorize_core.video import FilmOptions, colorize_video
film, out, weights = sys.argv[1:]

def report(done, total):
    if done == 30:
        pathlib.Path(out).with_name("half").touch()
        time.sleep(600)

colorize_video(film, out, None, FilmOptions(encoder="ffv1"), Colorizer(weights, "cpu"),
               report, stretch_seconds=0.0)
"""


@pytest.fixture(scope="module", autouse=True)
def _kernels_of_one_kind() -> Iterator[None]:
    """Have all processes round alike, whatever tests before have loaded into this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLORIZE_KERNELS", "torch")
        yield


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return clips.make(tmp_path_factory.mktemp("film") / "film.mkv", FRAMES)


@pytest.fixture(scope="module")
def whole(film, colorizer, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "out.mkv"
    colorize_video(film, path, film=LOSSLESS, colorizer=colorizer)
    return path


def planes(path):
    import av

    with av.open(str(path)) as film:
        return [
            np.concatenate([np.frombuffer(p, np.uint8) for p in f.planes])
            for f in film.decode(video=0)
        ]


def test_a_killed_run_leaves_no_output_and_the_next_goes_on(film, whole, lite_weights, tmp_path):
    out = tmp_path / "out.mkv"
    line = [sys.executable, "-c", PROGRAM, str(film), str(out), str(lite_weights)]
    process = subprocess.Popen(line, cwd=tmp_path)
    deadline = time.monotonic() + 120
    while not (tmp_path / "half").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (tmp_path / "half").unlink()
    assert not out.exists()
    made = colorize_video(film, out, film=LOSSLESS, colorizer=Colorizer(lite_weights, "cpu"))
    assert (made.resumed, made.frames) == (24, 104)
    for one, other in zip(planes(out), planes(whole), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mkv"]


def stopped_after(film, out, colorizer, count, options=None):
    def report(done, _):
        if done >= count:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        colorize_video(film, out, options, LOSSLESS, colorizer, report, stretch_seconds=0.0)


def test_what_was_done_with_other_options_does_not_count(film, colorizer, tmp_path):
    out = tmp_path / "out.mkv"
    stopped_after(film, out, colorizer, 30, ColorizeOptions(saturation=0.5))
    assert colorize_video(film, out, film=LOSSLESS, colorizer=colorizer).resumed == 0


def test_a_film_in_stretches_is_as_in_one(film, whole, colorizer, tmp_path):
    out = tmp_path / "out.mkv"
    stopped_after(film, out, colorizer, 60)
    assert not out.exists()
    made = colorize_video(film, out, film=LOSSLESS, colorizer=colorizer)
    assert made.resumed == 56
    for one, other in zip(planes(out), planes(whole), strict=True):
        np.testing.assert_array_equal(one, other)


def test_stretches_of_a_lossy_film_play_in_order(film, colorizer, tmp_path):
    out = tmp_path / "out.mp4"
    colorize_video(film, out, colorizer=colorizer, stretch_seconds=0.0)
    assert clips.times(out) == clips.times(film)
    for before, after in zip(FRAMES, clips.lumas(out), strict=True):
        assert abs(before.astype(int) - after).mean() < 4


def test_a_run_that_has_done_nothing_leaves_nothing(film, colorizer, tmp_path):
    def report(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        colorize_video(film, tmp_path / "out.mkv", None, LOSSLESS, colorizer, report)
    assert not list(tmp_path.iterdir())


def test_two_runs_do_not_make_one_film(film, colorizer, tmp_path):
    out = tmp_path / "out.mkv"
    with parts_for(out, {}), pytest.raises(VideoError, match="is being made by"):
        colorize_video(film, out, film=LOSSLESS, colorizer=colorizer)
