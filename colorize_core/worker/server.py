"""The worker's process: takes callers in, answers them, and ends after some idle minutes.

Every connection has a thread that reads its requests and watches whether it is still there; the
pixels are worked on by the one thread of :class:`~colorize_core.worker.jobs.Jobs`.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Listener
from pathlib import Path
from typing import Any

from colorize_core import __version__
from colorize_core.locks import locked
from colorize_core.worker import home, wire
from colorize_core.worker.channel import Channel
from colorize_core.worker.desk import Desk
from colorize_core.worker.jobs import Jobs, State
from colorize_core.worker.places import MOST_CALLERS, Place, Places
from colorize_core.worker.process import RUNNING
from colorize_core.worker.request import LOOK_SECONDS, colorize_for
from colorize_core.worker.wire import ProtocolError, send_message

log = logging.getLogger(__name__)

IDLE_MINUTES = 15.0
_GOODBYE_SECONDS = 1.0
_QUICK_START_SECONDS = 2.0  # in which the one before may still go


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
        self._channel = Channel(engine.folder)
        self._places = Places()
        self._stop = threading.Event()

    def run(self) -> None:
        """Serve until stopped or idle for too long.

        Raises:
            TimeoutError: another worker runs in this folder.
            OSError: the folder or the socket cannot be made.
        """
        folder = self.engine.folder
        home.private_folder(folder)
        with locked(folder / RUNNING, _QUICK_START_SECONDS):
            _log_to(self.engine.log)
            with self._channel.open() as listener:
                log.info("worker %s, process %d, listens", __version__, os.getpid())
                threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
                threading.Thread(target=self.jobs.run, daemon=True).start()
                self._wait()

    def stop(self) -> None:
        """Drop the current job and end."""
        self.jobs.start_stopping()
        self._stop.set()

    def _wait(self) -> None:
        look = max(0.01, min(1.0, self.idle_seconds / 4))
        while not self._stop.wait(look):
            self._channel.keep()
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

    def _accept(self, listener: Listener) -> None:
        while True:
            try:
                connection = listener.accept()
            except OSError as error:
                if self._stop.is_set() or self.jobs.state is State.STOPPING:
                    return
                log.warning("a caller could not be taken in: %s", error)
                time.sleep(LOOK_SECONDS)
                continue
            place = self._places.take()
            if place is None:
                log.warning("more than %d callers at work: one is turned away", MOST_CALLERS)
                connection.close()
                continue
            wire.set_time_limits(connection)
            threading.Thread(target=self._serve, args=(connection, place), daemon=True).start()

    def _serve(self, connection: Any, place: Place) -> None:
        try:
            wire.authenticate_caller(connection, self._channel.key)
            self.jobs.last_active = time.monotonic()
            send_message(
                connection,
                {"protocol": wire.PROTOCOL, "version": __version__, "pid": os.getpid()},
            )
            desk = Desk(connection, self.jobs)
            while True:
                self._answer(connection, _next_request(connection, place), desk)
        except ProtocolError as error:
            log.warning("a caller is turned away: %s", error)
        except (EOFError, OSError):
            pass  # the caller has hung up
        except Exception:
            log.exception("a caller could not be served")
        finally:
            connection.close()
            self._places.leave(place)

    def _answer(self, connection: Any, message: dict[str, Any], desk: Desk) -> None:
        self.jobs.last_active = time.monotonic()
        request = message.get("request")
        if request == "status":
            send_message(connection, {"reply": "status", **self.status()})
        elif request == "stop":
            self.stop()
            threading.Event().wait()  # the end of the process tells the caller
        elif request == "colorize":
            colorize_for(connection, message, self.jobs)
        elif not desk.answer(message):
            raise ProtocolError(f"no such request: {str(request)[:40]!r}")

    def status(self) -> dict[str, Any]:
        """Tell what ``colorize worker status`` shows."""
        jobs = self.jobs
        return {
            "state": jobs.state.value,
            "work": jobs.work,
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


def _next_request(connection: Any, place: Place) -> dict[str, Any]:
    """Wait for a caller's next request; ProtocolError if it has lost its place."""
    place.silent_since, place.works = time.monotonic(), False
    while not connection.poll(LOOK_SECONDS):
        if place.is_lost.is_set():
            raise ProtocolError("silent for too long, and others wait")
    place.works = True
    return wire.receive_message(connection, wire.ANSWER_SECONDS)


def _log_to(path: Path) -> None:
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=1 << 20, backupCount=1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger("colorize_core")
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def main(idle_minutes: float = IDLE_MINUTES) -> None:
    """Serve as the worker of this user's installation; never returns."""
    engine = home.Engine(Path(sys.executable), home.home_folder(), __version__)
    server = Server(engine, idle_minutes)
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: server.stop())
    server.run()
    logging.shutdown()
    # Threads may be deep in PyTorch, where Python's own clean-up would crash.
    os._exit(0)
