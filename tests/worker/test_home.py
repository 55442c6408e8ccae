"""The home, system by system."""

import sys
from pathlib import Path

import pytest

from colorize_core.worker import home


@pytest.mark.parametrize(
    ("windows", "platform", "variables", "expected"),
    [
        (False, "linux", {"XDG_DATA_HOME": "/data"}, "/data/colorize"),
        (False, "linux", {}, "~/.local/share/colorize"),
        (False, "darwin", {}, "~/Library/Application Support/colorize"),
        (True, "win32", {"LOCALAPPDATA": "/local"}, "/local/colorize"),
    ],
)
def test_the_home_is_where_the_system_keeps_data(
    monkeypatch, windows, platform, variables, expected
):
    for name in ("COLORIZE_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(home, "WINDOWS", windows)
    monkeypatch.setattr(sys, "platform", platform)
    assert home.home_folder() == Path(expected).expanduser()
