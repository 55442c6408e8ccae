"""A studio that is served, and a real browser to visit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from chromium import FLAGS, PATIENCE, chromium
from PIL import Image
from served import Served, served

from gradio_demo.app import Studio
from gradio_demo.desk import Desk
from gradio_demo.engines import Engines
from gradio_demo.settings import Settings


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """What the studio of these tests runs with: small limits, so that they are met."""
    return Settings(
        most_bytes=4 * 2**20,
        most_pixels=2_000_000,
        most_files=6,
        preview_pixels=120_000,
        keep_minutes=0.02,
        data=tmp_path_factory.mktemp("studio-data"),
    )


@pytest.fixture(scope="module")
def start(settings: Settings) -> Iterator[Callable[..., Studio]]:
    """Starts studios with changed settings; they are stopped after the module's tests."""
    started: list[Studio] = []

    def begin(
        auth: tuple[str, str] | None = None, names: tuple[str, ...] = (), **changes
    ) -> Studio:
        studio = Studio(replace(settings, **changes))
        started.append(studio)
        studio.start(auth=auth, names=names)
        return studio

    yield begin
    for studio in started:
        studio.stop()


@pytest.fixture(scope="module")
def studio(start: Callable[..., Studio]) -> Studio:
    """A studio with the weights that ship."""
    return start()


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A studio in a process and a world of its own."""
    with served(
        tmp_path_factory.mktemp("world"), "--most-waiting", "10000", "--keep-minutes", "0.02"
    ) as studio:
        yield studio


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """More of the browser's options; a module may have its own."""
    return ()


@pytest.fixture(scope="module")
def browser(flags: tuple[str, ...]):
    """A real Chromium."""
    from playwright.sync_api import sync_playwright

    program = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def desk_context(browser):
    """A browser window at a desk, whose cache all its pages share."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture
def visit(browser, desk_context, studio: Studio):
    """Opens the studio: ``visit()`` at a desk, ``visit(color_scheme="dark")`` in a new window."""
    closing = []

    def go(url: str = "", ready: str = "#examples .choice", **options):
        context = browser.new_context(**options) if options else desk_context
        page = context.new_page()
        closing.append(context if options else page)
        page.set_default_timeout(PATIENCE)
        page.goto(url or studio.url)
        page.wait_for_selector(ready, state="attached")
        return page

    yield go
    for one in closing:
        one.close()


@pytest.fixture
def page(visit):
    """The studio at a desk."""
    return visit()


@pytest.fixture
def grey_photo(tmp_path: Path) -> Path:
    """A photo in grey of 450 x 300 pixels, with what a camera writes beside it."""
    path = tmp_path / "Großmutter 1950.jpg"
    exif = Image.Exif()
    exif[0x010E] = "by the lake"
    image = Image.fromarray(skimage.data.chelsea()[:300, :450]).convert("L")
    image.save(path, quality=92, exif=exif, dpi=(300, 300))
    return path


@pytest.fixture(scope="module")
def engines(lite_weights: Path) -> Engines:
    """The networks of :func:`desk`."""
    return Engines([str(lite_weights)], "cpu")


@pytest.fixture
def desk(engines: Engines) -> Iterator[Desk]:
    """A desk without a page."""
    desk = Desk(engines, Settings(most_visitors=2, most_pixels=100_000, preview_pixels=2000))
    yield desk
    desk.clear()


@pytest.fixture
def sent(desk: Desk) -> Path:
    """Where what a visitor has sent lies."""
    return desk.visits.new_folder(None)


@pytest.fixture
def photo(sent: Path) -> Path:
    """A photo that a visitor has sent."""
    path = sent / "photo.png"
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80), np.uint8)
    Image.fromarray(pixels).save(path)
    return path
