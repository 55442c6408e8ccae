"""The places of the engine's and the worker's files. Standard library alone, Python 3.9+."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from colorize_core.locks import WINDOWS


@dataclass(frozen=True)
class Engine:
    """An installed engine.

    Attributes:
        python: the interpreter that has ``colorize_core``.
        home: the folder of everything installed; the worker's files are in ``worker`` below it.
        version: of ``colorize_core``; a worker of another one is replaced. None takes any.
    """

    python: Path
    home: Path
    version: str | None = None

    @property
    def folder(self) -> Path:
        """The folder of the channel, the locks and the log."""
        return self.home / "worker"

    @property
    def log(self) -> Path:
        """The log of the worker's doings."""
        return self.folder / "worker.log"


def home_folder() -> Path:
    """Find the folder of installations, as install.py does."""
    chosen = os.environ.get("COLORIZE_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "colorize"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/colorize"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "colorize"


def private_folder(folder: Path) -> None:
    """Make a folder that nobody else can look into.

    Raises:
        OSError: it cannot be made, or belongs to someone else.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not WINDOWS:
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to another user: choose another COLORIZE_HOME")
        folder.chmod(0o700)
