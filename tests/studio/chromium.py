"""The browser of these tests: where it is, and how it is started."""

from __future__ import annotations

import os
import shutil

from needs import lacking

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE = 60_000  # milliseconds: machines that run tests are busy
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """Where Chromium is. Where there is none the test is skipped; in CI it fails."""
    named = os.environ.get("COLORIZE_TEST_CHROMIUM")
    program = named or next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        lacking("the studio's tests need Chromium, such as Debian's package chromium")
    return program
