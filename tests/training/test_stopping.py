"""Runs that a signal ends, and that go on as if there had been none."""

import os
import signal
import subprocess
import sys
import time

import pytest
import tiny_network
import torch

from colorize_core.models.files import read_tensors

STEPS = 40
PAUSE = {"PAUSE": "0.1"}  # seconds a step, so that the run does not end before the signal
WAIT = 120.0  # seconds, which only a test that fails waits
SETTINGS = {"steps": STEPS, "batch": 2, "crop": 32, "prior_photos": 2, "workers": 1}
WORDS = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]
TRAIN = [tiny_network.__file__, "train", "--model", "tiny", "--precision", "float32", *WORDS]
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def start(*words, pause=PAUSE):
    return subprocess.Popen(
        [sys.executable, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | pause,
    )


def stopped(process, run, send):
    """Send a signal when ten steps are through; the status, and what was said."""
    deadline = time.monotonic() + WAIT
    while not (run / "curves.jsonl").exists() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert not (run / "latest.safetensors").exists()
    send(process.pid)
    try:
        _, said = process.communicate(timeout=WAIT)
    finally:
        process.kill()
    return process.returncode, said


def whole(run, *words):
    process = start(*words, "--run", run, pause={})
    _, said = process.communicate(timeout=WAIT)
    assert process.returncode == 0, said
    return read_tensors(run / "latest.safetensors")[0]


@pytest.fixture(scope="module")
def uninterrupted(photos, tmp_path_factory):
    return whole(tmp_path_factory.mktemp("runs") / "whole", *TRAIN, photos)


def terminate_all(pid):
    os.killpg(pid, signal.SIGTERM)  # as a machine that shuts down does, loaders included


def interrupt_all(pid):
    os.killpg(pid, signal.SIGINT)  # as a terminal does


@pytest.mark.parametrize(("send", "status"), [(terminate_all, 143), (interrupt_all, 130)])
def test_a_run_that_a_signal_stopped_goes_on_to_the_same_weights(
    photos, tmp_path, uninterrupted, send, status
):
    process = start(*TRAIN, photos, "--run", tmp_path)
    code, said = stopped(process, tmp_path, send)
    assert code == status, said
    lines = said.splitlines()
    assert lines[-1].startswith("Stopped after step ")
    assert lines[-1].endswith("; the same command goes on from there.")
    assert "Traceback" not in said
    assert not (tmp_path / "tiny.safetensors").exists()
    resumed = whole(tmp_path, *TRAIN, photos)
    assert resumed.keys() == uninterrupted.keys()
    assert all(torch.equal(resumed[name], uninterrupted[name]) for name in resumed)


def terminate(pid):
    os.kill(pid, signal.SIGTERM)


def test_ranks_that_are_stopped_end_at_the_same_step(photos, tmp_path):
    words = [*TRAIN[:1], "--", *TRAIN[1:], photos]
    code, said = stopped(start(*TORCHRUN, *words, "--run", tmp_path), tmp_path, terminate)
    assert code != 0
    assert said.count("Stopped after step ") == 1
    assert "because another rank has" not in said
    resumed = whole(tmp_path, *TORCHRUN, *words)
    straight = whole(tmp_path / "straight", *TORCHRUN, *words)
    assert all(torch.equal(resumed[name], straight[name]) for name in straight)
