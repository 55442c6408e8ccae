"""axe-core finds nothing to complain of, in any tab, light, dark and on a phone."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from needs import lacking
from visitor import open_photo, tab

DESK = {"width": 1366, "height": 768}
SEEN = {
    "Colorize": "#compare .compare-after",
    "Hints": "#hints .swatch",
    "Alternatives": "#alternatives .choice >> nth=2",
    "Look inside": "#strip figure >> nth=6",
    "Folder": "#folder-go",
    "Film": "#film-file",
    "Real or colorized?": "#game .game-start",
}
# Experimental, and off by default: whoever speaks to a page says the words that are seen.
OPTIONS = "{ rules: { 'label-content-name-mismatch': { enabled: true } } }"


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, from the package that carries it."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or not found.origin:
        lacking("tests of accessibility need: pip install axe-playwright-python")
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")


def violations(page, axe: str) -> list[str]:
    """What it complains of, by rule and element."""
    page.wait_for_timeout(500)  # until nothing fades in any more
    page.evaluate(axe)
    found = page.evaluate(f"axe.run(document, {OPTIONS})")["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize(
    "window",
    [
        {"viewport": DESK},
        {"viewport": DESK, "color_scheme": "dark"},
        {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    ],
    ids=["light", "dark", "phone"],
)
def test_no_tab_has_a_violation(visit, grey_photo, axe, window):
    page = visit(**window)
    found = {"start": violations(page, axe)}
    open_photo(page, grey_photo)
    for name, part in SEEN.items():
        tab(page, name)
        if name == "Hints":
            page.wait_for_function("document.querySelector('#hints .canvas-picture').naturalWidth")
            page.focus("#hints .canvas-marks")
            page.keyboard.press("ArrowRight")
        page.wait_for_selector(part)
        found[name] = violations(page, axe)
    page.set_input_files("#tray-buttons input[type=file]", grey_photo)
    page.wait_for_selector("#tray .tray-photo >> nth=1")
    found["tray"] = violations(page, axe)
    assert {name: said for name, said in found.items() if said} == {}
