"""Make the pictures of docs/studio.md: the studio in a real Chromium.

    python docs/studio_pictures.py [--all]

Needs the packages of the test extra, and Chromium on the path.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent / "tests/studio"), str(DOCS.parent)]

from visitor import tab

from gradio_demo.app import Studio
from gradio_demo.settings import Settings

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
SIZES = {"desk": (1280, 860), "phone": (390, 844)}
STROKE = ((0.30, 0.80), (0.33, 0.85), (0.36, 0.90))
# What the page shows; all are made, to be looked at with --all.
KEPT = {
    *("colorize-desk-light", "hints-desk-light", "alternatives-desk-light", "inside-desk-light"),
    *("colorize-desk-dark", "start-phone-light", "colorize-phone-dark", "hints-phone-dark"),
}
SHOWN = "document.querySelector('{}')?.naturalWidth > 0"


def main() -> None:
    """Write docs/studio-*.jpg."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    studio = Studio(Settings())
    studio.start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for scheme in ("light", "dark"):
            for name, (width, height) in SIZES.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme
                )
                page = context.new_page()
                page.set_default_timeout(90_000)
                page.goto(studio.url)
                walk(page, f"{name}-{scheme}")
                context.close()
        browser.close()
    studio.stop()


def walk(page: Page, name: str) -> None:
    """Go through the tabs, and keep what each looks like."""
    page.wait_for_selector("#examples .choice")
    keep(page, f"start-{name}")
    page.click("#examples .choice >> nth=0")
    page.wait_for_function(SHOWN.format("#compare .compare-after"))
    keep(page, f"colorize-{name}")
    tab(page, "Hints")
    page.wait_for_function(SHOWN.format("#hints .canvas-picture"))
    paint(page)
    keep(page, f"hints-{name}")
    tab(page, "Alternatives")
    page.wait_for_selector("#alternatives .choice >> nth=3")
    keep(page, f"alternatives-{name}")
    tab(page, "Look inside")
    page.wait_for_selector("#strip figure >> nth=6")
    keep(page, f"inside-{name}")
    tab(page, "Folder")
    keep(page, f"folder-{name}")


def paint(page: Page) -> None:
    """A stroke of blue on the sleeve, with the colours that were likely there below."""
    marks = page.locator("#hints .canvas-marks")
    marks.scroll_into_view_if_needed()
    box = marks.bounding_box()
    assert box
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in STROKE]
    page.mouse.move(*points[0])
    page.wait_for_selector("#hints .swatch")
    page.locator("#hints [data-part=colour]").evaluate(
        "picker => { picker.value = '#1850c0'; picker.dispatchEvent(new Event('input')); }"
    )
    before = page.locator("#hints .canvas-picture").get_attribute("src")
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "before => document.querySelector('#hints .canvas-picture').src !== before", arg=before
    )


def keep(page: Page, name: str) -> None:
    """Keep what the page looks like, once it has settled."""
    if name not in KEPT and "--all" not in sys.argv:
        return
    page.wait_for_timeout(1200)
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    picture.save(DOCS / f"studio-{name}.jpg", quality=82)


if __name__ == "__main__":
    main()
