"""The installer, which lies beside the package and is not installed, and folders for it."""

import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # as it is when install.py is started

from installer.places import pin_entries  # noqa: E402


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Folders of the test's own for the home and the command."""
    monkeypatch.setenv("COLORIZE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLORIZE_BIN", str(tmp_path / "bin"))
    monkeypatch.setenv("GIMP3_DIRECTORY", str(tmp_path / "gimp"))
    return tmp_path / "home"


@pytest.fixture
def pins() -> list[str]:
    """The requirements of both files of pins, each with the lines of its hashes."""
    files = (CHECKOUT / name for name in ("pins.txt", "pins-test.txt"))
    return [entry for file in files for entry in pin_entries(file.read_text())]
