"""What type checkers say of the calls: this file is checked by mypy, and run."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from typing_extensions import assert_type

from colorize_core import Colorizer, Photo, PhotoImage, Prediction, colorize


def use_it(colorizer: Colorizer, path: Path) -> None:
    """Call with every kind of thing; types are written beside."""
    grey: NDArray[np.uint8] = np.zeros((8, 8), np.uint8)
    deep: NDArray[np.uint16] = np.zeros((8, 8), np.uint16)
    floats: NDArray[np.float64] = np.zeros((8, 8))
    line: NDArray[np.bool_] = np.zeros((8, 8), np.bool_)
    photo, tensor = Photo(grey), torch.zeros(8, 8)
    assert_type(colorizer(path), PhotoImage)
    assert_type(colorizer(str(path)), PhotoImage)
    assert_type(colorizer(path.read_bytes()), PhotoImage)
    assert_type(colorizer(io.BytesIO(path.read_bytes())), PhotoImage)
    assert_type(colorizer(colorizer(path)), PhotoImage)
    assert_type(colorizer(grey), NDArray[np.uint8])
    assert_type(colorizer(floats), NDArray[np.uint8])
    assert_type(colorizer(line), NDArray[np.uint8])
    assert_type(colorizer(deep), NDArray[np.uint16])
    assert_type(colorizer(photo), Photo)
    assert_type(colorizer(tensor), torch.Tensor)
    assert_type(colorizer([path, path], saturation=0.5), list[PhotoImage])
    assert_type(colorizer((photo, photo)), list[Photo])
    assert_type(colorizer([grey]), list[NDArray[np.uint8]])
    assert_type(colorizer.colorize(path), Photo)
    assert_type(colorizer.colorize([path]), list[Photo])
    assert_type(colorizer.predict(grey, size=64), Prediction)
    assert_type(colorizer.predict([deep, deep]), list[Prediction])


def use_the_function(model: Path, path: Path) -> None:
    """The same of the function, which loads a network each time."""
    assert_type(colorize(path, model=model), PhotoImage)
    assert_type(colorize(Photo(np.zeros((8, 8), np.uint8)), model=model, saturation=2.0), Photo)


def test_calls_work_as_they_are_typed(colorizer, color_image, lite_weights, tmp_path):
    color_image.save(tmp_path / "x.png")
    use_it(colorizer, tmp_path / "x.png")
    use_the_function(lite_weights, tmp_path / "x.png")


def test_mypy_knows_the_types_and_what_is_wrong(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from colorize_core import Colorizer, colorize\n"
        "def use(colorizer: Colorizer) -> None:\n"
        "    colorizer(3)\n"
        '    colorizer("a.jpg", device="cpu")\n'
        '    colorize("a.jpg", saturation="strong")\n'
        '    colorizer("a.jpg").format.upper()\n'
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "mypy", "--follow-imports=silent"]
    done = subprocess.run(
        [*command, __file__, str(wrong)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=570,
    )
    places = [line.split(": error:")[0] for line in done.stdout.splitlines() if ": error:" in line]
    wrongs = {Path(place).name for place in places}  # mypy's cache may know them by another folder
    assert wrongs == {f"wrong.py:{number}" for number in (3, 4, 5, 6)}, done.stdout + done.stderr
