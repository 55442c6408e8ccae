"""The worker's process as others see it: started, recognised and ended.

Standard library alone, Python 3.9+: a plug-in carries a copy.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from colorize_core.locks import Holder, holder
from colorize_core.worker.home import Engine

RUNNING = "running.lock"
_END_SECONDS = 5.0  # in which a process ends that has been told to
_MISLEADING = ("PYTHONHOME", "PYTHONPATH", "GI_TYPELIB_PATH", "LD_LIBRARY_PATH", "LD_PRELOAD")


def output_of(engine: Engine) -> Path:
    """Name the file of all that the process prints."""
    return engine.folder / "worker.out"


def start_process(engine: Engine) -> subprocess.Popen[bytes]:
    """Start a worker; it takes seconds until it listens.

    Raises:
        OSError: the interpreter or the folder cannot be used.
    """
    variables = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    variables["COLORIZE_HOME"] = str(engine.home)
    command = [str(engine.python), "-I", "-m", "colorize_core.cli.app", "worker", "run"]
    with output_of(engine).open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=variables,
            cwd=engine.folder,
            start_new_session=True,  # a Ctrl+C in the caller's terminal is not meant for it
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    threading.Thread(target=process.wait, daemon=True).start()  # leaves no zombie behind
    return process


def process_of(engine: Engine) -> Holder | None:
    """Find the worker's process, be it stuck or not; None where none runs."""
    try:
        return holder(engine.folder / RUNNING)
    except OSError:  # there is not even a folder
        return None


def end_process(engine: Engine) -> Holder | None:
    """End the worker, whether it answers or not.

    Returns:
        The process that it was; None where there is none.

    Raises:
        OSError: it could not be ended, being another user's or another machine's.
    """
    was = process_of(engine)
    for number in ("SIGTERM", "SIGKILL"):
        now = process_of(engine)
        if now is None or now != was:
            return was
        if not now.pid or not now.here:
            raise OSError(f"the colorize worker is {now}, and cannot be ended from here")
        with contextlib.suppress(ProcessLookupError):
            os.kill(now.pid, getattr(signal, number, signal.SIGTERM))
        deadline = time.monotonic() + _END_SECONDS
        while process_of(engine) == now and time.monotonic() < deadline:
            time.sleep(0.05)
    if process_of(engine) == was:
        raise OSError(f"{was} does not end")
    return was
