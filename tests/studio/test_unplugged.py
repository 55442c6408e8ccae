"""With all outside network blocked the page loads whole and works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from chromium import chromium
from needs import lacking
from whole_page import Log, check_whole

import gradio_demo.app

HERE = Path(__file__).parent
ALONE = ["unshare", "--user", "--map-root-user", "--net"]
# Chromium finds no host but this machine by its number.
BLOCKED = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """The browser of these tests reaches nothing but loopback."""
    return (BLOCKED,)


def may_be_alone() -> bool:
    """Whether this machine lets its users make namespaces; many containers do not."""
    try:
        return subprocess.run([*ALONE, "true"], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def test_server_and_browser_without_any_network(grey_photo, tmp_path):
    """Both are in a network namespace that has loopback alone."""
    if not may_be_alone():
        lacking("no network namespaces here (unshare --net)")
    program = chromium()
    run = subprocess.run(
        [*ALONE, sys.executable, HERE / "unplugged.py", grey_photo, tmp_path, program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (HERE, *HERE.parents[:2])))},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert int(run.stdout.split()[-1]) > 20


def test_a_browser_that_reaches_nothing_else(browser, studio, grey_photo):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    check_whole(Log(context.new_page(), studio.url), grey_photo)
    context.close()


@pytest.mark.parametrize(
    ("planted", "address"),
    [
        (
            '<link rel="stylesheet" href="https://fonts.example/css?family=Inter">',
            "https://fonts.example/css?family=Inter",
        ),
        (
            "<style>@font-face { font-family: Far; src: url(https://fonts.example/far.woff2) }"
            " * { font-family: Far !important }</style>",
            "https://fonts.example/far.woff2",
        ),
        ('<script src="https://cdn.example/a.js"></script>', "https://cdn.example/a.js"),
        ('<link rel="preconnect" href="https://fonts.example/">', "https://fonts.example/"),
        ("<script>fetch('http://192.0.2.7/count')</script>", "http://192.0.2.7/count"),
    ],
    ids=["style sheet", "font", "script", "preconnect", "analytics"],
)
def test_the_check_sees_what_comes_from_elsewhere(
    browser, start, monkeypatch, grey_photo, planted, address
):
    """Planted into the page, each of these makes the check fail.

    Most of them the page's own policy stops before they are asked for; the browser says so.
    """
    head = gradio_demo.app.head
    monkeypatch.setattr(gradio_demo.app, "head", lambda most: head(most) + planted)
    studio = start()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    log = Log(context.new_page(), studio.url)
    with pytest.raises(AssertionError):
        check_whole(log, grey_photo)
    assert any(address in said for said in (*log.foreign(), *log.complaints))
    context.close()
