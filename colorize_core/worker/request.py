"""A request to look at a layer or to colorize it: received, queued, and the result sent."""

from __future__ import annotations

import queue
import time
from typing import Any

import numpy as np

from colorize_core.worker import wire
from colorize_core.worker.answers import N_
from colorize_core.worker.failures import TellingError, explain
from colorize_core.worker.jobs import ColoredRows, Job, Jobs

LOOK_SECONDS = 0.1  # between two looks at whether the caller is still there
_TYPES = {wire.LIGHTNESS: np.float32, wire.GREY: np.uint8}


def colorize_for(connection: Any, message: dict[str, Any], jobs: Jobs) -> None:
    """Colorize a layer for a caller, from its request to the last message about it.

    Raises:
        ProtocolError: the caller does not keep to the protocol.
        EOFError, OSError: the caller has gone; the layer is given up.
    """
    try:
        job = received(connection, message)
    except (ValueError, MemoryError) as error:
        wire.send_message(connection, explain(error))
        return
    work(connection, job, jobs)


def work(connection: Any, job: Job, jobs: Jobs) -> None:
    """Have a job done, and send all that comes of it.

    Raises:
        ProtocolError: the caller does not keep to the protocol.
        EOFError, OSError: the caller has gone; the layer is given up.
    """
    jobs.add(job)
    try:
        _send_events(connection, job)
    finally:
        job.cancelled.set()


def received(connection: Any, message: dict[str, Any], only_look: bool = False) -> Job:
    """Receive the pixels of a request.

    Args:
        connection: the caller's.
        message: the request.
        only_look: whether no result is wanted.

    Raises:
        ValueError: the request makes no sense.
        MemoryError: the layer is too large for this machine.
    """
    height, width = _size(message)
    options, shape = options_of(message), _shape_of_reference(message)
    result = "" if only_look else result_of(message)
    wire.send_message(connection, {"reply": "ready"})
    form = message["format"]
    pixels = wire.receive_pixels(connection, height * width * wire.PIXEL_BYTES[form])
    painted = None
    if message.get("hints"):
        painted = _receive_colors(connection, height, width)
    return Job(
        np.frombuffer(pixels, _TYPES[form]).reshape(height, width, 2),
        result,
        painted,
        options,
        like=_receive_colors(connection, *shape) if shape else None,
    )


def _receive_colors(connection: Any, height: int, width: int) -> np.ndarray:
    """Receive sRGB and alpha, uint8 ``(H, W, 4)``."""
    received = wire.receive_pixels(connection, height * width * wire.HINT_BYTES)
    return np.frombuffer(received, np.uint8).reshape(height, width, 4)


def _size(message: dict[str, Any]) -> tuple[int, int]:
    """Check a request; give the layer's height and width."""
    height, width = _sides(message, "the layer is empty")
    if height * width > wire.MAX_PIXELS:
        raise TellingError(
            N_("a layer of {width} x {height} pixels is too large"),
            N_("{most} megapixels are the most"),
            width=width,
            height=height,
            most=wire.MAX_PIXELS // 10**6,
        )
    _check_format(message, "format", wire.PIXEL_BYTES)
    return height, width


def _shape_of_reference(message: dict[str, Any]) -> tuple[int, int] | None:
    """Check what a request says of a photo to copy colours from; give its height and width."""
    like = message.get("like")
    if like is None:
        return None
    height, width = _sides(like if isinstance(like, dict) else {}, "the reference is empty")
    if height * width > wire.MAX_REFERENCE:
        raise ValueError(f"a reference of {width} x {height} pixels is too large")
    return height, width


def _sides(message: dict[str, Any], otherwise: str) -> tuple[int, int]:
    """Give height and width; ValueError where they are no numbers from 1 on."""
    height, width = message.get("height"), message.get("width")
    if type(height) is not int or type(width) is not int or height < 1 or width < 1:
        raise ValueError(otherwise)
    return height, width


def options_of(message: dict[str, Any]) -> dict[str, Any]:
    """Take the options out of a request; ValueError where there are none."""
    options = message.get("options")
    if not isinstance(options, dict):
        raise ValueError("options must be an object")
    return options


def result_of(message: dict[str, Any]) -> str:
    """Take the format of the result out of a request; ValueError where there is no such."""
    _check_format(message, "result", wire.RESULT_BYTES)
    return str(message["result"])


def _check_format(message: dict[str, Any], name: str, known: dict[str, int]) -> None:
    if message.get(name) not in list(known):
        raise ValueError(f"the {name} can be {' or '.join(known)}")


def _send_events(connection: Any, job: Job) -> None:
    """Pass on a job's events until its last one; repeat the progress every few seconds."""
    said: dict[str, Any] = {"reply": "progress", "share": 0.0, "text": N_("Waiting")}
    said_at = time.monotonic()
    while True:
        try:
            event = job.events.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            event = None
        if connection.poll(0):
            connection.recv_bytes(wire.MAX_HEADER)  # EOFError if it has hung up
            raise wire.ProtocolError("a message in the middle of a request")
        if isinstance(event, ColoredRows):
            strip = {"row": event.row, "rows": len(event.pixels)}
            wire.send_message(connection, {"reply": "strip", **strip})
            wire.send_pixels(connection, event.pixels)
        elif event is not None:
            if job.result or event["reply"] != "result":  # of a look, others tell more
                wire.send_message(connection, event)
            if event["reply"] != "progress":
                return
            said = event
        elif time.monotonic() - said_at < wire.SIGN_OF_LIFE_SECONDS:
            continue
        else:
            wire.send_message(connection, said)
        said_at = time.monotonic()
