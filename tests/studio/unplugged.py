"""Serve the studio and visit it where this process has no network but its own loopback.

Run by ``test_unplugged`` in a network namespace of its own: ``unplugged.py PHOTO DATA CHROMIUM``.
Prints how many requests the browser made.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import sys
from pathlib import Path

from chromium import FLAGS, PATIENCE
from playwright.sync_api import sync_playwright
from whole_page import Log, check_whole

from gradio_demo.app import Studio
from gradio_demo.settings import Settings

_SET_FLAGS, _UP = 0x8914, 1  # of netdevice(7)


def raise_loopback() -> None:
    """A new namespace has its loopback down."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))


def check_alone() -> None:
    """Nothing but loopback is there, and nothing else can be reached."""
    assert [name for _, name in socket.if_nameindex()] == ["lo"]
    with socket.socket() as outside:
        outside.settimeout(2)
        try:
            outside.connect(("192.0.2.1", 80))
        except OSError:
            return
    raise AssertionError("the network is still there")


def main(photo: str, data: str, program: str) -> None:
    raise_loopback()
    check_alone()
    studio = Studio(Settings(preview_pixels=120_000, data=Path(data)))
    url = studio.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(PATIENCE)
            log = Log(page, url)
            check_whole(log, Path(photo))
            browser.close()
    finally:
        studio.stop()
    sys.stdout.write(f"{len(log.asked)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
