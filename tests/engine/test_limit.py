"""A time limit for one photo: it is an error as any other, and the next photo goes on."""

import gc
import platform
import signal
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import skimage.data
from pictures import is_color
from PIL import Image

from colorize_core.engine import ColorizeOptions, pipeline
from colorize_core.engine.batch import BatchOptions, Task, run_batch
from colorize_core.engine.limit import Clock, TimeLimitError, within
from colorize_core.photo import read_photo

WAIT = 60.0  # seconds, which only a test that fails waits
LIMIT = 6.0  # in which every machine colorizes a thumbnail, and nobody likes to wait
# Run with a folder and weights: colorizes the folder's photos, of which 01.png is held up.
SCRIPT = """
import sys, threading, time
from pathlib import Path
from colorize_core.engine import ColorizeOptions, pipeline
from colorize_core.engine.batch import BatchOptions, Task, run_batch
from colorize_core.engine.limit import leave

read = pipeline.read_pages

def held_up(path, damaged):
    if path.name == "01.png":
        {hold}
    return read(path, damaged)

pipeline.read_pages = held_up
if __name__ == "__main__":
    folder, weights = Path(sys.argv[1]), sys.argv[2]
    tasks = [Task(path, folder / "out" / path.name) for path in sorted(folder.glob("*.png"))]
    batch = BatchOptions(jobs={jobs}, time_limit={limit}, model=weights, device="cpu")
    for outcome in run_batch(tasks, ColorizeOptions(), batch):
        print(outcome.error.replace(str(folder), "") or "done", flush=True)
    leave(1)
"""
IN_PYTHON = "while True: time.sleep(0.001)"
AMID_A_CALL = "threading.Event().wait(1000)"

# Tells how many pages the system gives for a photo after the first ones; its arrays take 8,960.
# Each thread has a heap of its own, up to a number; then a new one takes over any of these.
AMONG_MANY = """
import resource, threading
from colorize_core.engine.limit import Clock, within

def photo():
    arrays = [bytes([1]) * (megabytes << 20) for megabytes in (2, 20, 3, 10)]
    return len(arrays)

def live():
    held = bytearray(10_000)
    over.wait()

def pages(count):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(count):
        within(Clock(60.0), photo)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // count

over = threading.Event()
for _ in range(60):
    threading.Thread(target=live).start()
pages(3)
print(pages(20))
over.set()
"""


@pytest.fixture
def folder(tmp_path):
    for number in range(5):
        Image.fromarray(skimage.data.camera()).resize((64, 48)).save(tmp_path / f"{number:02}.png")
    return tmp_path


@pytest.mark.parametrize(("hold", "jobs"), [(IN_PYTHON, 1), (AMID_A_CALL, 1), (AMID_A_CALL, 2)])
def test_a_photo_without_end_is_given_up_and_the_others_are_done(folder, lite_weights, hold, jobs):
    script = folder / "run.py"
    script.write_text(SCRIPT.format(hold=hold, jobs=jobs, limit=LIMIT))
    done = subprocess.run(
        [sys.executable, script, folder, lite_weights],
        capture_output=True,
        text=True,
        timeout=2 * WAIT,
    )
    said = done.stdout.splitlines()
    error = "/01.png: not done after 6 s"
    assert said == ["done", error, "done", "done", "done"], done.stderr
    assert done.returncode == 1
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        *("00.png", "02.png", "03.png", "04.png"),
    ]
    assert all(is_color(path) for path in (folder / "out").iterdir())


def test_who_reads_without_end_keeps_no_other_from_reading(folder, lite_weights, monkeypatch):
    class Endless:
        def __init__(self, path, damaged):
            self.path = path

        def __len__(self):
            return 1

        def __iter__(self):
            if self.path.name == "01.png":
                time.sleep(20)  # amid a call, while it is its turn to read
            yield read_photo(self.path)

    monkeypatch.setattr(pipeline, "read_pages", Endless)
    tasks = [Task(path, folder / "out" / path.name) for path in sorted(folder.glob("*.png"))]
    batch = BatchOptions(time_limit=LIMIT, model=str(lite_weights), device="cpu")
    outcomes = list(run_batch(tasks, ColorizeOptions(), batch))
    assert [bool(outcome.error) for outcome in outcomes] == [False, True, False, False, False]


def test_the_command_says_which_photo_took_too_long(folder, lite_weights):
    command = [sys.executable, "-m", "colorize_core.cli.app", "photo", "00.png"]
    command += ["--model", lite_weights, "--time-limit", "0.0001"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=WAIT)
    assert done.returncode == 1
    assert "00.png: not done after 0.0001 s; --time-limit gives it more" in done.stderr
    assert not (folder / "00-colorized.png").exists()


def test_what_is_given_up_is_not_written_after_all(folder, lite_weights, monkeypatch):
    write = pipeline.write_pages

    def slow(photos, *arguments):
        photos = list(photos)
        time.sleep(3)
        write(photos, *arguments)

    monkeypatch.setattr(pipeline, "write_pages", slow)
    task = Task(folder / "00.png", folder / "out.png")
    batch = BatchOptions(time_limit=1.0, model=str(lite_weights), device="cpu")
    worker = pipeline.FileColorizer(ColorizeOptions(), batch)
    given_up = within(Clock(WAIT), threading.current_thread)
    assert "not done after 1 s" in worker(task).error
    given_up.join(WAIT)
    assert not given_up.is_alive()
    assert not task.target.exists()
    assert not list(folder.glob(".*"))


def test_ctrl_c_ends_a_single_photo_and_leaves_nothing(tmp_path, lite_weights):
    page = Image.fromarray(skimage.data.camera())
    page.save(tmp_path / "many.tif", save_all=True, append_images=[page] * 300)
    command = [sys.executable, "-m", "colorize_core.cli.app", "photo", "many.tif", "-o", "out.tif"]
    process = subprocess.Popen(
        [*command, "--model", lite_weights], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + WAIT
    while not list(tmp_path.glob(".*.tmp")) and not (tmp_path / "out.tif").exists():
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=WAIT)
    assert (process.returncode, said.strip()) == (130, "Stopped.")
    assert [path.name for path in tmp_path.iterdir()] == ["many.tif"]


def test_errors_and_results_of_work_in_time_come_through():
    assert within(Clock(WAIT), lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        within(Clock(WAIT), lambda: 1 // 0)
    with pytest.raises(TimeoutError):  # one of the work's own
        within(Clock(WAIT), lambda: (_ for _ in ()).throw(TimeoutError()))
    with pytest.raises(TimeLimitError):
        within(Clock(0.01), lambda: time.sleep(0.5))


def test_a_caller_keeps_its_thread_until_work_is_given_up():
    first, again = (within(Clock(WAIT), threading.get_ident) for _ in range(2))
    assert first == again != threading.get_ident()
    with pytest.raises(TimeLimitError):
        within(Clock(0.1), lambda: [time.sleep(0.01) for _ in range(200)])
    threads = [within(Clock(WAIT), threading.current_thread) for _ in range(2)]
    assert threads[0] is threads[1]
    assert threads[0].is_alive()


def test_the_thread_ends_with_its_caller_whatever_errors_are_held():
    def failing(_):
        with pytest.raises(ZeroDivisionError) as held:
            within(Clock(WAIT), lambda: 1 // 0)
        return within(Clock(WAIT), threading.current_thread), held

    gc.disable()
    try:
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(failing, range(8)))
        for thread, _ in done:
            thread.join(WAIT)
            assert not thread.is_alive()
    finally:
        gc.enable()


def test_nothing_of_a_work_is_held_after_it():
    array = np.zeros(10)
    gone = weakref.ref(array)
    works = [lambda array=array: array.sum()]
    assert within(Clock(WAIT), works[0]) == 0.0
    del array, works[0]
    deadline = time.monotonic() + WAIT
    while gone() is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of GNU's allocator")
def test_memory_of_a_photo_is_the_next_ones_where_there_are_many_threads():
    line = [sys.executable, "-c", AMONG_MANY]
    done = subprocess.run(line, capture_output=True, text=True, timeout=WAIT)
    assert int(done.stdout) < 1000, done.stderr


def test_waiting_for_others_is_not_counted():
    clock = Clock(0.3)
    with clock.stopped():
        time.sleep(0.5)
    assert clock.left() > 0.0


def test_large_files_and_photos_have_more_time_unless_told_otherwise():
    clock, told = Clock(None, 100_000_000), Clock(30.0, 100_000_000)
    for each in (clock, told):
        each.allow(500_000_000, 2048)
    assert clock.limit > 9000
    assert told.limit == 30.0
