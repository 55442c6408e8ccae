"""Tasks for batches."""

import io

import pytest
import skimage.data
from PIL import Image

from colorize_core.engine.batch import Task

GREY = Image.fromarray(skimage.data.camera())


@pytest.fixture
def tasks(tmp_path):
    """Make so many tasks, with photos of a size."""

    def make(count, size=(64, 48)):
        (tmp_path / "in").mkdir(exist_ok=True)
        names = [f"{number:02}.png" for number in range(count)]
        encoded = io.BytesIO()
        GREY.resize(size).save(encoded, "PNG")
        for name in names:
            (tmp_path / "in" / name).write_bytes(encoded.getvalue())
        return [Task(tmp_path / "in" / name, tmp_path / "out" / name) for name in names]

    return make
