"""What a visitor does with the page, step by step."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from colorize_core import ColorizeOptions
from colorize_core.photo import read_photo, write_photo
from gradio_demo.app import Studio


def open_photo(page, path: Path) -> None:
    """Choose a file and wait until it is there in colour."""
    page.set_input_files("#start input[type=file], #others input[type=file]", path)
    page.wait_for_function(
        "name => document.querySelector('#photo-name strong')?.textContent === name"
        " && document.querySelector('#compare .compare-after')?.naturalWidth > 0",
        arg=path.name,
    )


def tab(page, name: str) -> None:
    """Go to a tab, also where it is behind the dots of a narrow page."""
    button = page.get_by_role("tab", name=name, exact=True)
    if button.count() and button.first.is_visible():
        button.first.click()
    else:
        page.click(".overflow-menu > button")
        page.locator(".overflow-dropdown button", has_text=name).click()


def picture(page, selector: str) -> np.ndarray:
    """The pixels of a picture that the page holds as data, uint8."""
    source = page.locator(selector).get_attribute("src")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))


def changed(page, selector: str, action) -> np.ndarray:
    """Do something and wait for a picture to become another; its pixels then."""
    before = page.locator(selector).get_attribute("src")
    action()
    page.wait_for_function(
        "([selector, before]) => document.querySelector(selector).src !== before",
        arg=[selector, before],
    )
    return picture(page, selector)


def set_slider(page, selector: str, value: float) -> None:
    """Move a slider of Gradio's to a value, as a hand would end up doing."""
    page.locator(f"{selector} input[type=range]").evaluate(
        "(slider, value) => { slider.value = value;"
        " slider.dispatchEvent(new Event('input', { bubbles: true })); }",
        value,
    )


def message(page) -> str:
    """The error that the page shows; it is closed then."""
    page.wait_for_selector(".toast-body.error")
    words = page.locator("[data-testid=toast-text]").first.inner_text()
    page.locator("[data-testid=toast-close]").first.click()
    page.wait_for_selector(".toast-body.error", state="detached")
    return words


def download(page, selector: str, folder: Path) -> Path:
    """Click on something that makes the browser save a file; where it is."""
    with page.expect_download() as waiting:
        page.click(selector)
    saved = folder / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    return saved


def file_of_engine(studio: Studio, source: Path, target: Path, **options) -> Path:
    """What the engine itself makes of a photo: the file to compare a download with."""
    colorizer = studio.engines.colorizer("lite")
    write_photo(colorizer.colorize(read_photo(source), ColorizeOptions(**options)), target)
    return target
