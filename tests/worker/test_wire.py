"""What strangers, the wrong key and garbage get from a real worker: nothing."""

from __future__ import annotations

import ast
import hmac
import json
import multiprocessing.connection
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from workers import colorized, grey_layer

from colorize_core import locks
from colorize_core.worker import answers, caller, home, process, wire
from colorize_core.worker import connection as connections
from colorize_core.worker.caller import WorkerConnection, connect
from colorize_core.worker.home import Engine
from colorize_core.worker.wire import (
    ProtocolError,
    receive_message,
    send_message,
)
from gimp_plugin import installation

CARRIED = (answers, caller, connections, home, locks, process, wire)


def channel(engine: Engine) -> dict[str, str]:
    return json.loads((engine.folder / "channel.json").read_text())


def still_serves(worker: WorkerConnection, weights: Path) -> bool:
    pid = worker.status()["pid"]
    colorized(worker, weights, grey_layer(16, 16))
    return worker.status()["pid"] == pid


@pytest.mark.parametrize("module", CARRIED)
def test_what_a_plug_in_carries_needs_the_standard_library_alone(module):
    carried = {module.__name__ for module in CARRIED}
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level
            if node.module not in carried:
                names.add((node.module or "").partition(".")[0])
    assert names <= sys.stdlib_module_names
    assert "pickle" not in names


def test_a_caller_with_a_wrong_key_gets_nothing(
    engine: Engine, worker: WorkerConnection, lite_weights: Path
):
    connection = multiprocessing.connection.Client(channel(engine)["address"])
    with connection:
        with pytest.raises((ProtocolError, EOFError)):
            wire.authenticate_to_worker(connection, b"not the key")
        with pytest.raises((EOFError, OSError)):
            connection.recv_bytes()
    assert still_serves(worker, lite_weights)
    assert "wrong key" in engine.log.read_text()


def test_the_plug_in_carries_all_of_these_and_no_more():
    root = Path(locks.__file__).parent
    carried = {str(Path(module.__file__).relative_to(root)) for module in CARRIED}
    start = f"{root.name}/"
    names = {name.removeprefix(start) for name in installation.files() if name.startswith(start)}
    assert names == carried | {"__init__.py", "worker/__init__.py"}


def test_protocol_5_is_kept_to_the_byte(engine: Engine, worker: WorkerConnection):
    """A plug-in that was put into GIMP before says and expects just this."""
    told = channel(engine)
    with multiprocessing.connection.Client(told["address"]) as line:
        greeting = line.recv_bytes()
        assert (len(greeting), greeting[:15]) == (47, b"colorize worker")
        ours = bytes(range(32))
        nonces, key = greeting[15:] + ours, bytes.fromhex(told["key"])
        line.send_bytes(ours + hmac.new(key, b"caller" + nonces, "sha256").digest())
        assert line.recv_bytes() == hmac.new(key, b"worker" + nonces, "sha256").digest()
        hello = json.loads(line.recv_bytes())
        assert hello == {"protocol": 5, "version": engine.version, "pid": worker.pid}
        line.send_bytes(
            b'{"request": "colorize", "width": 8, "height": 6, "format": "Y\'A u8", '
            b'"options": {"model": "lite", "saturation": 0.0}, "hints": true, '
            b'"result": "R\'G\'B\'A u8"}'
        )
        assert line.recv_bytes() == b'{"reply": "ready"}'
        line.send_bytes(bytes(range(96)))
        line.send_bytes(bytes(192))
        messages = []
        while (message := json.loads(line.recv_bytes()))["reply"] != "strip":
            messages.append(message)
        assert messages
        assert all(one.keys() == {"reply", "share", "text"} for one in messages)
        assert message == {"reply": "strip", "row": 0, "rows": 6}
        grey, alpha = np.arange(96, dtype=np.uint8).reshape(48, 2).T
        assert line.recv_bytes() == np.stack((grey, grey, grey, alpha), 1).tobytes()
        while (message := json.loads(line.recv_bytes()))["reply"] == "progress":
            pass
        assert message == {"reply": "result"}


def test_a_caller_that_proves_nothing_gets_only_the_greeting(
    engine: Engine, worker: WorkerConnection
):
    connection = multiprocessing.connection.Client(channel(engine)["address"])
    with connection:
        connection.recv_bytes()
        send_message(connection, {"request": "status"})
        with pytest.raises((EOFError, OSError)):
            connection.recv_bytes()


def test_a_worker_that_lacks_the_key_is_not_believed():
    honest, impostor = multiprocessing.connection.Pipe()
    impostor.send_bytes(b"colorize worker" + bytes(32))
    impostor.send_bytes(bytes(32))
    with honest, impostor, pytest.raises(ProtocolError, match="wrong key"):
        wire.authenticate_to_worker(honest, b"key")


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        bytes(range(256)) * 64,
        struct.pack("!i", 2**31 - 1) + b"x",
        struct.pack("!iQ", -1, 2**63),
        struct.pack("!i", 64) + bytes(64),
    ],
)
def test_garbage_before_the_key_does_not_stop_it(
    engine: Engine, worker: WorkerConnection, lite_weights: Path, garbage: bytes
):
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(channel(engine)["address"])
        raw.sendall(garbage)
    assert still_serves(worker, lite_weights)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff\xfe",
        b"[]",
        b"[" * 60000,
        b'{"request": "format the disk"}',
        b'{"request": ["colorize"]}',
        b"{}",
        b"x" * (wire.MAX_HEADER + 1),
    ],
)
def test_garbage_with_the_key_does_not_stop_it(
    engine: Engine, worker: WorkerConnection, lite_weights: Path, garbage: bytes
):
    with WorkerConnection(engine) as other:
        with suppress(ConnectionError):  # it may hang up before it has all, of too much
            other._connection.send_bytes(garbage)
        with pytest.raises((EOFError, OSError)):
            other._connection.recv_bytes()
    assert still_serves(worker, lite_weights)


@pytest.mark.parametrize(
    "change",
    [
        {"width": 0},
        {"height": -4},
        {"width": 1.5},
        {"width": True},
        {"width": None},
        {"width": 1 << 40},
        {"format": "RGB float"},
        {"format": {}},
        {"result": "RGB float"},
        {"result": None},
        {"result": [1]},
        {"options": [1]},
    ],
)
def test_a_request_that_makes_no_sense_is_refused(worker: WorkerConnection, change: dict):
    request = {
        "request": "colorize",
        "width": 4,
        "height": 4,
        "format": wire.LIGHTNESS,
        "result": wire.LAB,
    }
    send_message(worker._connection, {**request, "options": {}, "hints": False, **change})
    assert receive_message(worker._connection)["kind"] == "options"
    assert worker.status()["state"] in ("starting", "idle")


def test_pieces_of_the_wrong_length_end_the_connection(engine: Engine, worker: WorkerConnection):
    with WorkerConnection(engine) as other:
        request = {
            "request": "colorize",
            "width": 4,
            "height": 4,
            "format": wire.LIGHTNESS,
            "result": wire.LAB,
        }
        send_message(other._connection, {**request, "options": {}})
        assert receive_message(other._connection) == {"reply": "ready"}
        other._connection.send_bytes(bytes(8 * 16 + 1))
        with pytest.raises((EOFError, OSError)):
            other._connection.recv_bytes()
    assert worker.status()["failed"] == 0


def test_callers_that_say_nothing_do_not_keep_others_waiting(
    engine: Engine, worker: WorkerConnection
):
    address = channel(engine)["address"]
    silent = [multiprocessing.connection.Client(address) for _ in range(8)]
    other = connect(engine)
    assert other is not None
    with other:
        assert other.status()["pid"] == worker.pid
    for connection in silent:
        connection.close()
