"""The address of the worker, and the file with it for the user's own programs."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Listener
from pathlib import Path

from colorize_core.worker import home

log = logging.getLogger(__name__)

_LONGEST_ADDRESS = 100  # bytes; the system's limit for a Unix socket is 104 to 108


class Channel:
    """An address with a key, made anew for every worker.

    Args:
        folder: the worker's own, private to the user.
    """

    def __init__(self, folder: Path) -> None:
        self.key = secrets.token_bytes(32)
        self._folder = folder
        self._file = folder / "channel.json"
        self._content = b""

    @contextlib.contextmanager
    def open(self) -> Iterator[Listener]:
        """Listen, and tell the user's other programs, and only them, where and with what key.

        Raises:
            OSError: the socket cannot be made.
        """
        address = _free_address(self._folder, self._file)
        with Listener(address, backlog=16) as listener:
            content = {"address": address, "key": self.key.hex(), "pid": os.getpid()}
            self._content = json.dumps(content).encode()
            self._write()
            try:
                yield listener
            finally:
                self._file.unlink(missing_ok=True)
        _clear(address)

    def keep(self) -> None:
        """Write the file again where it was deleted or changed: callers would be kept out."""
        with contextlib.suppress(OSError):
            if not self._file.exists() or self._file.read_bytes() != self._content:
                log.warning("%s was deleted or changed: it is written again", self._file)
                self._write()

    def _write(self) -> None:
        part = self._file.with_suffix(".part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(self._content)
        part.replace(self._file)


def _free_address(folder: Path, file: Path) -> str:
    """Choose an address where nothing listens; clear away what a killed worker left."""
    if home.WINDOWS:
        return rf"\\.\pipe\colorize-{secrets.token_hex(8)}"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        _clear(json.loads(file.read_text("utf-8"))["address"])
    address = folder / "socket"
    if len(os.fsencode(address)) > _LONGEST_ADDRESS:
        address = Path(tempfile.mkdtemp(prefix="colorize-")) / "socket"
    address.unlink(missing_ok=True)
    return str(address)


def _clear(address: str) -> None:
    if not home.WINDOWS:
        socket = Path(address)
        socket.unlink(missing_ok=True)
        if socket.parent.name.startswith("colorize-"):
            with contextlib.suppress(OSError):
                socket.parent.rmdir()
