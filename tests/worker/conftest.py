"""Real workers in a folder of the test's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from colorize_core import __version__
from colorize_core.worker.caller import WorkerConnection, connect, connect_or_start
from colorize_core.worker.home import Engine


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An installation without a worker yet; its worker is stopped in the end."""
    monkeypatch.setenv("COLORIZE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("COLORIZE_WORKER_IDLE_MINUTES", "5")
    engine = Engine(Path(sys.executable), tmp_path / "home", __version__)
    yield engine
    worker = connect(engine)
    if worker is not None:
        worker.stop()


@pytest.fixture
def worker(engine: Engine) -> Iterator[WorkerConnection]:
    """A connection to a worker that has just been started."""
    with connect_or_start(engine) as worker:
        yield worker


@pytest.fixture
def one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """All answers come from PyTorch, though a worker that has answered gets compiled kernels."""
    monkeypatch.setenv("COLORIZE_KERNELS", "torch")
