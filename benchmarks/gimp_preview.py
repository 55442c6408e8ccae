"""What a retoucher sees and when: the preview, the slider, and the layer after OK.

    python benchmarks/gimp_preview.py [3.0]

In a real GIMP (made as for the tests: needs root's rights and mmdebstrap), without a window: the
very calls that the dialog makes, timed from reading the layer to having the picture's bytes, and
from OK to the layer in the image. The engine's own time, for looking and colouring, is what the
worker's log says of the same layer, coloured once more while GIMP rests.
"""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "tests/gimp"), str(Path(__file__).parents[1])]

from chamber import Chamber
from gimp import photo, stop
from gimp_root import SUITES, gimp_root
from host import Host

from colorize_core import __version__
from colorize_core.worker.caller import connect_or_start
from colorize_core.worker.home import Engine

ROUNDS = 3
MOVES = 8  # of the slider, a round
PREVIEW = """
import sys, time
from gi.repository import Gio
sys.path.insert(0, plugin)
import choices
from colorize_core.worker.caller import connect_or_start
from colorize_core.worker.home import Engine
from pathlib import Path

image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(file))
layer = image.get_layers()[0]
config = Gimp.get_pdb().lookup_procedure("plug-in-colorize").create_config()
result = {"first": [], "slider": []}
scale = 440 / max(layer.get_width(), layer.get_height())
size = round(layer.get_width() * scale), round(layer.get_height() * scale)
with connect_or_start(Engine(Path(python), Path(home), version)) as worker:
    for _ in range(rounds):
        started = time.perf_counter()
        view = choices.view_of(layer, None, config)
        worker.look(view.size, view.pixels, view.options, view.paint, form=view.form)
        worker.preview(size, choices.color_options(config))
        result["first"].append(time.perf_counter() - started)
        for move in range(moves):
            started = time.perf_counter()
            worker.preview(size, {"saturation": move / 4, "temperature": 0.1 + 0.1 * move})
            result["slider"].append(time.perf_counter() - started)
"""
LAYER = """
import sys, time
from gi.repository import Gio
sys.path.insert(0, plugin)
import choices, layers, placing
from colorize_core.worker.caller import connect_or_start
from colorize_core.worker.home import Engine
from pathlib import Path

seconds = []
config = Gimp.get_pdb().lookup_procedure("plug-in-colorize").create_config()
with connect_or_start(Engine(Path(python), Path(home), version)) as worker:
    for _ in range(rounds + 1):
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(file))
        layer = image.get_layers()[0]
        view = choices.view_of(layer, None, config)
        worker.look(view.size, view.pixels, view.options, view.paint, form=view.form)
        worker.render(choices.color_options(config), result=layers.formats(layer)[1])
        started = time.perf_counter()  # here the user presses OK
        form = layers.formats(layer)[1]
        worker.begin_render(choices.color_options(config), form)
        assert choices.view_of(layer, None, config).key == view.key
        result = placing.Result(layer, None, form, worker.rendered())
        placing.show_all(image, [result], None, config)
        seconds.append(time.perf_counter() - started)
        image.delete()
result = seconds
"""


def main() -> None:
    """Print the table."""
    version = sys.argv[1] if len(sys.argv) > 1 else "3.0"
    shared = Path(tempfile.mkdtemp(prefix="gimp-"))
    engine = Engine(Path(sys.executable), shared / "engine", __version__)
    host = Host(Chamber(gimp_root(SUITES[version]), shared, os.cpu_count() or 1), version, engine)
    try:
        medium = str(photo(shared / "medium.jpg", (4000, 3000)))
        large = str(photo(shared / "large.jpg", (8000, 6000)))
        wait_until_idle(engine)
        given = {
            "plugin": str(host.plugins / "colorize"),
            "python": str(engine.python),
            "home": str(engine.home),
            "version": engine.version,
            "rounds": ROUNDS,
        }
        told = host.evaluate(PREVIEW, file=medium, moves=MOVES, **given)
        seconds = host.evaluate(LAYER, seconds=900, file=large, **given)
        log = engine.log.read_text()
    finally:
        stop(engine)
        shutil.rmtree(shared)
    looks, colors = (
        [float(one) for one in re.findall(rf"8000 x 6000 {what} ([0-9.]+) s", log)]
        for what in ("looked at in", "in")
    )
    layer, engines = np.median(seconds[1:]), np.median(looks[1:]) + np.median(colors[2::2])
    print(f"GIMP {version}")
    print(f"12 megapixels: first preview {told['first'][0]:.2f} s once the worker is up, ", end="")
    print(f"again {np.median(told['first'][1:]):.2f} s")
    print(f"    slider to preview {np.median(told['slider']):.3f} s, ", end="")
    print(f"at most {max(told['slider']):.3f} s")
    print(f"48 megapixels: from OK to the layer {layer:.2f} s, the engine {engines:.2f} s")
    print(f"    {layer / engines:.2f} times as long")


def wait_until_idle(engine: Engine) -> None:
    """Start the worker, and wait until it has loaded the engine."""
    with connect_or_start(engine) as worker:
        while worker.status()["state"] != "idle":
            pass


if __name__ == "__main__":
    main()
