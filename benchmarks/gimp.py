"""What a retoucher waits for: the first call, the warm one, and the command line beside it.

    python benchmarks/gimp.py [3.0]

Calls the plug-in in a real GIMP (made as for the tests: needs root's rights and mmdebstrap) and
prints ratios from one run. The command line's times are those of the command as it is typed, of a
photo alone from file to file with a model as warm as the worker's, and of one of a batch, where
reading and writing go on beside; JPEG read and written.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

sys.path[:0] = [str(Path(__file__).parents[1] / "tests/gimp"), str(Path(__file__).parents[1])]

from chamber import Chamber
from gimp_root import SUITES, gimp_root
from host import Host

from colorize_core import __version__
from colorize_core.engine import ColorizeOptions, Colorizer
from colorize_core.engine.batch import BatchOptions, Task, run_batch
from colorize_core.photo import read_photo, write_photo
from colorize_core.worker.caller import connect
from colorize_core.worker.home import Engine

ROUNDS = 5
CALLS = 3  # of which the first warms up
BATCH = 16
SCRIPT = """
import time
from gi.repository import Gio

result = {}
for name, file in files.items():
    result[name] = []
    for _ in range(calls):
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(file))
        started = time.perf_counter()
        done, message, shown = colorize(image, image.get_layers())
        result[name].append(time.perf_counter() - started)
        assert done, message
        image.delete()
"""
SMALL, LARGE = "1 megapixel", "12 megapixels"


def main() -> None:
    """Print the table."""
    version = sys.argv[1] if len(sys.argv) > 1 else "3.0"
    shared = Path(tempfile.mkdtemp(prefix="gimp-"))
    engine = Engine(Path(sys.executable), shared / "engine", __version__)
    host = Host(Chamber(gimp_root(SUITES[version]), shared, os.cpu_count() or 1), version, engine)
    seconds: dict[str, list[float]] = defaultdict(list)
    try:
        files = {
            SMALL: photo(shared / "small.jpg", (1000, 1000)),
            LARGE: photo(shared / "large.jpg", (4000, 3000)),
        }
        named = {name: str(file) for name, file in files.items()}
        for _ in range(ROUNDS):  # in turn, so that a busy minute strikes all of them
            in_gimp = host.evaluate(SCRIPT, files=named, calls=CALLS)
            seconds["first call"].append(in_gimp[SMALL][0])
            for name, taken in in_gimp.items():
                seconds[name] += taken[1:]
            seconds["the command"] += command(files[LARGE], shared)
            seconds["alone"] += alone(files[LARGE], shared)
            seconds["one of a batch"] += batch(files[LARGE], shared)
            stop(engine)
    finally:
        stop(engine)
        shutil.rmtree(shared)
    medians = {name: float(np.median(taken)) for name, taken in seconds.items()}
    print(f"GIMP {version}, medians of {ROUNDS} rounds")
    print(f"{SMALL}: first call {medians['first call']:.2f} s, warm {medians[SMALL]:.2f} s")
    print(f"    the first takes {medians['first call'] / medians[SMALL]:.1f} times as long")
    print(f"{LARGE}: in GIMP {medians[LARGE]:.2f} s")
    for name in ("the command", "alone", "one of a batch"):
        print(f"    on the command line, {name}: {medians[name]:.2f} s")
        print(f"    GIMP takes {medians[LARGE] / medians[name]:.2f} times as long")


def stop(engine: Engine) -> None:
    """End the worker, so that the next call is a first one."""
    worker = connect(engine)
    if worker is not None:
        worker.stop()


def photo(file: Path, size: tuple[int, int]) -> Path:
    """Make a grey photo of a size."""
    Image.fromarray(skimage.data.astronaut()).convert("L").resize(size).save(file, quality=95)
    return file


def command(file: Path, folder: Path) -> list[float]:
    """Time the whole command, each run but the first, which fills the disk's cache."""
    line = [sys.executable, "-m", "colorize_core.cli.app", "photo", str(file), "--overwrite"]
    seconds = []
    for _ in range(CALLS):
        started = time.perf_counter()
        subprocess.run([*line, "-o", str(folder / "command.jpg")], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return seconds[1:]


def alone(file: Path, folder: Path) -> list[float]:
    """Time a photo from file to file, each but the first."""
    colorizer, seconds = Colorizer(), []
    for number in range(CALLS):
        started = time.perf_counter()
        write_photo(colorizer.colorize(read_photo(file)), folder / f"alone-{number}.jpg", True)
        seconds.append(time.perf_counter() - started)
    return seconds[1:]


def batch(file: Path, folder: Path) -> list[float]:
    """Time each photo of a batch, once as many are at work as there are at a time."""
    tasks = [Task(file, folder / f"{number}.jpg") for number in range(BATCH)]
    marks = []
    for outcome in run_batch(tasks, ColorizeOptions(), BatchOptions(overwrite=True)):
        assert not outcome.error, outcome.error
        marks.append(time.perf_counter())
    return [(marks[-1] - marks[CALLS]) / (len(marks) - 1 - CALLS)]


if __name__ == "__main__":
    main()
