"""A connection to the worker. Standard library alone, Python 3.9+: a plug-in carries a copy."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from colorize_core.worker.answers import (
    Looked,
    Picture,
    Reference,
    Strip,
    WorkerError,
    noticing_its_end,
    say_nothing,
)
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
    RGB,
    SILENCE_SECONDS,
    ProtocolError,
    Report,
    authenticate_to_worker,
    connect_to,
    receive_message,
    receive_pixels,
    send_message,
    send_pixels,
)


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
        self._size = (0, 0)
        self._result = LAB
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
        with noticing_its_end(self):
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
        like: Reference | None = None,
    ) -> list[Strip]:
        """Colorize a layer.

        Pixels go out as they are given and come back as they are made, so that nobody waits.

        Args:
            size: width and height.
            pixels: rows from the top, in parts of any length.
            options: ``model``, ``temperature``, ``saturation``, ``size``, ``as_is``, ``hints`` and
                ``likeness`` as in ColorizeOptions, and ``alternative``.
            hints: painted colours of the same size, R'G'B'A u8; where alpha is 0 is none.
            progress: called with a share of 1 and what is being done.
            form: format of the pixels, one of :data:`~colorize_core.worker.wire.PIXEL_BYTES`.
            result: format of the result, one of :data:`~colorize_core.worker.wire.RESULT_BYTES`.
            like: a photo whose colours are copied to what looks like them.

        Returns:
            The layer from the top. Where L goes out and Lab comes back, L and alpha are the same
            to the byte.

        Raises:
            WorkerError: it could not be done; the message says what to do.
            ValueError: there are more pixels or fewer; the connection is closed then.
        """
        request = {"request": "colorize", "format": form, "result": result}
        with noticing_its_end(self):
            self._send_layer(request, size, pixels, options, hints, like)
            return self._receive_strips(size, RESULT_BYTES[result], progress)

    def look(
        self,
        size: tuple[int, int],
        pixels: Iterable[bytes],
        options: dict[str, Any] | None = None,
        hints: bytes | None = None,
        progress: Report = say_nothing,
        form: str = LIGHTNESS,
        like: Reference | None = None,
    ) -> Looked:
        """Have a layer looked at, for :meth:`preview`, :meth:`colors` and :meth:`render`.

        The worker keeps it until it looks at the next one or the connection is closed. All is as
        for :meth:`colorize`; of the options those count that change what the network sees.
        """
        request = {"request": "look", "format": form}
        with noticing_its_end(self):
            self._send_layer(request, size, pixels, options, hints, like)
            told = self._answer(("looked",), progress)
        self._size = size
        abilities = bool(told["takes_hints"]), bool(told["has_classes"])
        return Looked(*abilities, float(told["temperature"]))

    def preview(
        self, size: tuple[int, int], options: dict[str, Any], alternatives: bool = False
    ) -> Picture:
        """Colour a small picture of the layer that was looked at.

        The size is width and height; alternatives are counted only where they are asked for.

        Raises:
            WorkerError: it could not be done, or no layer was looked at.
        """
        request = {"request": "preview", "width": size[0], "height": size[1], "options": options}
        with noticing_its_end(self):
            send_message(self._connection, {**request, "alternatives": alternatives})
            told = self._answer(("picture",))
            width, height = int(told["width"]), int(told["height"])
            if (width, height) != size:
                raise ProtocolError("a picture of another size")
            pixels = receive_pixels(self._connection, width * height * RESULT_BYTES[RGB])
        return Picture(width, height, bytes(pixels), int(told.get("alternatives", 0)))

    def colors(self, x: int, y: int) -> list[tuple[str, float]]:
        """List the likely colours of a pixel of the layer that was looked at.

        Returns:
            ``#rrggbb`` and share of 1, the likeliest first; none of a network without classes.

        Raises:
            WorkerError: the pixel lies outside, or no layer was looked at.
        """
        with noticing_its_end(self):
            send_message(self._connection, {"request": "colors", "x": x, "y": y})
            told = self._answer(("colors",))
        return [(str(one["color"]), float(one["share"])) for one in told["colors"]]

    def render(
        self, options: dict[str, Any], progress: Report = say_nothing, result: str = LAB
    ) -> list[Strip]:
        """Colour the layer that was looked at: :meth:`colorize` without its first part.

        Of the options ``temperature``, ``saturation`` and ``alternative``, from 1 on, count.

        Raises:
            WorkerError: it could not be done, or no layer was looked at.
        """
        self.begin_render(options, result)
        return self.rendered(progress)

    def begin_render(self, options: dict[str, Any], result: str = LAB) -> None:
        """Ask for what :meth:`render` gives, and do not wait: :meth:`rendered` has to follow."""
        self._result = result
        request = {"request": "render", "options": options, "result": result}
        with noticing_its_end(self):
            send_message(self._connection, request)

    def rendered(self, progress: Report = say_nothing) -> list[Strip]:
        """Wait for what :meth:`begin_render` has asked for."""
        with noticing_its_end(self):
            return self._receive_strips(self._size, RESULT_BYTES[self._result], progress)

    def models(self) -> list[tuple[str, bool]]:
        """List the models that can be used, and whether they take hints."""
        with noticing_its_end(self):
            send_message(self._connection, {"request": "models"})
            told = self._answer(("models",))
        return [(str(one["name"]), bool(one["takes_hints"])) for one in told["models"]]

    def _send_layer(
        self,
        request: dict[str, Any],
        size: tuple[int, int],
        pixels: Iterable[bytes],
        options: dict[str, Any] | None,
        hints: bytes | None,
        like: Reference | None,
    ) -> None:
        width, height = size
        if hints is not None and len(hints) != width * height * HINT_BYTES:
            raise ValueError(f"{len(hints)} bytes are not {width} x {height} painted pixels")
        if like is not None:
            like.check()
        request = {**request, "width": width, "height": height, "options": options or {}}
        request["like"] = like and {"width": like.width, "height": like.height}
        send_message(self._connection, {**request, "hints": hints is not None})
        self._answer(("ready",))
        self._send_all(pixels, size, PIXEL_BYTES[request["format"]])
        for more in (hints, like and like.pixels):
            if more is not None:
                send_pixels(self._connection, more)

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
                raise WorkerError.told(message, self.engine.log)
            elif reply in wanted:
                return message
            else:
                raise ProtocolError(f"expected {' or '.join(wanted)}; got {reply}")
