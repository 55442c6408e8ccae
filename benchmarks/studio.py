"""How quick the studio's sliders are, and how much its first page takes.

    python benchmarks/studio.py

A new preview against colorizing the photo, 12 megapixels, in turns; and all bytes that a browser
without any of them needs for the first page. Needs the packages of the test extra, and Chromium.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import skimage.data
from PIL import Image


def first_page() -> None:
    """Count the bytes of the first page, in a browser that has seen none of it."""
    from playwright.sync_api import sync_playwright

    from gradio_demo.app import Studio
    from gradio_demo.settings import Settings

    program = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        studio = Studio(Settings(data=Path(data)))
        studio.start()
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for language in ("en", "de"):
            page = browser.new_context(locale=language).new_page()
            sizes: list[float] = []
            network = page.context.new_cdp_session(page)
            network.on(
                "Network.loadingFinished",
                lambda told, sizes=sizes: sizes.append(told["encodedDataLength"]),
            )
            network.send("Network.enable")
            page.goto(studio.url)
            page.wait_for_selector("#examples .choice")
            page.wait_for_timeout(3000)  # for what comes after; one connection stays open
            print(f"first page, {language}: {sum(sizes) / 1000:.0f} kB, {len(sizes)} files")
        browser.close()
        studio.stop()


def slider() -> None:
    """Time a slider's new picture and a colorization of the same photo, in turns."""
    from gradio_demo.app import Studio
    from gradio_demo.page import picture_of
    from gradio_demo.settings import Settings

    studio = Studio(Settings())
    visitor: Any = SimpleNamespace(session_hash="one")
    path = studio.desk.private_folder(visitor) / "photo.jpg"
    Image.fromarray(skimage.data.coffee()).convert("L").resize((4000, 3000)).save(path)
    photo = studio.desk.open(path, visitor)
    colorizer = studio.engines.colorizer("lite")
    whole, moved = [], []
    for temperature in (0.9, 0.6, 0.3):
        photo.adjust(temperature, 1.0, 100.0)
        started = time.perf_counter()
        colorizer(str(path), photo.options)
        whole.append(time.perf_counter() - started)
        started = time.perf_counter()
        picture_of(photo)
        moved.append(time.perf_counter() - started)
    studio.stop()
    print(f"colorizing 12 megapixels: {min(whole):.2f} s; a slider: {min(moved):.3f} s")
    print(f"ratio: {min(whole) / min(moved):.1f}")


if __name__ == "__main__":
    slider()
    first_page()
