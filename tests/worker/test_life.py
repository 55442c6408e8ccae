"""Starting, sharing, replacing, killing and ending real workers."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing.connection
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from workers import colorized, grey_layer, is_alive, slow_request, until

from colorize_core.worker.caller import WorkerConnection, WorkerError, connect, connect_or_start
from colorize_core.worker.home import Engine

_OTHER_VERSION = """
import colorize_core
colorize_core.__version__ = "0.0.0"
from colorize_core.worker.server import main
main()
"""


def is_busy(engine: Engine) -> bool:
    worker = connect(engine)
    if worker is None:
        return False
    with worker:
        return worker.status()["state"] == "busy"


def run_cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "colorize_core.cli.app", "worker", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_second_caller_meets_the_warm_worker(engine: Engine, lite_weights: Path):
    with connect_or_start(engine) as worker:
        first = worker.pid
        colorized(worker, lite_weights, grey_layer(32, 32))
    with connect_or_start(engine) as worker:
        assert worker.pid == first
        assert worker.status()["models"] == [str(lite_weights)]


def test_two_callers_at_once_start_one_worker(engine: Engine):
    def pid(_: int) -> int:
        with connect_or_start(engine) as worker:
            return worker.pid

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(pid, range(4)))) == 1
    log = engine.log.read_text()
    assert log.count("listens") == 1


@pytest.mark.usefixtures("one_way")
def test_two_callers_at_once_both_get_their_layer(engine: Engine, lite_weights: Path):
    layers = [grey_layer(48, 40), grey_layer(40, 64)]

    def colors(lab: np.ndarray) -> np.ndarray:
        with connect_or_start(engine) as worker:
            return colorized(worker, lite_weights, lab)

    with ThreadPoolExecutor(2) as pool:
        at_once = list(pool.map(colors, layers))
    for lab, result in zip(layers, at_once, strict=True):
        np.testing.assert_array_equal(result, colors(lab))


def test_a_worker_killed_in_mid_request_is_reported_and_the_next_call_works(
    engine: Engine, lite_weights: Path
):
    with connect_or_start(engine) as worker:
        pid = worker.pid

    def kill() -> None:
        until(lambda: is_busy(engine), "the worker is busy")
        os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(WorkerError, match=r"ended in the middle.*try again.*worker\.log") as caught:
        slow_request(engine, lite_weights)
    killer.join()
    assert caught.value.kind == "gone"
    with connect_or_start(engine) as worker:
        assert worker.pid != pid
        colorized(worker, lite_weights, grey_layer(32, 32))


def test_the_work_stops_when_its_caller_has_gone(engine: Engine, lite_weights: Path):
    with connect_or_start(engine) as worker:
        code = (
            "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[3])\n"
            "from workers import slow_request\n"
            "from colorize_core.worker.home import Engine\n"
            "slow_request(Engine(Path(sys.executable), Path(sys.argv[1])), Path(sys.argv[2]))"
        )
        root = str(Path(__file__).parent)
        caller = subprocess.Popen(
            [sys.executable, "-c", code, str(engine.home), str(lite_weights), root]
        )
        until(lambda: worker.status()["work"].startswith("colorizing "), "the worker is busy")
        caller.kill()
        caller.wait()
        until(lambda: worker.status()["state"] == "idle", "the worker is idle")
        status = worker.status()
    assert (status["done"], status["cancelled"], status["work"]) == (0, 1, "")


def test_stopping_ends_a_running_request_with_a_message(engine: Engine, lite_weights: Path):
    texts: list[str] = []

    def stop() -> None:
        until(lambda: "Looking at the picture" in texts, "the network looks")
        worker = connect(engine)
        assert worker is not None
        worker.stop()

    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(WorkerError) as caught:
        slow_request(engine, lite_weights, texts)
    stopper.join()
    assert caught.value.kind in ("stopped", "gone")
    until(lambda: not (engine.folder / "channel.json").exists(), "the worker has cleared up")


def test_a_worker_of_another_version_is_replaced(engine: Engine):
    engine.folder.mkdir(parents=True)
    old = subprocess.Popen([sys.executable, "-c", _OTHER_VERSION])
    until(lambda: (engine.folder / "channel.json").exists(), "the old worker listens")
    with connect_or_start(engine) as worker:
        assert worker.version == engine.version
        assert worker.pid != old.pid
    assert old.wait(60) == 0


def test_an_engine_of_another_version_than_its_caller_is_reported(engine: Engine):
    caller = dataclasses.replace(engine, version="99")
    with pytest.raises(WorkerError, match=r"made for 99: run install\.py again") as caught:
        connect_or_start(caller)
    assert caught.value.kind == "version"


def test_the_worker_ends_when_idle(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLORIZE_WORKER_IDLE_MINUTES", "0.02")
    with connect_or_start(engine) as worker:
        pid = worker.pid
    until(lambda: not is_alive(pid), "the worker has ended")
    assert connect(engine) is None
    assert sorted(path.name for path in engine.folder.glob("*.json")) == []


def test_a_killed_worker_leaves_nothing_that_hinders_the_next(engine: Engine):
    with connect_or_start(engine) as worker:
        pid = worker.pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid), "the worker is dead")
    assert (engine.folder / "channel.json").exists()
    assert (engine.folder / "socket").exists()
    assert connect(engine) is None
    with connect_or_start(engine) as worker:
        assert worker.pid != pid


def test_a_channel_file_of_nonsense_is_no_worker(engine: Engine):
    engine.folder.mkdir(parents=True)
    for content in ("", "[]", "{}", '{"address": "/nowhere", "key": "00"}', '{"address": 5}'):
        (engine.folder / "channel.json").write_text(content)
        assert connect(engine) is None
    connect_or_start(engine).close()


def test_the_folder_and_the_key_are_the_users_own(engine: Engine, worker: WorkerConnection):
    assert stat.S_IMODE(engine.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((engine.folder / "channel.json").stat().st_mode) == 0o600


def test_a_home_with_a_long_path_works(engine: Engine):
    far = dataclasses.replace(engine, home=engine.home / ("x" * 60) / ("y" * 60))
    with connect_or_start(far) as worker:
        address = Path(json.loads((far.folder / "channel.json").read_text())["address"])
        assert stat.S_IMODE(address.parent.stat().st_mode) == 0o700
        worker.stop()
    until(lambda: not address.parent.exists(), "the socket's folder is gone")


def test_a_missing_engine_is_reported(engine: Engine):
    missing = dataclasses.replace(engine, python=engine.home / "venv/bin/python")
    with pytest.raises(WorkerError, match=r"not installed.*run install\.py") as caught:
        connect_or_start(missing)
    assert caught.value.kind == "absent"


def test_a_worker_that_cannot_start_is_reported_with_its_last_words(engine: Engine):
    broken = engine.home / "python"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\necho no module named torch >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(WorkerError, match="did not start: no module named torch") as caught:
        connect_or_start(dataclasses.replace(engine, python=broken))
    assert caught.value.kind == "start"


def test_the_command_line_starts_shows_and_stops_it(engine: Engine):
    assert run_cli("status").returncode == 1
    started = run_cli("start")
    assert started.returncode == 0, started.stderr
    shown = run_cli("status")
    assert shown.returncode == 0
    assert str(engine.log) in shown.stdout
    assert run_cli("stop").stdout.startswith("stopped")
    assert run_cli("stop").stdout == "not running\n"
    assert connect(engine) is None


def test_a_worker_that_is_stuck_is_told_and_ended(engine: Engine, worker: WorkerConnection):
    os.kill(worker.pid, signal.SIGSTOP)
    shown = run_cli("status")
    assert shown.returncode == 1
    assert shown.stdout.startswith(f"does not answer: process {worker.pid};")
    assert run_cli("stop").stdout == f"stopped: process {worker.pid}, which did not answer\n"
    until(lambda: not is_alive(worker.pid), "it has ended")
    assert run_cli("stop").stdout == "not running\n"


def test_a_worker_that_is_stuck_is_replaced(engine: Engine, worker: WorkerConnection):
    os.kill(worker.pid, signal.SIGSTOP)
    begun = time.monotonic()
    with connect_or_start(engine) as other:
        assert other.pid != worker.pid
    assert time.monotonic() - begun < 60
    until(lambda: not is_alive(worker.pid), "the old one has ended")


@pytest.mark.parametrize("content", [None, "{}", '{"address": "/nowhere", "key": "00"}'])
def test_a_channel_file_that_is_lost_comes_back(engine: Engine, worker: WorkerConnection, content):
    channel = engine.folder / "channel.json"
    channel.unlink() if content is None else channel.write_text(content)
    with connect_or_start(engine) as other:
        assert other.pid == worker.pid


def test_silent_callers_lose_their_place(engine: Engine, worker: WorkerConnection):
    address = json.loads((engine.folder / "channel.json").read_text())["address"]
    silent: list[Any] = [multiprocessing.connection.Client(address) for _ in range(20)]
    silent += [WorkerConnection(engine) for _ in range(20)]
    begun = time.monotonic()
    with connect_or_start(engine) as other:
        assert other.status()["pid"] == worker.pid
    assert time.monotonic() - begun < 10
    for connection in silent:
        connection.close()
