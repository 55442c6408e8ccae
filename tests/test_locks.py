"""Locks between real processes: who holds them, and when they end."""

import os
import signal
import subprocess
import sys
import time

import pytest

from colorize_core.locks import HeldError, Holder, holder, locked

HOLD = """
import sys, time
from pathlib import Path
from colorize_core.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    {then}
    time.sleep(600)
"""
WITH_A_CHILD = "import os; child = os.fork(); child and print(child, flush=True)"


@pytest.fixture
def start():
    """Start processes that hold a lock, and kill them in the end."""
    started = []

    def start(path, then="pass"):
        line = [sys.executable, "-c", HOLD.format(then=then), str(path)]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_the_second_is_told_who_has_it(start, tmp_path):
    other = start(tmp_path / "lock")
    with pytest.raises(HeldError, match=f"lock: held by process {other.pid}$") as told:
        locked(tmp_path / "lock").__enter__()
    assert told.value.holder == Holder(other.pid, here=True)
    assert holder(tmp_path / "lock") == Holder(other.pid, here=True)


def test_a_killed_holder_has_it_no_more(start, tmp_path):
    other = start(tmp_path / "lock")
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert holder(tmp_path / "lock") is None
    with locked(tmp_path / "lock"):
        assert holder(tmp_path / "lock") == Holder(os.getpid(), here=True)


def test_what_a_holder_has_forked_does_not_keep_it(start, tmp_path):
    other = start(tmp_path / "lock", WITH_A_CHILD)
    child = int(other.stdout.readline())
    other.kill()
    other.wait()
    try:
        os.kill(child, 0)
        with locked(tmp_path / "lock", seconds=10):
            pass
    finally:
        os.kill(child, signal.SIGKILL)


def test_it_is_waited_for(start, tmp_path):
    other = start(tmp_path / "lock", "time.sleep(0.5); sys.exit()")
    begun = time.monotonic()
    with locked(tmp_path / "lock", seconds=60):
        assert time.monotonic() - begun < 60
    assert other.wait(60) == 0


def test_nobody_holds_what_does_not_exist(tmp_path):
    assert holder(tmp_path / "lock") is None
    assert not (tmp_path / "lock").exists()


def test_a_holder_on_another_machine_is_no_process_of_this_one(tmp_path):
    with locked(tmp_path / "lock"):
        (tmp_path / "lock").write_text("12 some-other-machine\n")
        assert holder(tmp_path / "lock") == Holder(12, here=False)
        assert str(holder(tmp_path / "lock")) == "process 12 on another machine"
