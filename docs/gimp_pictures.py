"""Make the pictures of docs/gimp.md in a real GIMP 3.0, worked with keys and the mouse.

    python docs/gimp_pictures.py

Needs what tests/gimp needs: root's rights and mmdebstrap. Points are those of GIMP's windows as
they open on the tests' screen.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import skimage.data
from PIL import Image

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent / "tests/gimp"), str(DOCS.parent)]

from chamber import Chamber
from gimp_root import SUITES, gimp_root
from host import Host
from window import Window

from colorize_core import __version__
from colorize_core.worker.caller import connect
from colorize_core.worker.home import Engine

VERSION = "3.0"
DRAWN = 1.5  # seconds, in which a window is drawn
SEEN = 10.0  # in which the worker starts and the preview comes
FRAME, LARGER_FRAME = (0, 0, 909, 684), (0, 0, 1100, 860)
FOREGROUND, HTML_NOTATION, COLOR_OK = (80, 226), (445, 335), (525, 433)
SLEEVE = ((280, 500), (270, 520), (260, 540))
NOWHERE = (100, 880)  # where no hint is shown by the mouse
PLACE = (110, 330)  # of the dialog: on the sleeve, in the preview


def main() -> None:
    """Write docs/gimp-*.jpg."""
    shared = Path(tempfile.mkdtemp(prefix="gimp-"))
    engine = Engine(Path(sys.executable), shared / "engine", __version__)
    host = Host(Chamber(gimp_root(SUITES[VERSION]), shared), VERSION, engine)
    photo = shared / "portrait.png"
    Image.fromarray(skimage.data.astronaut()).convert("L").save(photo)
    try:
        with Window(host, photo) as window:
            first_photo(window)
        with Window(host, photo) as window:
            red_sleeve(window)
    finally:
        worker = connect(engine)
        if worker is not None:
            worker.stop()
        shutil.rmtree(shared)


def first_photo(window: Window) -> None:
    """Show the menu, the dialog and the new layer."""
    window.focus("1 layer")
    window.keys("alt+r", "Up")
    keep(window, "menu")
    window.keys("Return")
    window.focus("^Colorize$")
    window.point(*NOWHERE)
    time.sleep(SEEN)
    keep(window, "dialog", LARGER_FRAME)
    _, x, y = window.place("^Colorize$")
    window.click(x + PLACE[0], y + PLACE[1])
    keep(window, "picker", LARGER_FRAME)
    window.keys("Escape", "Escape")  # the colours and, where it has the keys, the dialog
    window.focus("1 layer")
    window.keys("alt+r", "Up", "Return")
    window.focus("^Colorize$")
    time.sleep(SEEN)
    window.keys("alt+o")
    window.title("2 layers", 90)
    keep(window, "layer")


def red_sleeve(window: Window) -> None:
    """Paint a stroke of red on a layer of hints, and show the suit afterwards."""
    window.focus("1 layer")
    window.keys("alt+i", "m", "r")
    window.focus("RGB color")
    window.keys("ctrl+shift+n")
    window.focus("New Layer")
    window.keys("Return")
    window.focus("2 layers")
    window.click(*FOREGROUND)
    window.title("Foreground")
    window.click(*HTML_NOTATION)
    window.keys("ctrl+a")
    window.type("c01828")
    window.keys("Tab")
    window.click(*COLOR_OK)
    window.focus("2 layers")
    window.keys("p")
    window.drag(*SLEEVE)
    keep(window, "stroke")
    window.keys("alt+r", "Up", "Return")
    window.focus("^Colorize$")
    time.sleep(SEEN)
    window.keys("alt+o")
    window.title("3 layers", 90)
    keep(window, "red")


def keep(window: Window, name: str, frame: tuple[int, int, int, int] = FRAME) -> None:
    """Keep what the screen shows, once it has been drawn."""
    time.sleep(DRAWN)
    screen = Image.open(window.picture(window.host.folder / "screen.png"))
    screen.crop(frame).convert("RGB").save(DOCS / f"gimp-{name}.jpg", quality=85)


if __name__ == "__main__":
    main()
