"""What goes over the channel to the worker. Standard library alone, Python 3.9+.

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

PROTOCOL = 3
LIGHTNESS = "CIE L alpha float"  # what is sent: two float32 a pixel, L and alpha
GREY = "Y'A u8"  # or two bytes a pixel of grey sRGB and alpha
PIXEL_BYTES = {LIGHTNESS: 8, GREY: 2}
LAB = "CIE Lab alpha float"  # what comes back: four float32 a pixel, Lab for D50 as in GIMP
RGB = "R'G'B'A u8"  # or, where no more is wanted, four bytes a pixel of sRGB
RESULT_BYTES = {LAB: 16, RGB: 4}
HINT_BYTES = 4  # R'G'B'A u8
MAX_PIXELS = 1 << 28
MAX_HEADER = 1 << 16
CHUNK = 1 << 20  # the longest piece of pixels
ANSWER_SECONDS = 10.0
SIGN_OF_LIFE_SECONDS = 2.0  # after which a worker says again what it does, at the latest
SILENCE_SECONDS = 60.0  # after which whoever works for the other, or sends, counts as stuck
_GREETING = b"colorize worker"

Report = Callable[[float, str], None]  # told of progress: a share of 1, and what is being done


class ProtocolError(Exception):
    """The other side does not know the key or does not keep to the protocol."""


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


def limit_waiting(connection: Any) -> None:
    """Let no piece be waited for or sent for ever, once begun: an OSError, where there are sockets.

    Windows has pipes, which know no limits.
    """
    if os.name != "nt":
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            limit = struct.pack("ll", int(SILENCE_SECONDS), 0)
            same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
            same.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


def call(address: str) -> Any:
    """A connection to what listens at an address.

    Raises:
        OSError: nothing does, or it takes nobody in.
    """
    if os.name == "nt":
        return multiprocessing.connection.Client(address)
    with socket.socket(socket.AF_UNIX) as line:
        limit = struct.pack("ll", int(ANSWER_SECONDS), 0)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)  # holds for connecting too
        line.connect(address)
        connection = multiprocessing.connection.Connection(line.detach())
    limit_waiting(connection)
    return connection


def let_in(connection: Any, key: bytes) -> None:
    """The worker's side of the proof: ProtocolError or EOFError for whoever lacks the key."""
    ours = secrets.token_bytes(32)
    connection.send_bytes(_GREETING + ours)
    answer = receive_bytes(connection, 64, ANSWER_SECONDS)
    nonces = ours + answer[:32]
    if not hmac.compare_digest(answer[32:], proof(key, b"caller", nonces)):
        raise ProtocolError("wrong key")
    connection.send_bytes(proof(key, b"worker", nonces))


def ask_in(connection: Any, key: bytes) -> None:
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
    """Receive so many raw bytes: ProtocolError if the pieces are empty or more than was agreed."""
    pixels = bytearray(length)
    start = 0
    while start < length:
        piece = receive_bytes(connection, min(CHUNK, length - start), SILENCE_SECONDS)
        if not piece:
            raise ProtocolError("an empty piece of pixels")
        pixels[start : start + len(piece)] = piece
        start += len(piece)
    return pixels
