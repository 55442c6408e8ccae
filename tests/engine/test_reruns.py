"""Runs over photos of which some are done: nothing is lost, painted twice or left out."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import certificates
import pytest
import skimage.data
from pictures import is_color
from PIL import Image

from colorize_core.engine import ColorizeOptions, pipeline
from colorize_core.engine.batch import BatchOptions, Outcome, Task, run_batch
from colorize_core.leftovers import MARK
from colorize_core.photo.signing import read_credentials

GREY = Image.fromarray(skimage.data.camera())


OPTIONS = ColorizeOptions()


@pytest.fixture
def batch(lite_weights):
    return BatchOptions(model=str(lite_weights), device="cpu")


@pytest.fixture
def tasks(tmp_path):
    def make(count):
        (tmp_path / "in").mkdir()
        for number in range(count):
            GREY.resize((64, 48)).save(tmp_path / "in" / f"{number}.png")
        names = [f"{number}.png" for number in range(count)]
        return [Task(tmp_path / "in" / name, tmp_path / "out" / name) for name in names]

    return make


def test_what_is_done_is_no_failure_and_stays(tasks, batch):
    todo = tasks(3)
    list(run_batch(todo[:2], OPTIONS, batch))
    before = [task.target.stat().st_mtime_ns for task in todo[:2]]
    outcomes = list(run_batch(todo, OPTIONS, batch))
    assert [outcome.done_before for outcome in outcomes] == [True, True, False]
    assert not any(outcome.error or outcome.stale for outcome in outcomes)
    assert [task.target.stat().st_mtime_ns for task in todo[:2]] == before


def test_no_network_is_loaded_where_all_is_done(tasks, batch, monkeypatch):
    todo = tasks(2)
    list(run_batch(todo, OPTIONS, batch))
    monkeypatch.setattr(pipeline, "Colorizer", None)
    assert all(outcome.done_before for outcome in run_batch(todo, OPTIONS, batch))


def test_an_output_older_than_its_photo_is_said(tasks, batch):
    todo = tasks(1)
    list(run_batch(todo, OPTIONS, batch))
    later = time.time() + 10
    os.utime(todo[0].source, (later, later))
    (outcome,) = run_batch(todo, OPTIONS, batch)
    assert outcome.done_before
    assert outcome.stale == "older than its photo"


def test_a_signed_output_is_done_and_told_from_one_that_is_not(tasks, batch, tmp_path):
    keys = certificates.signer(tmp_path / "keys")
    signing = replace(batch, sign=read_credentials(keys.chain, keys.key))
    todo = tasks(1)
    list(run_batch(todo, OPTIONS, signing))
    (again,) = run_batch(todo, OPTIONS, signing)
    assert (again.done_before, again.stale) == (True, "")
    (unsigned,) = run_batch(todo, OPTIONS, batch)
    assert (unsigned.done_before, unsigned.stale) == (True, "made with other options")


def test_what_is_no_picture_is_not_taken_for_done(tasks, batch):
    (task,) = tasks(1)
    task.target.parent.mkdir()
    task.target.write_text("precious")
    (outcome,) = run_batch([task], OPTIONS, batch)
    assert "exists already" in outcome.error
    assert task.target.read_text() == "precious"


def test_a_photo_is_not_taken_for_its_own_output(tasks, batch):
    (task,) = tasks(1)
    before = task.source.read_bytes()
    (outcome,) = run_batch([Task(task.source, task.source)], OPTIONS, batch)
    expected = f"{task.source}: is to be written over itself; choose another output"
    assert (outcome.error, outcome.done_before) == (expected, False)
    assert task.source.read_bytes() == before


def test_a_missing_photo_is_not_taken_for_done(tasks, batch):
    (task,) = tasks(1)
    list(run_batch([task], OPTIONS, batch))
    task.source.unlink()
    (outcome,) = run_batch([task], OPTIONS, batch)
    assert "No such file" in outcome.error


def test_an_output_that_appears_meanwhile_is_left_to_who_made_it(tasks, batch, monkeypatch):
    todo = tasks(1)
    write_pages = pipeline.write_pages

    def overtaken(photos, path, overwrite, count, seal):
        photos = list(photos)
        path.parent.mkdir()
        GREY.resize((8, 8)).save(path)
        write_pages(photos, path, overwrite, count, seal)

    monkeypatch.setattr(pipeline, "write_pages", overtaken)
    (outcome,) = run_batch(todo, OPTIONS, batch)
    assert outcome == Outcome(todo[0].source, todo[0].target, done_before=True)
    with Image.open(todo[0].target) as image:
        assert image.size == (8, 8)


RACE = """
import sys, time
from pathlib import Path
from colorize_core.atomic import replacing
with replacing(Path(sys.argv[1]), only_new=True) as temporary:
    temporary.write_bytes(sys.argv[2].encode() * 100_000)
    print("written", flush=True)
    sys.stdin.read()
"""


def test_of_several_that_write_one_file_at_once_one_wins_whole(tmp_path):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    lines = [[sys.executable, "-c", RACE, str(tmp_path / "out"), number] for number in "123"]
    racers = [subprocess.Popen(line, text=True, **pipes) for line in lines]
    assert [racer.stdout.readline() for racer in racers] == ["written\n"] * 3
    for racer in racers:
        racer.stdin.close()
    codes = {number: racer.wait(60) for number, racer in zip("123", racers, strict=True)}
    for racer in racers:
        racer.stdout.close()
    assert sorted(codes.values()) == [0, 1, 1]
    (winner,) = (number for number, code in codes.items() if code == 0)
    assert (tmp_path / "out").read_text() == winner * 100_000
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_run_killed_again_and_again_ends_with_every_photo_once(tmp_path, lite_weights):
    (tmp_path / "in").mkdir()
    names = {f"{number:03}.png" for number in range(60)}
    GREY.resize((64, 48)).save(tmp_path / "in" / "000.png")
    for name in names - {"000.png"}:
        os.link(tmp_path / "in" / "000.png", tmp_path / "in" / name)
    line = [sys.executable, "-m", "colorize_core.cli.app", "photo", "in", "-o", "out"]
    line += ["--model", str(lite_weights), "--device", "cpu"]
    chance, painted = random.Random(1), {}
    for _ in range(2):
        process = subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        end, more = time.monotonic() + 120, len(painted) + chance.randrange(5, 20)
        while process.poll() is None and time.monotonic() < end:
            if len(list((tmp_path / "out").glob("[!.]*.png"))) >= more:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
        process.communicate(timeout=120)
        for path in (tmp_path / "out").glob("[!.]*.png"):
            made = (path.stat().st_ino, path.stat().st_mtime_ns)
            assert painted.setdefault(path.name, made) == made
    last = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert last.returncode == 0, last.stderr
    assert f"{len(painted)} done already" in last.stdout
    again = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0
    assert "0 colorized, 0 failed, 60 done already" in again.stdout
    written = list((tmp_path / "out").iterdir())
    assert {path.name for path in written} == names
    assert not [path for path in written if path.name.endswith(MARK)]
    assert all(is_color(path) for path in written)
