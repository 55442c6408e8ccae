"""A connection to the worker. Standard library alone, Python 3.9+: a plug-in carries a copy."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from colorize_core.worker.home import Engine
from colorize_core.worker.process import end_process
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
    Report,
    SilenceError,
    authenticate_to_worker,
    connect_to,
    receive_message,
    receive_pixels,
    send_message,
    send_pixels,
)


def say_nothing(share: float, text: str) -> None:
    """Report no progress."""


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
    """An error with its cause, advice, and where the log is.

    Attributes:
        kind: ``absent`` (no engine, or no worker runs), ``start``, ``version``, ``gone`` (ended
            in mid-request), ``silent``, ``stopped``, ``memory``, ``options`` or ``internal``.
    """

    def __init__(self, kind: str, message: str, advice: str, log: Path) -> None:
        super().__init__(f"{message}: {advice} (log: {log})")
        self.kind = kind
        self.log = log


class WorkerConnection:
    """A connection to a running worker; closing it cancels unfinished work.

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
        self._connection = connect_to(channel["address"])
        try:
            authenticate_to_worker(self._connection, bytes.fromhex(channel["key"]))
            hello = receive_message(self._connection, ANSWER_SECONDS)
        except BaseException:
            self._connection.close()
            raise
        self.pid = int(hello.get("pid", 0))
        self.version = hello.get("version")
        self.fits = hello.get("protocol") == PROTOCOL and engine.version in (None, self.version)

    def __enter__(self) -> WorkerConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def status(self) -> dict[str, Any]:
        """Ask for its state, pid, version, device and work so far."""
        with self._noticing_its_end():
            send_message(self._connection, {"request": "status"})
            return self._answer(("status",))

    def stop(self) -> None:
        """End the worker and wait until it is gone; kill one deaf to the request."""
        try:
            send_message(self._connection, {"request": "stop"})
            deadline = time.monotonic() + ANSWER_SECONDS
            while self._connection.poll(max(0.0, deadline - time.monotonic())):
                self._connection.recv_bytes(MAX_HEADER)
        except (EOFError, OSError):
            return
        finally:
            self.close()
        end_process(self.engine)

    def colorize(
        self,
        size: tuple[int, int],
        pixels: Iterable[bytes],
        options: dict[str, Any] | None = None,
        hints: bytes | None = None,
        progress: Report = say_nothing,
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
            WorkerError: it could not be done; the message says what to do.
            ValueError: there are more pixels or fewer; the connection is closed then.
        """
        width, height = size
        if hints is not None and len(hints) != width * height * HINT_BYTES:
            raise ValueError(f"{len(hints)} bytes are not {width} x {height} painted pixels")
        request = {"request": "colorize", "width": width, "height": height, "format": form}
        request.update(options=options or {}, hints=hints is not None, result=result)
        with self._noticing_its_end():
            send_message(self._connection, request)
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
        self, size: tuple[int, int], pixel_bytes: int, progress: Report
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

    def _answer(self, wanted: tuple[str, ...], progress: Report = say_nothing) -> dict[str, Any]:
        while True:
            message = receive_message(self._connection, SILENCE_SECONDS)
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
        except (SilenceError, BlockingIOError) as error:
            self.close()
            raise WorkerError(
                "silent",
                "the colorize worker does not answer any more",
                "run “colorize worker stop” in a terminal, or end process "
                f"{self.pid}, and try again: a new one starts then",
                self.engine.log,
            ) from error
        except (EOFError, OSError, ProtocolError) as error:
            self.close()
            raise WorkerError(
                "gone",
                "the colorize worker ended in the middle of its work",
                "try again, it starts anew; if it happens again, memory may be too small: close "
                "other programs or scale the picture down",
                self.engine.log,
            ) from error
