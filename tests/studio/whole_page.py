"""Whether the studio's page is whole where nothing but the studio itself can be reached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from visitor import changed, open_photo, picture, set_slider, tab

from colorize_core.color.lab import rgb_to_lab

AFTER = "#compare .compare-after"
_STREAM = "/queue/data"  # the page itself ends it once it has its answer
READY = "#examples .choice"
TABS = {
    "Hints": "#hints .canvas-picture",
    "Alternatives": "#alternatives .choice >> nth=1",
    "Look inside": "#plane svg rect",
    "Folder": "#folder-go",
    "Film": "#film-file",
    "Real or colorized?": "#game .game-start",
}
# All that a page may load from elsewhere, or promises to.
_LINKS = """() => [...document.querySelectorAll("[src], link[href]")]
    .map(one => one.src || one.href)"""
_BROKEN_PICTURES = """() => [...document.images]
    .filter(one => one.getAttribute("src") && !one.naturalWidth).map(one => one.outerHTML)"""
_FONTS = "() => [...document.fonts].map(one => one.family)"
_OUTSIDE = """() => Promise.allSettled(["https://example.com/", "http://192.0.2.1/"]
    .map(url => fetch(url, { mode: "no-cors" })))
    .then(all => all.map(one => one.status))"""


class Log:
    """The browser's own log of a page: what it asked for, what failed, what it complained of.

    Args:
        page: of Playwright, before it goes anywhere.
        url: of the studio.
    """

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url
        self.asked: list[str] = []
        self.failed: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", self._note_failed)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))

    def _note_failed(self, request: Any) -> None:
        if not (_STREAM in request.url and request.failure == "net::ERR_ABORTED"):
            self.failed.append(f"{request.url}: {request.failure}")

    def foreign(self) -> list[str]:
        """Addresses that are not the studio's, asked for or promised by the page."""
        own = (self.url, "data:", "blob:")
        every = [*self.asked, *self.page.evaluate(_LINKS)]
        return sorted({address for address in every if address and not address.startswith(own)})


def check_whole(log: Log, photo: Path) -> None:
    """Go through the whole page and colorize a photo.

    Raises:
        AssertionError: something is missing, or came from elsewhere.
    """
    page = log.page
    page.goto(log.url)
    page.wait_for_selector(READY)
    open_photo(page, photo)
    chroma = np.hypot(*np.moveaxis(rgb_to_lab(picture(page, AFTER) / 255.0)[..., 1:], -1, 0))
    assert chroma.mean() > 3, "the photo is not in colour"
    pale = changed(page, AFTER, lambda: set_slider(page, "#saturation", 0.0))
    assert np.ptp(pale.astype(int), axis=2).max() <= 3, "the slider does not move the colours"
    for name, part in TABS.items():
        tab(page, name)
        page.wait_for_selector(part)
    # The style sheet is there: the accent is the studio's, and no font comes from anywhere.
    color = "one => getComputedStyle(one).backgroundColor"
    tab(page, "Colorize")
    assert page.locator("#make").evaluate(color) == "rgb(183, 67, 31)"
    assert page.evaluate(_FONTS) == []
    assert page.evaluate(_BROKEN_PICTURES) == []
    assert not log.foreign(), log.foreign()
    assert not log.failed, log.failed
    assert not log.complaints, log.complaints
    assert len(log.asked) > 20, "the log saw nothing"
    assert page.evaluate(_OUTSIDE) == ["rejected", "rejected"], "the network is not blocked"
