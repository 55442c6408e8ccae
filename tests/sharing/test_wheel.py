"""The package as others get it: an sdist, the wheel built from it, and an environment with that."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
import skimage.data
import torch
import yaml
from PIL import Image

from colorize_core import __version__

CHECKOUT = Path(__file__).parents[2]
HOUSES = ("colorize_core", "gimp_plugin", "gradio_demo")


@pytest.fixture(scope="module")
def environment(built, tmp_path_factory):
    """An environment with the wheel; only what it depends on lies elsewhere."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin/python"
    line = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    wheel = str(next(built.glob("*.whl")))
    subprocess.run([*line, "--no-deps", "--no-index", wheel], check=True, timeout=300)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "dependencies.pth").write_text(f"{Path(torch.__file__).parents[1]}\n")
    code = "import colorize_core; print(colorize_core.__file__)"
    found = subprocess.check_output([python, "-I", "-c", code], text=True, timeout=120)
    assert Path(found.strip()).is_relative_to(folder)  # not the checkout's
    return folder


def run(environment, *arguments, cwd):
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [environment / "bin/colorize", *arguments],
        cwd=cwd,
        env=kept,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_weights_and_pages_are_in_the_wheel(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert {"colorize_core/weights/lite.safetensors", "colorize_core/weights/lite.json"} <= names
    assert {"colorize_core/evaluation/imagenet_classes.txt", "colorize_core/py.typed"} <= names
    ours = {
        path.relative_to(CHECKOUT).as_posix()
        for house in HOUSES
        for path in (CHECKOUT / house).rglob("*.*")
        if path.suffix in (".py", ".css", ".js", ".html", ".svg")
    }
    assert ours - names == set()


def test_the_doctor_finds_an_installed_wheel_well(environment, tmp_path):
    told = run(environment, "doctor", cwd=tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "lite colorizes" in told.stdout


def test_an_installed_wheel_colorizes_a_photo(environment, tmp_path):
    Image.fromarray(skimage.data.camera()).resize((96, 64)).save(tmp_path / "in.png")
    told = run(environment, "photo", "in.png", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    with Image.open(tmp_path / "in-colorized.png") as image:
        assert image.mode == "RGB"


def test_the_citation_is_of_this_version():
    said = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "title", "message", "authors"} <= said.keys()
    assert str(said["version"]) == __version__
