"""Limits follow the memory on one's own machine; ports that are taken are told."""

from __future__ import annotations

import socket

import pytest
from click.testing import CliRunner

from colorize_core.cli.studio_command import command
from gradio_demo.app import PortError, check_port
from gradio_demo.limits import own_limits


@pytest.mark.parametrize(
    ("free", "bytes_", "pixels"),
    [
        (0, 100 * 2**20, 100_000_000),
        (2**30, 128 * 2**20, 100_000_000),
        (16 * 2**30, 2**31, 343_597_383),
        (2**40, 2**37, 1_000_000_000),
    ],
)
def test_own_limits_follow_the_memory_and_are_never_lower(free, bytes_, pixels):
    assert own_limits(free) == (bytes_, pixels)


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ([], True),
        (["--host", "::1"], True),
        (["--host", "0.0.0.0"], False),
        (["--share"], False),
        (["--host-name", "photos.example"], False),
    ],
)
def test_only_a_studio_for_this_machine_alone_has_them(mocker, line, own):
    mocker.patch("gradio_demo.limits.own_limits", return_value=(7, 8))
    studio = mocker.patch("gradio_demo.app.Studio")
    assert CliRunner().invoke(command, line).exit_code == 0
    settings = studio.call_args.args[0]
    limits = (settings.most_bytes, settings.most_pixels)
    assert limits == ((7, 8) if own else (100 * 2**20, 100_000_000))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_taken_port_is_told_in_our_own_words(host):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortError, match=f"^port {port} is taken$"):
            check_port(host, port)
    check_port(host, port)


def test_an_address_of_another_machine_is_told():
    with pytest.raises(OSError, match=r"^192\.0\.2\.1: cannot listen here"):
        check_port("192.0.2.1", 0)
    with pytest.raises(OSError, match="no such host"):
        check_port("nowhere.invalid", 0)
