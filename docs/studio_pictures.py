"""Make the pictures of docs/studio.md: the studio in a real Chromium.

    python docs/studio_pictures.py [--all FOLDER]

With --all, every tab in every size and scheme goes into a folder, to be looked at. Needs the
packages of the test extra, and Chromium on the path.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent / "tests/studio"), str(DOCS.parent)]

from visitor import tab

from gradio_demo.app import Studio
from gradio_demo.examples import EXAMPLES, make_example
from gradio_demo.settings import Settings

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
STROKE = ((0.30, 0.80), (0.33, 0.85), (0.36, 0.90))
FACE = ((0.40, 0.16), (0.42, 0.12), (0.47, 0.14), (0.46, 0.22), (0.43, 0.26))
# What docs/studio.md shows.
KEPT = {
    *("colorize-desk-light", "hints-desk-light", "alternatives-desk-light", "inside-desk-light"),
    *("part-desk-light", "tray-desk-light"),
    *("colorize-desk-dark", "start-phone-light", "colorize-phone-dark", "hints-phone-dark"),
}
SHOWN = "document.querySelector('{}')?.naturalWidth > 0"
ROUNDS = 5


def main() -> None:
    """Write docs/studio-*.webp, or all pictures into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="of pictures to be looked at")
    folder = parser.parse_args().all
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        studio = Studio(Settings(data=Path(data)))
        studio.start()
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for scheme in ("light", "dark"):
            for name, (width, height) in SIZES.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    has_touch=name == "phone",
                    is_mobile=name == "phone",
                )
                page = context.new_page()
                page.set_default_timeout(90_000)
                page.goto(studio.url)
                Walk(page, f"{name}-{scheme}", folder).through(Path(data))
                context.close()
        browser.close()
        studio.stop()


class Walk:
    """A walk through the tabs, which keeps what each looks like.

    Args:
        page: of Playwright, at the studio.
        name: of its size and scheme.
        folder: of all pictures; None keeps those of docs/studio.md alone, beside it.
    """

    def __init__(self, page: Page, name: str, folder: Path | None) -> None:
        self.page = page
        self.name = name
        self.folder = folder

    def through(self, photos: Path) -> None:
        """Go from tab to tab; photos to colorize are written into a folder."""
        page = self.page
        page.wait_for_selector("#examples .choice")
        self.keep("start")
        page.click("#examples .choice >> nth=0")
        page.wait_for_function(SHOWN.format("#compare .compare-after"))
        self.keep("colorize")
        tab(page, "Hints")
        page.wait_for_function(SHOWN.format("#hints .canvas-picture"))
        self.paint()
        self.keep("hints")
        tab(page, "Only a part")
        page.wait_for_function(SHOWN.format("#mask .canvas-picture"))
        self.mask()
        self.keep("part")
        page.click("#mask [data-part=clear]")
        page.wait_for_selector("#mask [data-part=clear][disabled]")
        tab(page, "Alternatives")
        page.wait_for_selector("#alternatives .choice >> nth=3")
        self.keep("alternatives")
        tab(page, "Look inside")
        page.wait_for_selector("#strip figure >> nth=6")
        self.keep("inside")
        self.tray(photos)
        if self.folder is not None:
            self.many(photos)
            self.game()

    def paint(self) -> None:
        """Paint a stroke of blue on the sleeve, with the likely colours there below."""
        page = self.page
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

    def mask(self) -> None:
        """Paint over the face."""
        page = self.page
        marks = page.locator("#mask .canvas-marks")
        marks.scroll_into_view_if_needed()
        box = marks.bounding_box()
        assert box
        page.locator("#mask [data-part=size]").evaluate("one => (one.value = 11)")
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in FACE]
        before = page.locator("#mask .canvas-picture").get_attribute("src")
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=4)
        page.mouse.up()
        page.wait_for_function(
            "before => document.querySelector('#mask .canvas-picture').src !== before", arg=before
        )

    def tray(self, photos: Path) -> None:
        """Put the other examples beside the first, and give one of them a look."""
        page = self.page
        tab(page, "Colorize")
        others = [make_example(name, photos) for name in list(EXAMPLES)[1:]]
        page.set_input_files("#tray-buttons input[type=file]", others)
        page.wait_for_selector(f"#tray .tray-photo >> nth={len(others)}")
        page.click("#tray .tray-open >> nth=1")
        page.locator("#photo-name", has_text="coffee").wait_for()
        page.click("#looks .choice >> nth=1")
        self.keep("tray")

    def many(self, photos: Path) -> None:
        """Show a folder with a broken photo in it, and a refusal."""
        page = self.page
        files = [make_example(name, photos) for name in EXAMPLES]
        broken = photos / "Grandmother by the lake, summer of 1950, scan 2.jpg"
        broken.write_bytes(files[0].read_bytes()[:4000])
        tab(page, "Folder")
        self.keep("folder-start")
        page.click("#folder-go")
        page.wait_for_selector(".toast-body.error")
        self.keep("message")
        with page.expect_navigation():
            page.evaluate("forgetVisit()")
        page.wait_for_selector("#examples .choice")
        tab(page, "Folder")
        page.set_input_files("#folder-files input[type=file]", [*files, broken])
        page.locator("#folder-files").get_by_text("Grandmother").first.wait_for()
        page.click("#folder-go")
        page.wait_for_selector("#folder-archive")
        self.keep("folder")

    def game(self) -> None:
        """Show the start, a question, and the end."""
        page = self.page
        tab(page, "Real or colorized?")
        self.keep("game-start")
        page.locator("#rounds input[type=range]").evaluate(
            "(slider, rounds) => { slider.value = rounds;"
            " slider.dispatchEvent(new Event('input', { bubbles: true })); }",
            ROUNDS,
        )
        page.click("#game .game-start")
        for number in range(ROUNDS):
            page.wait_for_selector("#game .game-answer:not([disabled])")
            if number == 0:
                self.keep("game")
            page.click("#game .game-answer >> nth=0")
        page.wait_for_selector("#game .game-review img")
        self.keep("game-end")

    def keep(self, part: str) -> None:
        """Keep what the page looks like, once it has settled."""
        name = f"{part}-{self.name}"
        if self.folder is None and name not in KEPT:
            return
        self.page.wait_for_timeout(1200)
        content = self.page.screenshot(full_page=True)
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{name}.png").write_bytes(content)
            return
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        picture.save(DOCS / f"studio-{name}.webp", quality=72, method=6)


if __name__ == "__main__":
    main()
