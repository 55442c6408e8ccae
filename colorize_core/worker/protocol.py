"""The channel to the worker. Standard library alone, Python 3.9+: a plug-in carries a copy.

The worker listens on a Unix socket (on Windows: a named pipe) of the user's own. In a folder that
only the user can read, ``channel.json`` tells the address and a key made anew at every start.
Both sides prove by HMAC-SHA256 that they know the key. After that every message is a JSON object,
and pixels follow as raw bytes whose length both sides know beforehand; nothing is ever unpickled.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import multiprocessing.connection
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROTOCOL = 1
WINDOWS = os.name == "nt"
FORMAT = "CIE Lab alpha float"  # four float32 a pixel: L, a, b (D50, as in GIMP), alpha
PIXEL_BYTES = 16
HINT_BYTES = 4  # R'G'B'A u8
MAX_PIXELS = 1 << 28
MAX_HEADER = 1 << 16
CHUNK = 1 << 20
START_SECONDS = 120.0
ANSWER_SECONDS = 10.0
_GREETING = b"colorize worker"
_MISLEADING = ("PYTHONHOME", "PYTHONPATH", "GI_TYPELIB_PATH", "LD_LIBRARY_PATH", "LD_PRELOAD")

Progress = Callable[[float, str], None]


class ProtocolError(Exception):
    """The other side does not know the key or does not keep to the protocol."""


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


@dataclass(frozen=True)
class Engine:
    """Where the engine is installed.

    Attributes:
        python: the interpreter that has ``colorize_core``.
        home: the folder of everything installed; the worker's files are in ``worker`` below it.
        version: of ``colorize_core``; a worker of another one is replaced. None takes any.
    """

    python: Path
    home: Path
    version: str | None = None

    @property
    def folder(self) -> Path:
        """Holds the channel, the locks and the log."""
        return self.home / "worker"

    @property
    def log(self) -> Path:
        """What the worker did."""
        return self.folder / "worker.log"


def home_folder() -> Path:
    """The folder that install.py installs into."""
    chosen = os.environ.get("COLORIZE_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "colorize"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/colorize"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "colorize"


def private_folder(folder: Path) -> None:
    """Make a folder that nobody else can look into.

    Raises:
        OSError: it cannot be made, or belongs to someone else.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not WINDOWS:
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to another user: choose another COLORIZE_HOME")
        folder.chmod(0o700)


@contextlib.contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Hold a lock that ends with the process at the latest.

    Raises:
        TimeoutError: another process still holds it after so many seconds.
    """
    deadline = time.monotonic() + seconds
    with path.open("a+b") as file:
        while not _try_lock(file.fileno()):
            if time.monotonic() >= deadline:
                raise TimeoutError(f"{path}: held by another process")
            time.sleep(0.05)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def proof(key: bytes, side: bytes, nonces: bytes) -> bytes:
    """What shows that a side knows the key."""
    return hmac.new(key, side + nonces, hashlib.sha256).digest()


def receive_bytes(connection: Any, limit: int, seconds: float | None = None) -> bytes:
    """One piece from the other side.

    Raises:
        ProtocolError: it is longer than the limit, or does not come in time.
        EOFError: the other side has gone.
    """
    if not connection.poll(seconds):
        raise ProtocolError("the other side says nothing")
    try:
        return connection.recv_bytes(limit)
    except OSError as error:
        raise ProtocolError(f"not a piece of at most {limit} bytes: {error}") from error


def let_in(connection: Any, key: bytes) -> None:
    """The worker's side of the proof: ProtocolError or EOFError for whoever lacks the key."""
    ours = secrets.token_bytes(32)
    connection.send_bytes(_GREETING + ours)
    answer = receive_bytes(connection, 64, ANSWER_SECONDS)
    nonces = ours + answer[:32]
    if not hmac.compare_digest(answer[32:], proof(key, b"caller", nonces)):
        raise ProtocolError("wrong key")
    connection.send_bytes(proof(key, b"worker", nonces))


def _ask_in(connection: Any, key: bytes) -> None:
    greeting = receive_bytes(connection, 64, ANSWER_SECONDS)
    if len(greeting) != len(_GREETING) + 32 or not greeting.startswith(_GREETING):
        raise ProtocolError("not a colorize worker")
    ours = secrets.token_bytes(32)
    nonces = greeting[len(_GREETING) :] + ours
    connection.send_bytes(ours + proof(key, b"caller", nonces))
    answer = receive_bytes(connection, 32, ANSWER_SECONDS)
    if not hmac.compare_digest(answer, proof(key, b"worker", nonces)):
        raise ProtocolError("wrong key")


def send(connection: Any, message: dict[str, Any]) -> None:
    """Send a JSON object."""
    connection.send_bytes(json.dumps(message).encode())


def receive(connection: Any, seconds: float | None = None) -> dict[str, Any]:
    """Receive a JSON object: ProtocolError for anything else, EOFError at the end."""
    try:
        message = json.loads(receive_bytes(connection, MAX_HEADER, seconds))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not JSON: {error}") from error
    if not isinstance(message, dict):
        raise ProtocolError("not a JSON object")
    return message


def send_pixels(connection: Any, pixels: Any) -> None:
    """Send raw bytes, in pieces."""
    view = memoryview(pixels).cast("B")
    for start in range(0, len(view), CHUNK):
        connection.send_bytes(view[start : start + CHUNK])


def receive_pixels(connection: Any, length: int) -> bytearray:
    """Receive so many raw bytes: ProtocolError if the pieces are not what was agreed."""
    pixels = bytearray(length)
    for start in range(0, length, CHUNK):
        piece = receive_bytes(connection, CHUNK)
        if len(piece) != min(CHUNK, length - start):
            raise ProtocolError("a piece of pixels of the wrong length")
        pixels[start : start + len(piece)] = piece
    return pixels


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
        self._connection = multiprocessing.connection.Client(channel["address"])
        try:
            _ask_in(self._connection, bytes.fromhex(channel["key"]))
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
            return self._answer("status")

    def stop(self) -> None:
        """End the worker and wait until it is gone; one that does not listen is killed."""
        try:
            send(self._connection, {"request": "stop"})
            while self._connection.poll(ANSWER_SECONDS):
                self._connection.recv_bytes(MAX_HEADER)
        except (EOFError, OSError):
            return
        finally:
            self.close()
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGTERM if WINDOWS else signal.SIGKILL)

    def colorize(
        self,
        size: tuple[int, int],
        pixels: bytes,
        options: dict[str, Any] | None = None,
        hints: bytes | None = None,
        progress: Progress = lambda share, text: None,
    ) -> bytes:
        """Colorize a layer.

        Args:
            size: width and height.
            pixels: in :data:`FORMAT`, rows from the top.
            options: ``model``, ``temperature``, ``saturation``, ``size`` as in ColorizeOptions.
            hints: painted colours of the same size, R'G'B'A u8; where alpha is 0 is none.
            progress: called with a share of 1 and what is being done.

        Returns:
            The pixels with other a and b; L and alpha are the same to the byte.

        Raises:
            WorkerError: says what to do.
        """
        width, height = size
        if len(pixels) != width * height * PIXEL_BYTES:
            raise ValueError(f"{len(pixels)} bytes are not {width} x {height} pixels")
        if hints is not None and len(hints) != width * height * HINT_BYTES:
            raise ValueError(f"{len(hints)} bytes are not {width} x {height} painted pixels")
        request = {"request": "colorize", "width": width, "height": height, "format": FORMAT}
        request.update(options=options or {}, hints=hints is not None)
        with self._noticing_its_end():
            send(self._connection, request)
            self._answer("ready")
            send_pixels(self._connection, pixels)
            if hints is not None:
                send_pixels(self._connection, hints)
            self._answer("result", progress)
            return bytes(receive_pixels(self._connection, len(pixels)))

    def _answer(self, wanted: str, progress: Progress = lambda share, text: None) -> dict[str, Any]:
        while True:
            message = receive(self._connection)
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
            elif reply == wanted:
                return message
            else:
                raise ProtocolError(f"expected {wanted}; got {reply}")

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
    """A connection to the worker if one runs, whatever its version."""
    try:
        return Worker(engine)
    except (OSError, ValueError, KeyError, TypeError, EOFError, ProtocolError):
        return None


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
            worker = connect(engine)
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
