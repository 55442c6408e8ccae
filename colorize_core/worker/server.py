"""The worker's process: takes callers in, answers them, and goes when nobody has come for long.

Every connection has a thread that reads its requests and watches whether it is still there; the
pixels are worked on by the one thread of :class:`~colorize_core.worker.jobs.Jobs`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import os
import queue
import secrets
import signal
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Listener
from pathlib import Path
from typing import Any

import numpy as np

from colorize_core import __version__
from colorize_core.locks import locked
from colorize_core.worker import home, wire
from colorize_core.worker.jobs import Colored, Job, Jobs, State, explain
from colorize_core.worker.wire import ProtocolError, receive, receive_pixels, send, send_pixels

log = logging.getLogger(__name__)

IDLE_MINUTES = 15.0
_TYPES = {wire.LIGHTNESS: np.float32, wire.GREY: np.uint8}
_LONGEST_ADDRESS = 100  # bytes; the system's limit for a Unix socket is 104 to 108
_MOST_CONNECTIONS = 32
_LOOK_SECONDS = 0.1  # between two looks at whether the caller is still there
_GOODBYE_SECONDS = 1.0
_QUICK_START_SECONDS = 2.0  # in which the one before may still go


class _Place:
    """A caller's: since when it has been silent, whether it is being worked for, or lost it."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.works = False
        self.is_lost = threading.Event()


class Server:
    """A worker in this process.

    Args:
        engine: whose folder the worker lives in.
        idle_minutes: after how long without a request it ends.
    """

    def __init__(self, engine: home.Engine, idle_minutes: float = IDLE_MINUTES) -> None:
        self.engine = engine
        self.idle_seconds = 60.0 * idle_minutes
        self.jobs = Jobs()
        self.started = time.monotonic()
        self._key = secrets.token_bytes(32)
        self._stop = threading.Event()
        self._published = b""
        self._places: set[_Place] = set()
        self._places_lock = threading.Lock()

    def run(self) -> None:
        """Serve until stopped or idle for too long.

        Raises:
            TimeoutError: another worker runs in this folder.
            OSError: the folder or the socket cannot be made.
        """
        folder = self.engine.folder
        home.private_folder(folder)
        with locked(folder / "running.lock", _QUICK_START_SECONDS):
            _log_to(self.engine.log)
            address = _free_address(folder)
            with Listener(address, backlog=16) as listener:
                self._publish(address)
                log.info("worker %s, process %d, listens", __version__, os.getpid())
                threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
                threading.Thread(target=self.jobs.run, daemon=True).start()
                try:
                    self._wait()
                finally:
                    (folder / "channel.json").unlink(missing_ok=True)
            _clear(address)

    def stop(self) -> None:
        """Drop what is being done and end."""
        self.jobs.start_stopping()
        self._stop.set()

    def _wait(self) -> None:
        look = max(0.01, min(1.0, self.idle_seconds / 4))
        while not self._stop.wait(look):
            self._keep_published()
            if self.jobs.start_stopping(self._is_idle):
                log.info("nothing to do for %.1f minutes: the end", self.idle_seconds / 60)
                return
        log.info("stopped")
        deadline = time.monotonic() + _GOODBYE_SECONDS
        while self.jobs.pending and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.05)  # the callers' threads pass the last message on

    def _is_idle(self) -> bool:
        rested = time.monotonic() - self.jobs.last_active
        return (
            self.jobs.state is State.IDLE and not self.jobs.pending and rested > self.idle_seconds
        )

    def _publish(self, address: str) -> None:
        """Tell the user's other programs, and only them, where to call and with what key."""
        content = {"address": address, "key": self._key.hex(), "pid": os.getpid()}
        self._published = json.dumps(content).encode()
        self._write_channel()

    def _keep_published(self) -> None:
        """Whoever deletes or damages the file keeps callers out until it is written again."""
        channel = self.engine.folder / "channel.json"
        with contextlib.suppress(OSError):
            if not channel.exists() or channel.read_bytes() != self._published:
                log.warning("%s was deleted or changed: it is written again", channel)
                self._write_channel()

    def _write_channel(self) -> None:
        channel = self.engine.folder / "channel.json"
        part = channel.with_suffix(".part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(self._published)
        part.replace(channel)

    def _accept(self, listener: Listener) -> None:
        while True:
            try:
                connection = listener.accept()
            except OSError as error:
                if self._stop.is_set() or self.jobs.state is State.STOPPING:
                    return
                log.warning("a caller could not be taken in: %s", error)
                time.sleep(_LOOK_SECONDS)
                continue
            place = self._place()
            if place is None:
                log.warning("more than %d callers at work: one is turned away", _MOST_CONNECTIONS)
                connection.close()
                continue
            wire.limit_waiting(connection)
            threading.Thread(target=self._serve, args=(connection, place), daemon=True).start()

    def _place(self) -> _Place | None:
        """A place for a caller; where all are taken, that of who has been silent the longest."""
        with self._places_lock:
            if len(self._places) >= _MOST_CONNECTIONS:
                silent = [place for place in self._places if not place.works]
                if not silent:
                    return None
                longest = min(silent, key=lambda place: place.since)
                longest.is_lost.set()
                self._places.discard(longest)
            place = _Place()
            self._places.add(place)
            return place

    def _next_request(self, connection: Any, place: _Place) -> dict[str, Any]:
        """What a caller asks for next; ProtocolError if it has lost its place."""
        place.since, place.works = time.monotonic(), False
        while not connection.poll(_LOOK_SECONDS):
            if place.is_lost.is_set():
                raise ProtocolError("silent for too long, and others wait")
        place.works = True
        return receive(connection, wire.ANSWER_SECONDS)

    def _serve(self, connection: Any, place: _Place) -> None:
        try:
            wire.let_in(connection, self._key)
            self.jobs.last_active = time.monotonic()
            send(
                connection,
                {"protocol": wire.PROTOCOL, "version": __version__, "pid": os.getpid()},
            )
            while True:
                self._answer(connection, self._next_request(connection, place))
        except ProtocolError as error:
            log.warning("a caller is turned away: %s", error)
        except (EOFError, OSError):
            pass  # the caller has hung up
        except Exception:
            log.exception("a caller could not be served")
        finally:
            connection.close()
            with self._places_lock:
                self._places.discard(place)

    def _answer(self, connection: Any, message: dict[str, Any]) -> None:
        request = message.get("request")
        if request == "status":
            send(connection, {"reply": "status", **self.status()})
        elif request == "stop":
            self.stop()
            threading.Event().wait()  # the end of the process tells the caller
        elif request == "colorize":
            self._colorize(connection, message)
        else:
            raise ProtocolError(f"no such request: {str(request)[:40]!r}")

    def status(self) -> dict[str, Any]:
        """What ``colorize worker status`` shows."""
        jobs = self.jobs
        return {
            "state": jobs.state.value,
            "pid": os.getpid(),
            "version": __version__,
            "device": jobs.device,
            "models": jobs.models,
            "done": jobs.done,
            "cancelled": jobs.cancelled,
            "failed": jobs.failed,
            "waiting": max(0, jobs.pending - (jobs.state is State.BUSY)),
            "up_seconds": round(time.monotonic() - self.started, 1),
            "idle_minutes": self.idle_seconds / 60,
            "log": str(self.engine.log),
        }

    def _colorize(self, connection: Any, message: dict[str, Any]) -> None:
        try:
            height, width = _size(message)
            options = message.get("options")
            if not isinstance(options, dict):
                raise ValueError("options must be an object")
            send(connection, {"reply": "ready"})
            form = message["format"]
            pixels = receive_pixels(connection, height * width * wire.PIXEL_BYTES[form])
            painted = None
            if message.get("hints"):
                painted = receive_pixels(connection, height * width * wire.HINT_BYTES)
        except (ValueError, MemoryError) as error:
            send(connection, explain(error))
            return
        job = Job(
            np.frombuffer(pixels, _TYPES[form]).reshape(height, width, 2),
            str(message["result"]),
            None if painted is None else np.frombuffer(painted, np.uint8).reshape(height, width, 4),
            options,
        )
        self.jobs.add(job)
        self._follow(connection, job)

    def _follow(self, connection: Any, job: Job) -> None:
        """Pass on what a job makes and says until its last message; something every few seconds."""
        said: dict[str, Any] = {"reply": "progress", "share": 0.0, "text": "Waiting"}
        said_at = time.monotonic()
        try:
            while True:
                try:
                    event = job.events.get(timeout=_LOOK_SECONDS)
                except queue.Empty:
                    event = None
                if connection.poll(0):
                    connection.recv_bytes(wire.MAX_HEADER)  # EOFError if it has hung up
                    raise ProtocolError("a message in the middle of a request")
                if isinstance(event, Colored):
                    strip = {"row": event.row, "rows": len(event.pixels)}
                    send(connection, {"reply": "strip", **strip})
                    send_pixels(connection, event.pixels)
                elif event is not None:
                    send(connection, event)
                    if event["reply"] != "progress":
                        return
                    said = event
                elif time.monotonic() - said_at < wire.SIGN_OF_LIFE_SECONDS:
                    continue
                else:
                    send(connection, said)
                said_at = time.monotonic()
        finally:
            job.cancelled.set()


def _size(message: dict[str, Any]) -> tuple[int, int]:
    height, width = message.get("height"), message.get("width")
    if type(height) is not int or type(width) is not int or height < 1 or width < 1:
        raise ValueError("the layer is empty")
    if height * width > wire.MAX_PIXELS:
        raise ValueError(
            f"a layer of {width} x {height} pixels is too large; "
            f"{wire.MAX_PIXELS // 10**6} megapixels are the most"
        )
    for name, known in (("format", wire.PIXEL_BYTES), ("result", wire.RESULT_BYTES)):
        if message.get(name) not in list(known):
            raise ValueError(f"the {name} can be {' or '.join(known)}")
    return height, width


def _free_address(folder: Path) -> str:
    """An address that nothing listens at; what a killed worker left is cleared away."""
    if home.WINDOWS:
        return rf"\\.\pipe\colorize-{secrets.token_hex(8)}"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        _clear(json.loads((folder / "channel.json").read_text("utf-8"))["address"])
    address = folder / "socket"
    if len(os.fsencode(address)) > _LONGEST_ADDRESS:
        address = Path(tempfile.mkdtemp(prefix="colorize-")) / "socket"
    address.unlink(missing_ok=True)
    return str(address)


def _clear(address: str) -> None:
    if not home.WINDOWS:
        socket = Path(address)
        socket.unlink(missing_ok=True)
        if socket.parent.name.startswith("colorize-"):
            with contextlib.suppress(OSError):
                socket.parent.rmdir()


def _log_to(path: Path) -> None:
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=1 << 20, backupCount=1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger("colorize_core")
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def main(idle_minutes: float = IDLE_MINUTES) -> None:
    """Be the worker of this user's installation; never returns."""
    engine = home.Engine(Path(sys.executable), home.home_folder(), __version__)
    server = Server(engine, idle_minutes)
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: server.stop())
    server.run()
    logging.shutdown()
    # Threads may be deep in PyTorch, where Python's own clean-up would crash.
    os._exit(0)
