"""What a retoucher waits for: the first call, the warm one, and the command line beside it.

    python benchmarks/gimp.py [3.0]

Calls the plug-in in a real GIMP (made as for the tests: needs root's rights and mmdebstrap) and
prints ratios from one run. The command line's time is that of the second photo of a batch, JPEG
read and written, so its model is as warm as the worker's.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

sys.path[:0] = [str(Path(__file__).parents[1] / "tests/gimp"), str(Path(__file__).parents[1])]

from chamber import Chamber
from gimp_root import SUITES, gimp_root
from host import Host

from colorize_core import __version__
from colorize_core.engine import ColorizeOptions
from colorize_core.engine.batch import BatchOptions, Task, run_batch
from colorize_core.worker.caller import connect
from colorize_core.worker.home import Engine

CALLS = 5
SCRIPT = """
import time

result = {}
for name, file in files.items():
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(file))
    result[name] = []
    for _ in range(calls):
        started = time.perf_counter()
        done, message, shown = colorize(image, [image.get_layers()[-1]])
        result[name].append(time.perf_counter() - started)
        assert done, message
    image.delete()
"""


def main() -> None:
    """Print the table."""
    version = sys.argv[1] if len(sys.argv) > 1 else "3.0"
    shared = Path(tempfile.mkdtemp(prefix="gimp-"))
    engine = Engine(Path(sys.executable), shared / "engine", __version__)
    host = Host(Chamber(gimp_root(SUITES[version]), shared, os.cpu_count() or 1), version, engine)
    try:
        files = {
            "1 megapixel": photo(shared / "small.jpg", (1000, 1000)),
            "12 megapixels": photo(shared / "large.jpg", (4000, 3000)),
        }
        named = {name: str(file) for name, file in files.items()}
        seconds = host.evaluate(
            f"from gi.repository import Gio\n{SCRIPT}", files=named, calls=CALLS
        )
        command = float(np.median(command_line(files["12 megapixels"], shared)))
    finally:
        worker = connect(engine)
        if worker is not None:
            worker.stop()
        shutil.rmtree(shared)
    first, *warm = seconds["1 megapixel"]
    large = float(np.median(seconds["12 megapixels"]))
    print(f"GIMP {version}, medians of {CALLS - 1} to {CALLS} calls")
    print(f"1 megapixel:  first call {first:.2f} s, warm {np.median(warm):.2f} s")
    print(f"              the first takes {first / np.median(warm):.1f} times as long")
    print(f"12 megapixels: in GIMP {large:.2f} s, on the command line {command:.2f} s")
    print(f"              GIMP takes {large / command:.2f} times as long")


def photo(file: Path, size: tuple[int, int]) -> Path:
    """A grey photo of a size."""
    Image.fromarray(skimage.data.astronaut()).convert("L").resize(size).save(file, quality=95)
    return file


def command_line(file: Path, folder: Path) -> list[float]:
    """Seconds for each photo of a batch but the first."""
    tasks = [Task(file, folder / f"{number}.jpg") for number in range(CALLS + 1)]
    marks = []
    for outcome in run_batch(tasks, ColorizeOptions(), BatchOptions()):
        assert not outcome.error, outcome.error
        marks.append(time.perf_counter())
    return np.diff(marks).tolist()


if __name__ == "__main__":
    main()
