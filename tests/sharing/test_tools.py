"""The wheel as uvx and pipx use it: an environment of its own for the command.

What it depends on is resolved and installed from a folder of wheels that have the real names and
versions and nothing in them, but for one, which leads to the packages that are installed here.
"""

import os
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import requires, version
from pathlib import Path

import pytest
import skimage.data
from packaging.requirements import Requirement
from PIL import Image


def write_hollow(folder, name, release, lead=""):
    """A wheel with metadata alone, or with the paths of packages that lie elsewhere."""
    base = f"{name.replace('-', '_')}-{release}"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {release}\n"
    wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(folder / f"{base}-py3-none-any.whl", "w") as made:
        made.writestr(f"{base}.dist-info/METADATA", about)
        made.writestr(f"{base}.dist-info/WHEEL", wheel)
        if lead:
            made.writestr(f"{name}.pth", lead)
        made.writestr(f"{base}.dist-info/RECORD", "")


@pytest.fixture(scope="module")
def shelf(built, tmp_path_factory):
    """The folder that packages come from: the wheel, and all that it depends on."""
    folder = tmp_path_factory.mktemp("shelf")
    for wheel in built.glob("*.whl"):
        (folder / wheel.name).write_bytes(wheel.read_bytes())
    elsewhere = "\n".join(path for path in sys.path if path.endswith("site-packages"))
    for wanted in map(Requirement, requires("colorize")):
        if not wanted.marker or wanted.marker.evaluate({"extra": ""}):
            lead = elsewhere if wanted.name == "torch" else ""
            write_hollow(folder, wanted.name, version(wanted.name), lead)
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Variables for tools that may ask no index and leave nothing behind."""
    own = tmp_path_factory.mktemp("own")
    kept = {name: value for name, value in os.environ.items() if name[:4] not in ("PIP_", "UV_")}
    kept.pop("PYTHONPATH", None)
    kept |= {"UV_CACHE_DIR": f"{own}/uv", "UV_OFFLINE": "1", "UV_NO_CONFIG": "1"}
    kept |= {
        "UV_TOOL_DIR": f"{own}/tools",
        "UV_TOOL_BIN_DIR": f"{own}/bin",
        "XDG_CACHE_HOME": f"{own}",
    }
    return kept | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "UV_PYTHON": sys.executable}


def run(command, environment, folder):
    done = subprocess.run(
        list(map(str, command)),
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def colorized(folder):
    with Image.open(folder / "in-colorized.jpg") as image:
        return image.mode, image.size


@pytest.fixture
def folder(tmp_path):
    Image.fromarray(skimage.data.camera()).resize((96, 64)).save(tmp_path / "in.jpg")
    return tmp_path


@pytest.mark.parametrize("asked", ["run", "install"])
def test_uv_runs_the_command_of_the_wheel(shelf, environment, folder, asked):
    programs = Path(sysconfig.get_path("scripts"))
    (wheel,) = shelf.glob("colorize-*.whl")
    places = ["--no-index", "--find-links", shelf]
    if asked == "run":
        line = [programs / "uvx", *places, "--from", wheel, "colorize"]
    else:
        run([programs / "uv", "tool", "install", *places, wheel], environment, folder)
        line = [Path(environment["UV_TOOL_BIN_DIR"]) / "colorize"]
    run([*line, "photo", "in.jpg"], environment, folder)
    assert colorized(folder) == ("RGB", (96, 64))


def test_pip_alone_installs_the_wheel_with_what_it_needs(shelf, environment, folder):
    """As pipx does: an environment, and in it pip with the wheel."""
    run([sys.executable, "-m", "venv", "--without-pip", folder / "own"], environment, folder)
    python = folder / "own/bin/python"
    line = [sys.executable, "-m", "pip", "--python", python, "install", "--find-links", shelf]
    run([*line, *shelf.glob("colorize-*.whl")], environment, folder)
    run([folder / "own/bin/colorize", "photo", "in.jpg"], environment, folder)
    assert colorized(folder) == ("RGB", (96, 64))
