"""Many photographs: order, failures at every stage, overlap, bounds, and being stopped."""

import threading
import time
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import numpy as np
import pytest
import skimage.data
import torch
from pictures import is_color
from PIL import Image

from colorize_core.color import kernels
from colorize_core.engine import ColorizeOptions, pipeline
from colorize_core.engine.batch import BatchOptions, Outcome, Task, run_batch
from colorize_core.photo import PhotoError, claims

GREY = Image.fromarray(skimage.data.camera())
WAIT = 60.0  # seconds, which only a test that fails waits
MANY = 600  # photos that no machine finishes while a test looks away
STAGES = ("read", "look", "write")


@pytest.fixture
def options():
    return ColorizeOptions()


@pytest.fixture
def batch(lite_weights):
    """Makes the options of a batch with random weights."""
    return partial(BatchOptions, model=str(lite_weights), device="cpu")


class Watch:
    """Is told of each photo at the beginning of each stage, and may hold it up."""

    def __init__(self):
        self.seen = {stage: [] for stage in STAGES}
        self.hold = lambda stage, name: None

    def __call__(self, stage, name):
        self.seen[stage].append(name)
        self.hold(stage, name)


@pytest.fixture
def watch(monkeypatch):
    """Watches the real stages of the pipeline."""
    watch = Watch()
    read_pages, write_pages = pipeline.read_pages, pipeline.write_pages
    colorize = pipeline.Colorizer.colorize

    class WatchedPages:
        def __init__(self, path, damaged):
            self.pages, self.name = read_pages(path, damaged), path.name

        def __len__(self):
            return len(self.pages)

        def __iter__(self):
            watch("read", self.name)
            for photo in self.pages:
                photo.info["comment"] = self.name
                yield photo

    def watched_colorize(colorizer, photo, *options, **how):
        watch("look", photo.info["comment"])
        return colorize(colorizer, photo, *options, **how)

    def watched_write(photos, path, overwrite, count, seal):
        photos = list(photos)
        watch("write", path.name)
        write_pages(photos, path, overwrite, count, seal)

    monkeypatch.setattr(pipeline, "read_pages", WatchedPages)
    monkeypatch.setattr(pipeline.Colorizer, "colorize", watched_colorize)
    monkeypatch.setattr(pipeline, "write_pages", watched_write)
    return watch


def test_outcomes_come_in_order_whichever_photo_is_done_first(tasks, options, batch):
    todo = tasks(5)
    GREY.resize((1600, 1200)).save(todo[0].source)  # takes longer than all the others
    outcomes = list(run_batch(todo, options, batch()))
    assert outcomes == [Outcome(task.source, task.target) for task in todo]
    assert all(is_color(task.target) for task in todo)


def test_processes_give_the_same_order_and_pixels_as_threads(
    tasks, options, batch, tmp_path, monkeypatch
):
    monkeypatch.setenv(kernels.VARIABLE, "torch")  # this process may have loaded them already
    todo = tasks(3)
    GREY.resize((1600, 1200)).save(todo[0].source)
    apart = [Task(task.source, tmp_path / "apart" / task.target.name) for task in todo]
    list(run_batch(todo, options, batch()))
    outcomes = list(run_batch(apart, options, batch(jobs=2)))
    assert outcomes == [Outcome(task.source, task.target) for task in apart]
    for one, other in zip(todo, apart, strict=True):
        with Image.open(one.target) as by_threads, Image.open(other.target) as by_processes:
            assert np.array_equal(by_threads, by_processes)


def test_the_next_photo_is_read_and_looked_at_while_one_is_written(tasks, options, batch, watch):
    next_is_looked_at = threading.Event()
    overlapped = []

    def hold(stage, name):
        if (stage, name) == ("look", "01.png"):
            next_is_looked_at.set()
        if (stage, name) == ("write", "00.png"):
            overlapped.append(next_is_looked_at.wait(WAIT))

    watch.hold = hold
    list(run_batch(tasks(2), options, batch()))
    assert overlapped == [True]


def test_no_more_than_three_photos_are_in_memory(tasks, options, batch, watch):
    written = threading.Semaphore(0)
    watch.hold = lambda stage, name: written.acquire(timeout=WAIT) if stage == "write" else None
    outcomes = run_batch(tasks(8), options, batch())
    reader = threading.Thread(target=lambda: list(outcomes))
    reader.start()
    deadline = time.monotonic() + WAIT
    while len(watch.seen["write"]) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)  # in which a fourth could begin
    assert len(watch.seen["read"]) == 3
    written.release(8)
    reader.join(WAIT)
    assert len(watch.seen["write"]) == 8


def test_photos_are_read_one_at_a_time_and_looked_at_side_by_side(tasks, options, batch, watch):
    together = threading.Barrier(3, timeout=WAIT)
    reading = threading.Lock()
    alone = []

    def hold(stage, name):
        if stage == "read":
            alone.append(reading.acquire(blocking=False))
            time.sleep(0.02)
            reading.release()
        if stage == "look":
            together.wait()  # raises unless two others come

    watch.hold = hold
    outcomes = list(run_batch(tasks(6), options, batch()))
    assert not [outcome.error for outcome in outcomes if outcome.error]
    assert alone == [True] * 6


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "error", [PhotoError("01.png: broken"), ValueError("broken"), MemoryError("broken")]
)
def test_a_failure_at_any_stage_stops_no_other_photo(tasks, options, batch, watch, stage, error):
    def hold(at, name):
        if (at, name) == (stage, "01.png"):
            raise error

    watch.hold = hold
    todo = tasks(4)
    outcomes = list(run_batch(todo, options, batch()))
    assert [bool(outcome.error) for outcome in outcomes] == [False, True, False, False]
    assert outcomes[1].error.endswith("01.png: broken")
    assert sorted(path.name for path in todo[0].target.parent.iterdir()) == [
        "00.png",
        "02.png",
        "03.png",
    ]


def test_a_photo_that_cannot_be_written_stops_no_other(tasks, options, batch):
    todo = tasks(3)
    todo[1].target.mkdir(parents=True)
    outcomes = list(run_batch(todo, options, batch(overwrite=True)))
    assert [bool(outcome.error) for outcome in outcomes] == [False, True, False]
    assert "01.png: cannot be written: Is a directory" in outcomes[1].error
    assert [path.name for path in todo[1].target.parent.glob(".*")] == []


def test_a_batch_that_is_closed_finishes_what_it_writes_and_begins_nothing(
    tasks, options, batch, watch
):
    todo = tasks(20)
    outcomes = run_batch(todo, options, batch())
    next(outcomes)
    outcomes.close()
    written = list(todo[0].target.parent.iterdir())
    assert 1 <= len(written) < 10
    assert {path.name for path in written} == set(watch.seen["write"])
    assert all(is_color(path) for path in written)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("photos")]


def test_a_photo_is_not_looked_at_any_more_once_the_batch_is_stopped(tasks, options, batch):
    worker = pipeline.FileColorizer(options, batch())
    worker.stopping.set()
    task = tasks(1)[0]
    assert worker(task).error == f"{task.source}: stopped"
    assert not task.target.exists()


def test_threads_are_as_they_were_after_a_batch(tasks, options, batch):
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        list(run_batch(tasks(3), options, batch()))
        assert torch.get_num_threads() == 4
        fresh = []
        thread = threading.Thread(target=lambda: fresh.append(torch.get_num_threads()))
        thread.start()
        thread.join()
        assert fresh == [4]
    finally:
        torch.set_num_threads(before)


def test_photos_that_are_looked_at_together_share_the_threads(tasks, options, batch, watch):
    threads = []
    watch.hold = lambda stage, name: threads.append(torch.get_num_threads())
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        list(run_batch(tasks(4), options, batch()))
    finally:
        torch.set_num_threads(before)
    assert set(threads) == {2}


@pytest.mark.parametrize(("jobs", "threads"), [(1, 8), (2, 4), (3, 2), (8, 1), (20, 1)])
def test_processes_share_the_cores(monkeypatch, jobs, threads):
    monkeypatch.setattr(pipeline, "cores", lambda: 8)
    assert pipeline.threads_each(jobs) == threads


def test_every_photo_is_named_when_a_process_dies(tasks):
    class Dying(Executor):
        """Does one task, dies amid the second, and takes no more."""

        def __init__(self):
            self.begun = 0

        def submit(self, work, task):
            self.begun += 1
            if self.begun > 2:
                raise BrokenProcessPool("dead")
            future: Future = Future()
            if self.begun == 1:
                future.set_result(work(task))
            else:
                future.set_exception(BrokenProcessPool("dying"))
            return future

    todo = tasks(4)
    outcomes = list(
        pipeline._in_order(Dying(), lambda task: Outcome(task.source, task.target), todo, 2)
    )
    assert [outcome.source for outcome in outcomes] == [task.source for task in todo]
    assert not outcomes[0].error
    for task, outcome in zip(todo[1:], outcomes[1:], strict=True):
        assert outcome.error.startswith(f"{task.source}: a process ended unexpectedly")


def test_photos_without_memory_for_them_side_by_side_are_done_one_after_another(
    tasks, options, batch, watch, monkeypatch
):
    inside = []

    def hold(stage, name):
        if stage == "look":
            inside.append(name)
            time.sleep(0.05)
        if stage == "write":
            inside.remove(name)

    watch.hold = hold
    # Enough for one photo, whose memory is taken while it is looked at.
    monkeypatch.setattr(claims, "_SMALL", 0)
    monkeypatch.setattr(claims, "available_memory", lambda: 0 if inside else 1 << 30)
    outcomes = list(run_batch(tasks(6), options, batch()))
    assert [outcome.error for outcome in outcomes] == [""] * 6


def test_photos_too_large_for_their_format_are_refused_before_they_are_looked_at(
    tasks, options, batch, watch
):
    task = tasks(1, (40000, 2))[0]
    outcomes = list(
        run_batch([Task(task.source, task.target.with_suffix(".avif"))], options, batch())
    )
    assert "holds 32768 pixels a side, the photo is 40000 x 2" in outcomes[0].error
    assert watch.seen["look"] == []
