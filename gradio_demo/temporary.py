"""The temporary folder of this process, for all files of visitors.

It is held by a lock; this ends with the process at the latest. So a later studio can tell the
folder of a running one from that of a killed one, and removes the latter.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import tempfile
import threading
import time
from pathlib import Path

from gradio import routes

from colorize_core.locks import WINDOWS, locked

_PREFIX = "colorize-studio-"
_LOCK = "lock"
_MAKING = 60.0  # seconds within which a folder that is being made has its lock


class _Home:
    """The folder of this process, while it has a studio."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._held = contextlib.ExitStack()
        self._studios: set[Path] = set()

    def new(self) -> Path:
        with self._lock:
            if self._folder is None:
                remove_dead(Path(tempfile.gettempdir()))
                self._folder = self._make()
                os.environ["GRADIO_TEMP_DIR"] = str(self._folder)
                # Where it makes a folder for each page, as the variable was when it was imported.
                routes.DEFAULT_TEMP_DIR = str(self._folder)  # type: ignore[attr-defined]
            folder = self._folder / secrets.token_hex(8)
            folder.mkdir(mode=0o700)
            self._studios.add(folder)
            return folder

    def remove(self, folder: Path) -> None:
        with self._lock:
            shutil.rmtree(folder, ignore_errors=True)
            self._studios.discard(folder)
            if self._folder is None:  # a thread that was still writing has made it anew
                shutil.rmtree(folder.parent, ignore_errors=True)
            if self._folder is None or self._studios:
                return
            self._remove_loose()
            if not WINDOWS:  # there a file that is held cannot be deleted
                shutil.rmtree(self._folder, ignore_errors=True)
            self._held.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def remove_loose(self) -> None:
        with self._lock:
            self._remove_loose()

    def _remove_loose(self) -> None:
        for path in self._folder.iterdir() if self._folder else ():
            if path.is_file() and path.name != _LOCK:
                with contextlib.suppress(OSError):
                    path.unlink()

    def end(self) -> None:
        for folder in list(self._studios):
            self.remove(folder)

    def _make(self) -> Path:
        while True:
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
            with contextlib.suppress(OSError):  # another studio took it for a dead one's
                self._held.enter_context(locked(folder / _LOCK, 0.0))
                if (folder / _LOCK).exists():
                    return folder


_home = _Home()
atexit.register(_home.end)


def new_folder() -> Path:
    """Make a folder for a studio of this process; Gradio keeps its own files beside it."""
    return _home.new()


def remove_folder(folder: Path) -> None:
    """Remove a studio's folder; with the last one go all files of this process."""
    _home.remove(folder)


def remove_loose_files() -> None:
    """Remove the files beside the studios' folders.

    For each file given to a handler, Gradio makes an empty one and forgets it.
    """
    _home.remove_loose()


def remove_dead(parent: Path) -> None:
    """Remove the folders of this user's studios that are running no more.

    Args:
        parent: the folder of temporary files.
    """
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # it is another user's, in use, or just gone
            if folder.is_symlink() or not folder.is_dir() or not _is_ours(folder):
                continue
            if not (folder / _LOCK).exists():
                if folder.stat().st_mtime < time.time() - _MAKING:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            with locked(folder / _LOCK, 0.0):
                shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    return WINDOWS or folder.stat().st_uid == os.getuid()
