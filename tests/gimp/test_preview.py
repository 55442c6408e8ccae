"""The dialog as the user sees it: the photo in colour before OK, and what the sliders do to it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
import skimage.data
from host import Host
from PIL import Image
from test_window import AFTER, BEFORE, DIALOG, grey_photo, open_dialog, saturation
from window import SCREEN, Window


@pytest.fixture
def window(host: Host) -> Iterator[Window]:
    """A GIMP that shows a grey photo, and remembers nothing that was chosen in a dialog before.

    Another picture is open, too: a green one.
    """
    for kept in host.settings.glob("plug-in-settings/*colorize*"):
        kept.unlink()
    green = host.folder / "green.png"
    Image.fromarray(skimage.data.astronaut()[..., [1, 0, 2]]).save(green)
    with Window(host, green, grey_photo(host.folder / "grey.png", (500, 500))) as window:
        window.title(BEFORE)
        yield window


def screen(window: Window) -> np.ndarray:
    """What can be seen, hue, saturation and value."""
    picture = Image.open(window.picture(window.host.folder / "screen.png"))
    return np.asarray(picture.convert("HSV"))


def is_in_color(window: Window) -> bool:
    """Whether a photo in colour is seen: behind it lies nothing but greys and the title bar."""
    return bool((screen(window)[..., 1] > 60).mean() > 0.06)


def until_in_color(window: Window) -> None:
    window.wait(lambda: is_in_color(window), 60, lambda: "no colours are seen")


def until_grey(window: Window) -> None:
    window.wait(lambda: not is_in_color(window), 20, lambda: "colours are seen")


def test_the_dialog_shows_the_colors_and_follows_the_slider_and_before(window):
    open_dialog(window)
    until_in_color(window)
    window.title(BEFORE)  # nothing has been done to the photo
    window.keys("alt+b")
    until_grey(window)
    window.keys("alt+b")
    until_in_color(window)
    window.keys("alt+t")
    window.type("0")
    window.keys("Tab")
    until_grey(window)
    window.keys("Escape")
    window.title(BEFORE)


def test_the_filter_on_its_result_changes_that_in_one_step(window):
    open_dialog(window)
    until_in_color(window)
    window.keys("Return")
    window.title(AFTER, 60)
    open_dialog(window, AFTER)
    until_in_color(window)
    window.keys("alt+t")
    window.type("0")
    window.keys("Tab", "Return")
    window.wait(lambda: DIALOG.strip("^$") not in window.titles(), failure=lambda: "no answer")
    until_grey(window)
    window.title(AFTER)
    window.focus(AFTER)
    window.keys("ctrl+z")
    until_in_color(window)
    window.title(AFTER)
    window.keys("ctrl+z")
    window.title(BEFORE)


def test_a_click_on_a_place_offers_its_colors(window):
    open_dialog(window)
    until_in_color(window)
    _, x, y = window.place(DIALOG)
    before = saturation(window)
    window.click(x + 200, y + 250)
    window.wait(
        lambda: abs(saturation(window) - before) > 1e-4, 20, lambda: "no colours are offered"
    )
    window.keys("Tab", "space")
    window.keys("alt+b", "alt+b")
    window.focus(DIALOG)
    window.keys("Return")
    window.title(AFTER, 60)


def shown(window: Window) -> np.ndarray:
    """The middle of the photo in the dialog, as float, once it has stood still for a moment."""
    _, x, y = window.place(DIALOG)
    window.point(SCREEN[0] - 1, SCREEN[1] - 1)  # where it brings no explanations up
    before = np.zeros(1)
    while True:
        file = window.picture(window.host.folder / "screen.png")
        picture = np.asarray(Image.open(file).convert("RGB"))[y + 60 : y + 400, x + 60 : x + 400]
        if before.shape == picture.shape and (picture == before).all():
            return picture.astype(float)
        before = picture
        time.sleep(0.7)


def until_other(window: Window, before: np.ndarray) -> np.ndarray:
    """The photo in the dialog, once it has another look than before."""
    window.wait(lambda: np.abs(shown(window) - before).mean() > 0.5, 30, lambda: "nothing changes")
    return shown(window)


def test_the_models_own_temperature_is_a_box_to_tick(window):
    open_dialog(window)
    until_in_color(window)
    own = shown(window)
    window.keys("alt+w", "alt+m")
    window.type("0.05")  # the one that ships was tuned for 1
    window.keys("Tab")
    vivid = until_other(window, own)
    window.keys("alt+w")
    again = until_other(window, vivid)
    assert np.abs(again - own).mean() < 0.1
    window.keys("Escape")


def test_colors_like_those_of_another_open_image(window):
    open_dialog(window)
    until_in_color(window)
    own = shown(window)
    window.keys("alt+k", "Down")
    alike = until_other(window, own)
    window.keys("alt+n")
    window.type("9")
    window.keys("Tab")
    until_other(window, alike)
    window.keys("alt+k", "Up")
    none = until_other(window, alike)
    assert np.abs(none - own).mean() < 0.1
    window.keys("Escape")


def test_models_that_cannot_be_used_are_not_offered(window):
    """There is the one that ships; what follows it is to choose a file."""
    open_dialog(window)
    until_in_color(window)
    window.keys("alt+d", "Down")
    window.title("^Weights$")
    window.keys("Escape")
