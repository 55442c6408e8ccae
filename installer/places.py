"""Places: the checkout, the home with all that is installed, its environment."""

import os
import re
from pathlib import Path
from typing import NamedTuple

from installer.advice import InstallError

CHECKOUT = Path(__file__).resolve().parents[1]
PINS = CHECKOUT / "pins.txt"
TEST_PINS = CHECKOUT / "pins-test.txt"
PACKAGES = ("colorize_core", "gimp_plugin", "gradio_demo")
WINDOWS = os.name == "nt"
MARKER = ".made-by-colorize"


class Environment(NamedTuple):
    """A virtual environment and what is noted about it."""

    venv: Path
    stamp: Path
    log: Path

    @property
    def note(self) -> Path:
        """Lies in the environment from its beginning and says what it was made for."""
        return self.venv / MARKER

    def program(self, name: str) -> Path:
        """Find where a program of the environment lies."""
        return self.venv / ("Scripts" if WINDOWS else "bin") / (f"{name}.exe" if WINDOWS else name)


def command_folder() -> Path:
    """Find the folder in which the ``colorize`` command is linked."""
    chosen = os.environ.get("COLORIZE_BIN")
    return Path(chosen).expanduser().absolute() if chosen else Path.home() / ".local/bin"


def environment_in(home: Path) -> Environment:
    """Name the places of the environment within a home."""
    return Environment(home / "venv", home / "installed.json", home / "install.log")


def claim(home: Path) -> None:
    """Make the home and mark it as ours, unless it holds things that somebody else made."""
    marker = home / MARKER
    if marker.exists():
        return
    ours = environment_in(home)
    for path in (*ours, home / "sample"):
        if path.exists():
            raise InstallError(
                f"{path} is there already and was not made by this script: "
                "choose another folder with COLORIZE_HOME"
            )
    try:
        home.mkdir(parents=True, exist_ok=True)
        marker.touch()
    except OSError as error:
        raise InstallError(
            f"{home} cannot be written ({error.strerror}): choose another folder with COLORIZE_HOME"
        ) from None


def pin_entries(text: str) -> list[str]:
    """Split a file of pins: a requirement with the lines of its hashes each."""
    return re.findall(r"^[^\s#].*(?:\n[ \t].*)*\n", text, re.MULTILINE)
