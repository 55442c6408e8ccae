"""The caller's side of the worker. Standard library alone, Python 3.9+: a plug-in carries a copy.

The worker listens on a Unix socket (on Windows: a named pipe) of the user's own. In a folder that
only the user can read, ``channel.json`` tells the address and a key made anew at every start.
Whoever calls first starts the worker.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from colorize_core.locks import Holder, holder, locked
from colorize_core.worker.home import Engine, private_folder
from colorize_core.worker.wire import (
    ANSWER_SECONDS,
    HINT_BYTES,
    LAB,
    LIGHTNESS,
    MAX_HEADER,
    PIXEL_BYTES,
    PROTOCOL,
    RESULT_BYTES,
    SILENCE_SECONDS,
    ProtocolError,
    ask_in,
    call,
    receive,
    receive_pixels,
    send,
    send_pixels,
)

START_SECONDS = 120.0
RUNNING = "running.lock"
_PATIENCE_SECONDS = 5.0  # with a worker that runs but lets nobody in
_END_SECONDS = 5.0  # in which a process ends that has been told to
_MISLEADING = ("PYTHONHOME", "PYTHONPATH", "GI_TYPELIB_PATH", "LD_LIBRARY_PATH", "LD_PRELOAD")

Progress = Callable[[float, str], None]


class Strip(NamedTuple):
    """Some rows of a colorized layer.

    Attributes:
        row: the first one, counted from the top.
        rows: how many.
        pixels: in the format that was asked for.
    """

    row: int
    rows: int
    pixels: bytes


class WorkerError(Exception):
    """What went wrong, what to do about it, and where the log is.

    Attributes:
        kind: ``absent`` (no engine, or no worker runs), ``start``, ``version``, ``gone`` (ended
            in mid-request), ``stopped``, ``memory``, ``options`` or ``internal``.
    """

    def __init__(self, kind: str, message: str, advice: str, log: Path) -> None:
        super().__init__(f"{message}: {advice} (log: {log})")
        self.kind = kind
        self.log = log


class Worker:
    """A connection to a running worker; closing it cancels what it still does for us.

    Attributes:
        pid: of the worker's process.
        version: of its ``colorize_core``.
    """

    def __init__(self, engine: Engine) -> None:
        """Connect.

        Raises:
            OSError, ValueError, EOFError, ProtocolError: no worker runs, or not for us.
        """
        self.engine = engine
        channel = json.loads((engine.folder / "channel.json").read_text("utf-8"))
        self._connection = call(channel["address"])
        try:
            ask_in(self._connection, bytes.fromhex(channel["key"]))
            hello = receive(self._connection, ANSWER_SECONDS)
        except BaseException:
            self._connection.close()
            raise
        self.pid = int(hello.get("pid", 0))
        self.version = hello.get("version")
        self.fits = hello.get("protocol") == PROTOCOL and engine.version in (None, self.version)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def status(self) -> dict[str, Any]:
        """State, pid, version, device and what was done so far."""
        with self._noticing_its_end():
            send(self._connection, {"request": "status"})
            return self._answer(("status",))

    def stop(self) -> None:
        """End the worker and wait until it is gone; one that does not listen is killed."""
        try:
            send(self._connection, {"request": "stop"})
            deadline = time.monotonic() + ANSWER_SECONDS
            while self._connection.poll(max(0.0, deadline - time.monotonic())):
                self._connection.recv_bytes(MAX_HEADER)
        except (EOFError, OSError):
            return
        finally:
            self.close()
        end_stuck(self.engine)

    def colorize(
        self,
        size: tuple[int, int],
        pixels: Iterable[bytes],
        options: dict[str, Any] | None = None,
        hints: bytes | None = None,
        progress: Progress = lambda share, text: None,
        form: str = LIGHTNESS,
        result: str = LAB,
    ) -> list[Strip]:
        """Colorize a layer.

        Pixels go out as they are given and come back as they are made, so that nobody waits.

        Args:
            size: width and height.
            pixels: rows from the top, in parts of any length.
            options: ``model``, ``temperature``, ``saturation``, ``size`` as in ColorizeOptions.
            hints: painted colours of the same size, R'G'B'A u8; where alpha is 0 is none.
            progress: called with a share of 1 and what is being done.
            form: format of the pixels, one of :data:`~colorize_core.worker.wire.PIXEL_BYTES`.
            result: format of the result, one of :data:`~colorize_core.worker.wire.RESULT_BYTES`.

        Returns:
            The layer from the top. Where L goes out and Lab comes back, L and alpha are the same
            to the byte.

        Raises:
            WorkerError: says what to do.
            ValueError: there are more pixels or fewer; the connection is closed then.
        """
        width, height = size
        if hints is not None and len(hints) != width * height * HINT_BYTES:
            raise ValueError(f"{len(hints)} bytes are not {width} x {height} painted pixels")
        request = {"request": "colorize", "width": width, "height": height, "format": form}
        request.update(options=options or {}, hints=hints is not None, result=result)
        with self._noticing_its_end():
            send(self._connection, request)
            self._answer(("ready",))
            self._send_all(pixels, size, PIXEL_BYTES[form])
            if hints is not None:
                send_pixels(self._connection, hints)
            return self._receive_strips(size, RESULT_BYTES[result], progress)

    def _send_all(self, pixels: Iterable[bytes], size: tuple[int, int], pixel_bytes: int) -> None:
        left = size[0] * size[1] * pixel_bytes
        for part in pixels:
            left -= len(part)
            if left < 0:
                break
            send_pixels(self._connection, part)
        if left:
            self.close()
            way = "fewer" if left > 0 else "more"
            raise ValueError(f"{abs(left)} bytes {way} than {size[0]} x {size[1]} pixels have")

    def _receive_strips(
        self, size: tuple[int, int], pixel_bytes: int, progress: Progress
    ) -> list[Strip]:
        width, height = size
        strips: list[Strip] = []
        following = 0
        while True:
            message = self._answer(("strip", "result"), progress)
            if message["reply"] == "result":
                if following != height:
                    raise ProtocolError("the result is not whole")
                return strips
            row, rows = int(message["row"]), int(message["rows"])
            if row == 0:  # also begun anew, as when a GPU's memory was too small
                strips.clear()
            elif row != following:
                raise ProtocolError("rows that are not the next ones")
            following = row + rows
            if rows < 1 or following > height:
                raise ProtocolError("rows that the layer does not have")
            received = receive_pixels(self._connection, rows * width * pixel_bytes)
            strips.append(Strip(row, rows, bytes(received)))

    def _answer(
        self, wanted: tuple[str, ...], progress: Progress = lambda share, text: None
    ) -> dict[str, Any]:
        while True:
            message = receive(self._connection, SILENCE_SECONDS)
            reply = message.get("reply")
            if reply == "progress":
                progress(float(message["share"]), str(message["text"]))
            elif reply == "error":
                raise WorkerError(
                    str(message["kind"]),
                    str(message["message"]),
                    str(message["advice"]),
                    self.engine.log,
                )
            elif reply in wanted:
                return message
            else:
                raise ProtocolError(f"expected {' or '.join(wanted)}; got {reply}")

    @contextlib.contextmanager
    def _noticing_its_end(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError, ProtocolError) as error:
            self.close()
            raise WorkerError(
                "gone",
                "the colorize worker ended in the middle of its work",
                "try again, it starts anew; if it happens again, memory may be too small: close "
                "other programs or scale the picture down",
                self.engine.log,
            ) from error


def connect(engine: Engine) -> Worker | None:
    """A connection to the worker if one runs and answers, whatever its version."""
    try:
        return Worker(engine)
    except (OSError, ValueError, KeyError, TypeError, EOFError, ProtocolError):
        return None


def holder_of(engine: Engine) -> Holder | None:
    """The process that is the worker, be it stuck or not; None where none runs."""
    try:
        return holder(engine.folder / RUNNING)
    except OSError:  # there is not even a folder
        return None


def end_stuck(engine: Engine) -> Holder | None:
    """End the worker whether it answers or not; which process that was, None where there is none.

    Raises:
        OSError: it could not be ended, being another user's or another machine's.
    """
    was = holder_of(engine)
    for number in ("SIGTERM", "SIGKILL"):
        now = holder_of(engine)
        if now is None or now != was:
            return was
        if not now.pid or not now.here:
            raise OSError(f"the colorize worker is {now}, and cannot be ended from here")
        with contextlib.suppress(ProcessLookupError):
            os.kill(now.pid, getattr(signal, number, signal.SIGTERM))
        deadline = time.monotonic() + _END_SECONDS
        while holder_of(engine) == now and time.monotonic() < deadline:
            time.sleep(0.05)
    if holder_of(engine) == was:
        raise OSError(f"{was} does not end")
    return was


def _reachable(engine: Engine) -> Worker | None:
    """A connection to the worker; one that runs but lets nobody in is given some time, and ended.

    It may be about to listen, or to end.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        worker = connect(engine)
        if worker is not None or holder_of(engine) is None:
            return worker
        if time.monotonic() >= deadline:
            end_stuck(engine)
            return None
        time.sleep(0.1)


def connect_or_start(engine: Engine, progress: Progress = lambda share, text: None) -> Worker:
    """A connection to a worker of the engine's version, started where none runs.

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
            f"the colorize engine is not installed ({engine.python} is missing)",
            "run install.py",
            engine.log,
        )
    progress(0.0, "Starting the colorize engine")
    try:
        private_folder(engine.folder)
        with locked(engine.folder / "start.lock", START_SECONDS):
            worker = _reachable(engine)
            if worker is not None and not worker.fits:
                worker.stop()
                worker = None
            worker = worker or _start(engine)
    except OSError as error:
        raise WorkerError(
            "start", f"the colorize worker cannot start: {error}", "see the log", engine.log
        ) from error
    if not worker.fits:
        worker.close()
        raise WorkerError(
            "version",
            f"the engine is {worker.version}, and its caller was made for {engine.version}",
            "run install.py again",
            engine.log,
        )
    return worker


def _start(engine: Engine) -> Worker:
    """Start a worker and wait until it listens."""
    output = engine.folder / "worker.out"
    variables = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    variables["COLORIZE_HOME"] = str(engine.home)
    command = [str(engine.python), "-I", "-m", "colorize_core.cli.app", "worker", "run"]
    with output.open("wb") as file:
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
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        worker = connect(engine)
        if worker is not None:
            return worker
        time.sleep(0.05)
    worker = connect(engine)
    if worker is not None:
        return worker
    lines = output.read_text("utf-8", errors="replace").strip().splitlines()
    reason = lines[-1] if lines else "it does not answer"
    raise WorkerError(
        "start",
        f"the colorize worker did not start: {reason}",
        "run colorize doctor, or install.py again",
        output,
    )
