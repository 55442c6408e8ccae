"""Photographs made by other programs, and by those looked at."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import lacking
from PIL import Image
from skimage import data

from colorize_core.photo import Photo


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        lacking(f"{name} is not installed; .ci/run installs it")
    return found


@pytest.fixture(params=[".avif", ".heic"])
def modern(request: pytest.FixtureRequest) -> str:
    """The suffix of a format; HEIC is skipped where its package is missing, but not in CI."""
    if request.param == ".heic" and not os.environ.get("CI"):
        pytest.importorskip("pillow_heif")
    return request.param


@pytest.fixture
def imagemagick() -> Callable[..., None]:
    """Runs ImageMagick's ``convert``."""
    program = _program("convert")

    def convert(*arguments: str | Path) -> None:
        subprocess.run([program, *map(str, arguments)], check=True, timeout=60)

    return convert


@pytest.fixture
def values_of(tmp_path: Path, imagemagick) -> Callable[[Path], np.ndarray]:
    """What ImageMagick reads of a file: uint16, ``(H, W, 3)``."""

    def read(path: Path) -> np.ndarray:
        raw = tmp_path / "seen.rgb"
        imagemagick(path, "-depth", "16", "-endian", "LSB", f"rgb:{raw}")
        with Image.open(path) as image:
            width, height = image.size
        return np.fromfile(raw, "<u2").reshape(height, width, 3)

    return read


@pytest.fixture
def exiftool() -> Callable[..., dict[str, Any]]:
    """Runs exiftool; without arguments but a file, gives its tags by group and name."""
    program = _program("exiftool")

    def run(*arguments: str | Path) -> dict[str, Any]:
        if len(arguments) > 1:
            command = [program, "-q", "-overwrite_original", *map(str, arguments)]
            subprocess.run(command, check=True, timeout=60)
        command = [program, "-j", "-n", "-e", "-G1", str(arguments[-1])]
        done = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
        return json.loads(done.stdout)[0]

    return run


@pytest.fixture
def in_color() -> Callable[[Photo], Photo]:
    """What colorizing makes of a photo: other pixels, the same depth, alpha and metadata."""

    def colorize(photo: Photo) -> Photo:
        scale = 1.0 if photo.pixels.dtype == np.float32 else np.iinfo(photo.pixels.dtype).max
        pixels = np.empty((*photo.size, 3), photo.pixels.dtype)
        pixels[:] = np.array([0.2, 0.4, 0.6]) * scale
        return Photo(pixels, photo.alpha, photo.info, photo.profile)

    return colorize


@pytest.fixture
def wide_ramp() -> np.ndarray:
    """All 65536 levels, uint16 ``(256, 256)``, from black at the top left."""
    return np.arange(65536, dtype=np.uint16).reshape(256, 256)


@pytest.fixture(scope="module")
def chart() -> np.ndarray:
    """sRGB in 0..1, ``(80, 128, 3)``: a photo in colour, and below it all 256 greys."""
    photo = data.astronaut()[40:168:2, 150:406:2] / 255.0
    greys = np.repeat(np.linspace(0.0, 1.0, 256).reshape(2, 128), 8, axis=0)
    return np.concatenate((photo, np.dstack((greys,) * 3)))
