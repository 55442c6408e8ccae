"""The caller's door to the worker. Standard library alone, Python 3.9+: a plug-in carries a copy.

The worker listens on a Unix socket (on Windows: a named pipe) of the user's own. In a folder that
only the user can read, ``channel.json`` tells the address and a key made anew at every start.
The first caller starts the worker.
"""

from __future__ import annotations

import contextlib
import errno
import time

from colorize_core.locks import locked
from colorize_core.worker.answers import N_
from colorize_core.worker.connection import WorkerConnection, WorkerError, say_nothing
from colorize_core.worker.home import Engine, private_folder
from colorize_core.worker.process import end_process, output_of, process_of, start_process
from colorize_core.worker.wire import ProtocolError, Report

__all__ = ["WorkerConnection", "WorkerError", "connect", "connect_or_start"]

START_SECONDS = 120.0
_PATIENCE_SECONDS = 5.0  # with a worker that runs but lets nobody in
_NOT_STARTED = N_("the colorize worker did not start: {reason}")
_NO_ANSWER = N_("the colorize worker did not start: it does not answer")
_ASK_THE_DOCTOR = N_("run colorize doctor, or install.py again")


def connect(engine: Engine) -> WorkerConnection | None:
    """Connect to the worker if one runs and answers, whatever its version."""
    try:
        return WorkerConnection(engine)
    except (OSError, ValueError, KeyError, TypeError, EOFError, ProtocolError):
        return None


def connect_or_start(engine: Engine, progress: Report = say_nothing) -> WorkerConnection:
    """Connect to a worker of the engine's version; start one where none runs.

    Raises:
        WorkerError: the engine is not there, does not start, or is of another version.
    """
    worker = connect(engine)
    if worker is not None and worker.fits:
        return worker
    if worker is not None:
        worker.close()
    if not engine.python.exists():
        raise WorkerError(
            "absent",
            N_("the colorize engine is not installed ({python} is missing)"),
            N_("run install.py"),
            engine.log,
            {"python": engine.python},
        )
    progress(0.0, N_("Starting the colorize engine"))
    try:
        private_folder(engine.folder)
        with locked(engine.folder / "start.lock", START_SECONDS):
            worker = _reachable(engine)
            if worker is not None and not worker.fits:
                worker.stop()
                worker = None
            worker = worker or _start(engine)
    except OSError as error:
        raise _cannot_start(engine, error) from error
    if not worker.fits:
        worker.close()
        raise WorkerError(
            "version",
            N_("the engine is {version}, and its caller was made for {wanted}"),
            N_("run install.py again"),
            engine.log,
            {"version": worker.version, "wanted": engine.version},
        )
    return worker


def _reachable(engine: Engine) -> WorkerConnection | None:
    """Connect to the running worker; end it if it lets nobody in for some time.

    It may be about to listen, or to end.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        worker = connect(engine)
        if worker is not None or process_of(engine) is None:
            return worker
        if time.monotonic() >= deadline:
            end_process(engine)
            return None
        time.sleep(0.1)


def _start(engine: Engine) -> WorkerConnection:
    """Start a worker and wait until it listens."""
    process = start_process(engine)
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        worker = connect(engine)
        if worker is not None:
            return worker
        time.sleep(0.05)
    worker = connect(engine)
    if worker is not None:
        return worker
    output = output_of(engine)
    lines = output.read_text("utf-8", errors="replace").strip().splitlines()
    if not lines:  # it may be that it could not even say why
        _try_to_write(engine)
    text = _NOT_STARTED if lines else _NO_ANSWER
    fields = {"reason": lines[-1]} if lines else {}
    raise WorkerError("start", text, _ASK_THE_DOCTOR, output, fields)


def _try_to_write(engine: Engine) -> None:
    """Write into the worker's folder, as the worker has to.

    Raises:
        OSError: the disk is full, or it cannot be written for another reason.
    """
    probe = engine.folder / "probe.part"
    try:
        with probe.open("wb") as file:
            file.write(bytes(1 << 16))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(engine.folder)) from error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


def _cannot_start(engine: Engine, error: OSError) -> WorkerError:
    """Make the error of a worker that the system hinders, with what to do about it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = N_("the disk is full: make room and try again")
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        advice = N_("make {home} a folder that you can write, or set COLORIZE_HOME to another")
    else:
        advice = _ASK_THE_DOCTOR
    text = N_("the colorize worker cannot start: {reason}")
    fields = {"reason": error, "home": engine.home}
    return WorkerError("start", text, advice, output_of(engine), fields)
