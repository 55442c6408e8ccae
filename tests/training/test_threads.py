"""How many threads a run computes with."""

import os
import subprocess
import sys

import pytest
import tiny_network
import torch

from colorize_core import threads
from colorize_core.models.registry import MODELS
from colorize_core.training import TrainingConfig, loop, train

SETTINGS = {"steps": 1, "batch": 2, "crop": 32, "prior_photos": 2, "workers": 0}


@pytest.fixture(autouse=True)
def _tiny_networks(monkeypatch):
    for name, entry in tiny_network.ENTRIES.items():
        monkeypatch.setitem(MODELS, name, entry)


@pytest.fixture
def counted(photos, tmp_path, monkeypatch):
    """Train with settings where PyTorch has four threads and two cores are free: what is seen."""
    set_to = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    monkeypatch.setattr(torch, "set_num_threads", set_to.append)
    monkeypatch.setattr(loop, "free_cores", lambda: 2)

    def run(**settings):
        notes = []
        config = TrainingConfig(
            [str(photos)], run=str(tmp_path), model="tiny", **SETTINGS, **settings
        )
        train(config, lambda report: notes.extend(report.notes))
        return set_to, notes

    return run


def test_a_run_takes_the_cores_that_are_free_and_gives_its_threads_back(counted, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS")
    set_to, notes = counted()
    assert set_to == [2, 4]
    assert notes == ["computes with 2 of 4 threads: other processes use the other cores"]


def test_the_number_that_is_asked_for_comes_first(counted, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert counted(threads=3) == ([3, 4], [])


def test_what_the_environment_says_is_kept(counted):
    assert counted() == ([4, 4], [])


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux tells which cores it has")
def test_a_core_that_another_process_uses_is_not_free():
    core = min(os.sched_getaffinity(0))
    busy = f"import os\nos.sched_setaffinity(0, {{{core}}})\nprint(flush=True)\nwhile True: pass"
    before = os.sched_getaffinity(0)
    process = subprocess.Popen([sys.executable, "-c", busy], stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        os.sched_setaffinity(0, {core})
        idle, passed = (
            after - first for first, after in zip(*(pair[core] for pair in watched()), strict=True)
        )
        assert idle < 0.5 * passed
        assert threads.free_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
        process.kill()
        process.wait()


def watched():
    """What the cores have done before and after a while."""
    before = threads._idleness()
    threads.time.sleep(0.5)
    return before, threads._idleness()
