"""Traces of a studio: memory and files. Linux only."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

SETTLING = 90.0  # seconds in which memory may come back, and files may go


def megabytes(process: subprocess.Popen) -> float:
    """Measure the resident memory of a process and its children."""
    tree, total = [process.pid], 0.0
    while tree:
        number = tree.pop()
        try:
            status = Path(f"/proc/{number}/status").read_text()
            children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        except FileNotFoundError:
            continue
        tree += map(int, children)
        total += sum(
            int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith("VmRSS")
        )
    return total


def settled(process: subprocess.Popen, goal: float) -> float:
    """Measure the memory once it is below the goal, or after a while."""
    deadline = time.monotonic() + SETTLING
    while megabytes(process) > goal and time.monotonic() < deadline:
        time.sleep(2.0)
    return megabytes(process)


def left_behind(temporary: Path) -> list[str]:
    """List a studio's temporary folder, once it is empty or after a while."""
    deadline = time.monotonic() + SETTLING
    while True:
        files = [
            str(path.relative_to(temporary))
            for path in temporary.glob("colorize-studio-*/**/*")
            if path.is_file() and path.name != "lock"
        ]
        if not files or time.monotonic() > deadline:
            return files
        time.sleep(1.0)
