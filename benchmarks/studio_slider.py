"""From a slider to the new picture in a browser, of this tree's studio or of several in turns.

    python benchmarks/studio_slider.py [TREE ...]

Each tree's studio runs in a process of its own, and one Chromium has all of them open; the
saturation is moved by a key, in one studio after the other. Printed are medians of milliseconds:
from the key to what the page sends, from there to the studio's answer, and from there until the
picture is on the screen; their ratios to those of the first tree; and the load of the machine. To
set another version beside this one, unpack it: ``git archive VERSION | tar x -C FOLDER``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data
from PIL import Image

MOVES = 40  # of each studio and photo
WARM = 4  # before those that count
PHOTOS = {"1 megapixel": (1224, 816), "12 megapixels": (4243, 2828)}
PARTS = ("page sends", "studio answers", "page shows", "all")
# Before any script of the page: when a key is heard, when the page asks, when it is answered.
_WATCH = """() => {
    const times = (window.times = {});
    const note = (name) => (times[name] = performance.now());
    addEventListener("input", () => note("moved"), true);
    const ask = window.fetch;
    window.fetch = async (...asked) => {
        const address = String(asked[0]?.url || asked[0]);
        if (/queue\\/join/.test(address)) note("asked");
        const answer = await ask(...asked);
        if (!/queue\\/data/.test(address)) return answer;
        const [gradios, ours] = answer.body.tee();
        const hear = async () => {
            for await (const said of ours.pipeThrough(new TextDecoderStream()))
                if (said.includes("process_completed")) note("answered");
        };
        void hear().catch(() => {});
        return new Response(gradios, { status: answer.status, headers: answer.headers });
    };
    const shown = () => requestAnimationFrame(() => requestAnimationFrame(() => note("shown")));
    const load = ({ target }) => target.matches?.("#compare .compare-after") && shown();
    document.addEventListener("load", load, true);
}"""


@contextmanager
def studio(tree: Path) -> Iterator[str]:
    """Serve the studio of a tree; its address."""
    with tempfile.TemporaryDirectory() as data:
        line = [sys.executable, "-m", "colorize_core.cli.app", "studio", "--device", "cpu"]
        variables = {**os.environ, "PYTHONPATH": str(tree), "COLORIZE_HOME": data}
        process = subprocess.Popen(
            line, cwd=tree, env=variables | {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE
        )
        assert process.stdout
        try:
            said = process.stdout.readline().decode()
            address = re.search(r"http://\S+?:\d+", said)
            if not address:
                raise SystemExit(f"{tree}: does not start: {said}")
            yield address[0].replace("localhost", "127.0.0.1")
        finally:
            process.terminate()
            process.wait()


def moved(page: Any, key: str) -> list[float]:
    """Press a key on the slider and wait for the picture; the parts' milliseconds."""
    page.evaluate("for (const name in times) delete times[name]")
    page.focus("#saturation input[type=range]")
    page.keyboard.press(key)
    page.wait_for_function("times.shown", timeout=15000)
    times = page.evaluate("times")
    steps = [times[name] for name in ("moved", "asked", "answered", "shown")]
    return [*np.diff(steps), steps[-1] - steps[0]]


def open_photo(page: Any, path: Path) -> None:
    """Choose a file and wait until it is there in colour."""
    page.set_input_files("#start input[type=file], #others input[type=file], #again ~ input", path)
    page.wait_for_function(
        "name => document.querySelector('#photo-name strong')?.textContent === name", arg=path.name
    )
    page.wait_for_function("document.querySelector('#compare .compare-after')?.naturalWidth > 0")
    page.wait_for_timeout(1000)


def main() -> None:
    """Move the sliders of all trees, and say how long that took."""
    from playwright.sync_api import sync_playwright

    trees = [Path(one).resolve() for one in sys.argv[1:]] or [Path(__file__).parents[1]]
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        addresses = [stack.enter_context(studio(tree)) for tree in trees]
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        stack.callback(browser.close)
        for name, size in PHOTOS.items():
            path = folder / f"{name}.jpg"
            Image.fromarray(skimage.data.coffee()).convert("L").resize(size).save(path)
            pages = []
            for address in addresses:
                page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
                page.set_default_timeout(120_000)
                page.add_init_script(f"({_WATCH})()")
                page.goto(address)
                page.wait_for_selector("#examples .choice")
                open_photo(page, path)
                pages.append(page)
            taken: list[list[list[float]]] = [[] for _ in pages]
            for move in range(WARM + MOVES):
                turn = list(zip(pages, taken, strict=True))
                for page, times in turn if move // 2 % 2 else turn[::-1]:
                    page.bring_to_front()
                    times.append(moved(page, "ArrowRight" if move % 2 else "ArrowLeft"))
            for page in pages:
                page.context.close()
            tell(name, trees, [np.median(times[WARM:], axis=0) for times in taken])


def tell(name: str, trees: list[Path], medians: list[np.ndarray]) -> None:
    """Print the medians of a photo, and their ratios to those of the first tree."""
    print(f"{name}, load {os.getloadavg()[0]:.1f}")
    for tree, times in zip(trees, medians, strict=True):
        parts = ", ".join(f"{part} {one:.0f} ms" for part, one in zip(PARTS, times, strict=True))
        ratios = ", ".join(f"{one:.2f}" for one in times / medians[0])
        print(f"    {tree}: {parts}" + (f"; ratios {ratios}" if len(trees) > 1 else ""))


if __name__ == "__main__":
    main()
