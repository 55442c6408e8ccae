"""What a retoucher does: the menu, the dialog, the new layer, undo and redo, cancelling."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from gimp_root import SUITES
from host import Host
from PIL import Image
from window import Window

from colorize_core.worker.caller import connect

BEFORE = r"Grayscale .* 1 layer\)"
AFTER = r"RGB color .* 2 layers\)"
DIALOG = r"^Colorize$"
CANCEL_SMALLER = (606, 650)  # the same, where the photo has 4000 x 4000 pixels
CANCEL = (742, 786)  # the button beside the progress bar, in a window as large as GIMP opens it


@pytest.fixture
def window(host: Host) -> Iterator[Window]:
    """A GIMP that shows a small grey photo."""
    with Window(host, grey_photo(host.folder / "grey.png", (256, 256))) as window:
        yield window


def grey_photo(file: Path, size: tuple[int, int]) -> Path:
    """The astronaut without her colours."""
    Image.fromarray(skimage.data.astronaut()).convert("L").resize(size).save(file)
    return file


def open_dialog(window: Window, photo: str = BEFORE) -> None:
    """Filters > Colorize…, the last entry of the menu."""
    window.focus(photo)
    window.keys("alt+r", "Up", "Return")
    window.title(DIALOG)
    window.focus(DIALOG)


def test_from_the_menu_to_a_layer_and_back_and_forth_in_one_step(window):
    open_dialog(window)
    window.keys("Return")
    window.title(AFTER, seconds=60)
    window.focus(AFTER)
    window.keys("ctrl+z")
    window.title(BEFORE)  # the photo is grey again: one step took back the conversion, too
    window.keys("ctrl+y")
    window.title(AFTER)


def test_the_new_layer_is_seen_in_color(window):
    before = saturation(window)
    open_dialog(window)
    window.keys("Return")
    window.title(AFTER, seconds=60)
    window.wait(lambda: saturation(window) > before + 0.01, failure=lambda: "no colour is seen")


def test_a_dialog_that_is_closed_changes_nothing(window):
    open_dialog(window)
    window.keys("Escape")
    window.wait(lambda: "Colorize" not in window.titles(), failure=lambda: "the dialog stays")
    time.sleep(1.0)
    window.title(BEFORE)


def test_the_choices_of_the_last_time_come_back(window):
    open_dialog(window)
    window.keys("alt+t")
    window.type("0")  # grey
    window.keys("Tab", "Return")
    window.title(AFTER, seconds=60)
    window.focus(AFTER)
    before = saturation(window)
    window.keys("ctrl+z")
    window.title(BEFORE)
    window.keys("ctrl+f")  # repeats the filter
    window.title(AFTER, seconds=60)
    time.sleep(1.0)
    assert saturation(window) == pytest.approx(before, abs=0.01)


def test_cancelling_frees_the_worker_and_leaves_the_image(host):
    with Window(host, grey_photo(host.folder / "large.png", (7000, 7000))) as window:
        open_dialog(window)
        window.keys("Return")
        window.wait(lambda: colorizes(host), 90, lambda: f"never colorizes: {status(host)}")
        assert press_cancel(window) < 4.0  # with what it takes until the button is there
        window.wait(lambda: status(host).get("state") == "idle", 20, lambda: "still busy")
        window.title(BEFORE)


def press_cancel(window: Window) -> float:
    """Press the button, again while it is not there yet; seconds until the worker had stopped."""
    begun = time.monotonic()
    while colorizes(window.host):
        window.click(*CANCEL)
        pressed = time.monotonic()
        while time.monotonic() < pressed + 0.5:
            if status(window.host).get("cancelled") == 1:
                return time.monotonic() - begun
            time.sleep(0.05)
    raise AssertionError(f"it came to its end: {status(window.host)}")


def test_cancelling_at_any_moment_leaves_all_or_nothing(host):
    """Twenty moments from the call to the layer, every other one in each version of GIMP."""
    with Window(host, grey_photo(host.folder / "middle.png", (4000, 4000))) as window:
        open_dialog(window)
        window.keys("Return")
        window.title(AFTER, 90)
        take_back(window)
        window.keys("ctrl+f")
        begun = time.monotonic()
        window.title(AFTER, 60)
        took = time.monotonic() - begun
        outcomes = []
        for moment in range(1 + sorted(SUITES).index(host.version), 21, 2):
            take_back(window)
            window.keys("ctrl+f")
            time.sleep(took * moment / 20)
            window.click(*CANCEL_SMALLER)
            settled(window)
            outcomes.append("2 layers" in window.title(f"{BEFORE}|{AFTER}"))
        take_back(window)
        assert False in outcomes
        window.keys("ctrl+z")  # there is nothing left to take back
        window.title(BEFORE)
    assert "inconsistent" not in (host.folder / "gimp.log").read_text(errors="replace")


def take_back(window: Window) -> None:
    """Undo what was done, if anything was, and give the grey photo the keyboard."""
    if "2 layers" in window.title(f"{BEFORE}|{AFTER}"):
        window.focus(AFTER)
        window.keys("ctrl+z")
    window.focus(BEFORE)


def settled(window: Window) -> None:
    """Wait until no plug-in works for the photo any more."""
    window.wait(
        lambda: not plugin_runs(window.host) and status(window.host).get("state") in ("idle", None),
        30,
        lambda: "the plug-in goes on",
    )


def plugin_runs(host: Host) -> bool:
    """Whether GIMP has the plug-in run."""
    program = str(host.plugins / "colorize/colorize.py").encode()
    return any(program in command_of(process) for process in Path("/proc").glob("[0-9]*"))


def command_of(process: Path) -> bytes:
    """A process's command line; nothing where it has ended."""
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def colorizes(host: Host) -> bool:
    """Whether the worker does more than to look at a layer for the dialog."""
    return "colorizing" in status(host).get("work", "")


def status(host: Host) -> dict:
    """What the worker does; nothing where none runs."""
    worker = connect(host.engine)
    if worker is None:
        return {}
    with worker:
        return worker.status()


def saturation(window: Window) -> float:
    """Share of the screen that shows strong colours."""
    screen = Image.open(window.picture(window.host.folder / "screen.png")).convert("HSV")
    return float((np.asarray(screen)[..., 1] > 60).mean())
