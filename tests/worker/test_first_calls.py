"""What is asked of a worker whose engine is still being loaded."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import multiprocessing, sys, threading, time
import torch  # takes long itself
from colorize_core.worker import wire
from colorize_core.worker.desk import Desk
from colorize_core.worker.jobs import Jobs


class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "colorize_core.color":
            time.sleep(2.0)


sys.meta_path.insert(0, Slow())
jobs = Jobs()
threading.Thread(target=jobs.run, daemon=True).start()
ours, theirs = multiprocessing.Pipe()
Desk(theirs, jobs).answer({"request": "models"})
print(wire.receive_message(ours, 60.0))
"""


def test_the_models_can_be_asked_for_while_the_engine_is_loaded():
    """Two threads that import one package at a time can find it half there."""
    command = [sys.executable, "-c", SCRIPT]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert "cannot be loaded" not in ran.stderr
    assert "'lite'" in ran.stdout
