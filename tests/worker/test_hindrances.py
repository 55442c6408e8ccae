"""What keeps a worker from starting or answering is told by its name, with what to do."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from needs import lacking
from workers import grey_layer, sent

from colorize_core import __version__
from colorize_core.worker import connection as connections
from colorize_core.worker.caller import WorkerConnection, WorkerError, connect_or_start
from colorize_core.worker.home import Engine


def refusal(engine: Engine) -> str:
    with pytest.raises(WorkerError) as caught:
        connect_or_start(engine)
    assert caught.value.kind == "start"
    return str(caught.value)


def test_a_home_that_is_a_file_is_told(tmp_path: Path):
    (tmp_path / "home").write_text("a file")
    told = refusal(Engine(Path(sys.executable), tmp_path / "home", __version__))
    assert "cannot start" in told
    assert f"make {tmp_path / 'home'} a folder that you can write" in told


@pytest.fixture
def full_disk(tmp_path: Path):
    """A folder on a file system of its own, without room for a single byte more."""
    folder = tmp_path / "full"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if os.name != "posix" or os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        lacking("a small file system needs root's rights")
    with contextlib.suppress(OSError), open(folder / "filler", "wb", 0) as file:
        while True:
            file.write(bytes(4096))
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told(full_disk: Path):
    told = refusal(Engine(Path(sys.executable), full_disk / "home", __version__))
    assert "the disk is full: make room" in told


def test_a_worker_that_falls_silent_is_told_and_how_to_end_it(
    worker: WorkerConnection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connections, "SILENCE_SECONDS", 0.5)
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        with pytest.raises(WorkerError, match="does not answer any more") as caught:
            worker.colorize((8, 8), sent(grey_layer(8, 8)))
    finally:
        os.kill(worker.pid, signal.SIGCONT)
    assert caught.value.kind == "silent"
    assert f"worker stop” in a terminal, or end process {worker.pid}" in str(caught.value)
