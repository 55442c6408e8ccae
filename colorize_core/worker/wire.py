"""The messages between callers and the worker. Standard library alone, Python 3.9+.

Both sides prove by HMAC-SHA256 that they know the key. After that every message is a JSON object,
and pixels follow as raw bytes whose length both sides know beforehand; nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import multiprocessing.connection
import os
import secrets
import socket
import struct
from collections.abc import Callable
from typing import Any

PROTOCOL = 5
LIGHTNESS = "CIE L alpha float"  # what is sent: two float32 a pixel, L and alpha
GREY = "Y'A u8"  # or two bytes a pixel of grey sRGB and alpha
PIXEL_BYTES = {LIGHTNESS: 8, GREY: 2}
LAB = "CIE Lab alpha float"  # what comes back: four float32 a pixel, Lab for D50 as in GIMP
RGB = "R'G'B'A u8"  # or, where no more is wanted, four bytes a pixel of sRGB
OPAQUE_RGB = "R'G'B' u8"  # or three, where nothing is transparent
RESULT_BYTES = {LAB: 16, RGB: 4, OPAQUE_RGB: 3}
HINT_BYTES = 4  # R'G'B'A u8, as the pixels of a reference
MAX_REFERENCE = 1 << 24  # pixels of a photo whose colours are copied
MAX_PIXELS = 1 << 28
MAX_HEADER = 1 << 16
CHUNK = 1 << 20  # the longest piece of pixels
ANSWER_SECONDS = 10.0
SIGN_OF_LIFE_SECONDS = 2.0  # after which a worker says again what it does, at the latest
SILENCE_SECONDS = 60.0  # after which whoever works for the other, or sends, counts as stuck
_GREETING = b"colorize worker"

Report = Callable[[float, str], None]  # told of progress: a share of 1, and what is being done


class ProtocolError(Exception):
    """An error of the other side: it lacks the key or does not keep to the protocol."""


class SilenceError(ProtocolError):
    """An error of the other side: it says nothing, for longer than it may."""


def _proof(key: bytes, side: bytes, nonces: bytes) -> bytes:
    """Prove that a side knows the key."""
    return hmac.new(key, side + nonces, hashlib.sha256).digest()


def receive_piece(connection: Any, limit: int, seconds: float | None = None) -> bytes:
    """Receive one piece from the other side.

    Raises:
        ProtocolError: it is longer than the limit.
        SilenceError: it does not come in time.
        EOFError: the other side has gone.
    """
    if not connection.poll(seconds):
        raise SilenceError("the other side does not answer")
    try:
        return connection.recv_bytes(limit)
    except BlockingIOError as error:  # the system's time limit
        raise SilenceError("the other side does not go on") from error
    except OSError as error:
        raise ProtocolError(f"not a piece of at most {limit} bytes: {error}") from error


def set_time_limits(connection: Any) -> None:
    """Have the system end a piece that is received or sent for too long, by an OSError.

    Only where there are sockets: the pipes of Windows know no limits.
    """
    if os.name != "nt":
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            limit = struct.pack("ll", int(SILENCE_SECONDS), 0)
            same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
            same.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


def connect_to(address: str) -> Any:
    """Connect to the worker that listens at an address.

    Raises:
        OSError: none does, or it accepts nobody.
    """
    if os.name == "nt":
        return multiprocessing.connection.Client(address)
    with socket.socket(socket.AF_UNIX) as line:
        limit = struct.pack("ll", int(ANSWER_SECONDS), 0)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)  # holds for connecting too
        line.connect(address)
        connection = multiprocessing.connection.Connection(line.detach())
    set_time_limits(connection)
    return connection


def authenticate_caller(connection: Any, key: bytes) -> None:
    """Prove to each other that both know the key: the worker's side.

    Raises:
        ProtocolError: the caller does not know it.
        EOFError: the caller has gone.
    """
    ours = secrets.token_bytes(32)
    connection.send_bytes(_GREETING + ours)
    answer = receive_piece(connection, 64, ANSWER_SECONDS)
    nonces = ours + answer[:32]
    if not hmac.compare_digest(answer[32:], _proof(key, b"caller", nonces)):
        raise ProtocolError("wrong key")
    connection.send_bytes(_proof(key, b"worker", nonces))


def authenticate_to_worker(connection: Any, key: bytes) -> None:
    """Prove to each other that both know the key: the caller's side.

    Raises:
        ProtocolError: this is no worker, or it does not know the key.
        EOFError: it has gone, as a worker does that was not convinced.
    """
    greeting = receive_piece(connection, 64, ANSWER_SECONDS)
    if len(greeting) != len(_GREETING) + 32 or not greeting.startswith(_GREETING):
        raise ProtocolError("not a colorize worker")
    ours = secrets.token_bytes(32)
    nonces = greeting[len(_GREETING) :] + ours
    connection.send_bytes(ours + _proof(key, b"caller", nonces))
    answer = receive_piece(connection, 32, ANSWER_SECONDS)
    if not hmac.compare_digest(answer, _proof(key, b"worker", nonces)):
        raise ProtocolError("wrong key")


def send_message(connection: Any, message: dict[str, Any]) -> None:
    """Send a JSON object."""
    connection.send_bytes(json.dumps(message).encode())


def receive_message(connection: Any, seconds: float | None = None) -> dict[str, Any]:
    """Receive a JSON object.

    Raises:
        ProtocolError: it is something else, or does not come in time.
        EOFError: the other side has gone.
    """
    try:
        message = json.loads(receive_piece(connection, MAX_HEADER, seconds))
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
    """Receive so many raw bytes.

    Raises:
        ProtocolError: a piece is empty, or they are more than was agreed.
        EOFError: the other side has gone.
    """
    pixels = bytearray(length)
    start = 0
    while start < length:
        piece = receive_piece(connection, min(CHUNK, length - start), SILENCE_SECONDS)
        if not piece:
            raise ProtocolError("an empty piece of pixels")
        pixels[start : start + len(piece)] = piece
        start += len(piece)
    return pixels
