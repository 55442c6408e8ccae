"""What several tests of the worker do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from colorize_core.worker.caller import WorkerConnection, connect_or_start
from colorize_core.worker.home import Engine

DEADLINE = 120.0  # far more than anything here takes


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"still waiting until {what}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:  # also where it goes between one line and the next
        return False


def grey_layer(width: int, height: int) -> np.ndarray:
    """L from dark to light, no colour, half transparent at the right: float32 ``(H, W, 4)``."""
    lab = np.zeros((height, width, 4), np.float32)
    lab[..., 0] = np.linspace(5, 95, width * height).reshape(height, width)
    lab[..., 3] = 1.0
    lab[:, width // 2 :, 3] = 0.5
    return lab


def colorized(
    worker: WorkerConnection,
    weights: Path,
    lab: np.ndarray,
    painted: np.ndarray | None = None,
    **options,
) -> np.ndarray:
    """Let a worker colorize a layer, float32 ``(H, W, 4)``, with the weights of a file."""
    height, width = lab.shape[:2]
    hints = None if painted is None else painted.tobytes()
    options = {"model": str(weights), **options}
    result = worker.colorize((width, height), sent(lab), options, hints)
    return np.frombuffer(b"".join(strip.pixels for strip in result), np.float32).reshape(lab.shape)


def sent(lab: np.ndarray) -> list[bytes]:
    """What a caller sends of a layer, float32 ``(H, W, 4)``: L and alpha, in two parts."""
    pixels = np.ascontiguousarray(lab[..., ::3])
    half = len(pixels) // 2
    return [pixels[:half].tobytes(), pixels[half:].tobytes()]


def slow_request(engine: Engine, weights: Path, texts: list[str] | None = None) -> None:
    """A request that takes the network many seconds, on a connection of its own."""
    lab = grey_layer(64, 64)
    with connect_or_start(engine) as worker:
        worker.colorize(
            (64, 64),
            sent(lab),
            {"model": str(weights), "size": 2048},
            progress=lambda share, text: (texts if texts is not None else []).append(text),
        )
