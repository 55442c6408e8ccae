"""The installer, which lies beside the package and is not installed, and folders for it."""

import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # as it is when install.py is started


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Folders of the test's own for the home and the command."""
    monkeypatch.setenv("COLORIZE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLORIZE_BIN", str(tmp_path / "bin"))
    monkeypatch.setenv("GIMP3_DIRECTORY", str(tmp_path / "gimp"))
    return tmp_path / "home"


@pytest.fixture
def pin_lines() -> list[str]:
    lines = (CHECKOUT / "pins.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]
