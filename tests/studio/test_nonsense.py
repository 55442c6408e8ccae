"""Requests that make no sense are answered, and leave a line in the log each, not a traceback."""

from __future__ import annotations

import httpx
import pytest
from served import API, Caller, served

LONG = "a" * 3000


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return tmp_path_factory.mktemp("world")


@pytest.fixture(scope="module")
def own(world):
    """A studio whose log is of these tests alone."""
    with served(world) as studio:
        yield studio


@pytest.mark.parametrize(
    "path",
    [
        f"{API}/queue/data?session_hash=nobody",
        f"{API}/call/nothing/nobody",
        f"{API}/file=%00",
        f"/static/{LONG}",
        f"/assets/{LONG}",
        "/assets/%ff",
    ],
)
def test_addresses(own, world, path):
    assert_one_line(world, lambda: httpx.get(own.url + path, timeout=60))


@pytest.mark.parametrize("door", ["queue/join", "call/colorize", "run/colorize", "cancel", "reset"])
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"data": [], "fn_index": NaN}',
        b'{"data": [], "fn_index": 99999, "session_hash": "a"}',
        b'{"data": [1], "fn_index": 0, "session_hash": "a"}',
    ],
)
def test_calls(own, world, door, body):
    def call():
        kind = {"Content-Type": "application/json"}
        httpx.post(f"{own.url}{API}/{door}", content=body, headers=kind, timeout=60)
        caller = Caller(own.url)  # whose turn comes after it
        caller.call(caller.door("game_figures"))

    assert_one_line(world, call)


def assert_one_line(world, action) -> None:
    before = len((world / "log").read_bytes())
    action()
    said = (world / "log").read_bytes()[before:].decode()
    assert "Traceback" not in said
    assert len(said.splitlines()) <= 2, said
    assert len(said) < 1000
