"""Release notes: a version's part of the changelog."""

import subprocess
import sys

import pytest

from colorize_core import __version__
from installer.notes import NotesError, notes_of
from installer.places import CHECKOUT

CHANGELOG = """\
# Changelog

## 0.2.0 (unreleased)

- One point, which goes
  on in a second line.
- Another.

## 0.1.0 (2025-01-01)

- The first.

## 0.0.1
"""


def test_a_version_has_its_own_points_alone_each_on_one_line():
    said = "- One point, which goes on in a second line.\n- Another.\n"
    assert notes_of(CHANGELOG, "0.2.0") == notes_of(CHANGELOG) == said
    assert notes_of(CHANGELOG, "0.1.0") == "- The first.\n"


@pytest.mark.parametrize("version", ["0.3.0", "0.0.1", "0.1"])
def test_a_version_without_notes_is_an_error(version):
    with pytest.raises(NotesError, match=version):
        notes_of(CHANGELOG, version)


def test_this_version_has_notes():
    line = [sys.executable, "-m", "installer.notes"]
    told = subprocess.run([*line, __version__], cwd=CHECKOUT, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert len(told.stdout.splitlines()) > 10
    missing = subprocess.run([*line, "9.9.9"], cwd=CHECKOUT, capture_output=True, text=True)
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 1)
