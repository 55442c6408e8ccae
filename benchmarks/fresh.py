"""The package in fresh environments: built, installed by pip alone, tried, and weighed.

    python benchmarks/fresh.py [--constraint torch==2.13.0] [--keep FOLDER]

One environment gets the wheel and what it asks for: the doctor must be content, and a photo must
come out in colour. Another gets the requirements of a Space: its folder must answer with HTTP 200
and give a photo back in colour. Everything is downloaded, so this takes minutes and gigabytes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from PIL import Image

CHECKOUT = Path(__file__).resolve().parents[1]
PARTS = ("colorize_core", "gimp_plugin", "gradio_demo", "LICENSE", "README.md", "pyproject.toml")
ASK = """\
import sys
from gradio_client import Client, handle_file
print(Client(sys.argv[1], verbose=False).predict(handle_file(sys.argv[2]), api_name="/colorize"))
"""


def run(*command: object, cwd: Path) -> str:
    """Run a command that nothing leads to other packages; return what it printed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    line = list(map(str, command))
    done = subprocess.run(line, cwd=cwd, env=kept, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(line)}\n{done.stdout}{done.stderr}")
    return done.stdout


def built(folder: Path) -> Path:
    """Build the sdist from a copy of the checkout, the wheel from that; say their sizes."""
    source, to = folder / "source", folder / "dist"
    for part in PARTS:
        if (CHECKOUT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(CHECKOUT / part, source / part, ignore=ignored)
        else:
            shutil.copy(CHECKOUT / part, source / part)
    code = "import setuptools.build_meta as b, sys; b.build_sdist(sys.argv[1])"
    run(sys.executable, "-c", code, to, cwd=source)
    (sdist,) = to.glob("*.tar.gz")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", to, sdist, cwd=folder)
    (wheel,) = to.glob("*.whl")
    for file in (sdist, wheel):
        print(f"{file.name}: {file.stat().st_size / 1e6:.1f} MB")
    return wheel


def environment(folder: Path, *wanted: object, constraint: str) -> Path:
    """Make an environment and have its pip install something; say time and size."""
    started = time.monotonic()
    run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    limits = folder / "constraint.txt"
    limits.write_text(constraint)
    run(folder / "bin/pip", "install", "--quiet", "-c", limits, *wanted, cwd=folder)
    size = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder.name}: installed in {time.monotonic() - started:.0f} s, {size / 1e9:.2f} GB")
    return folder


def check_colour(file: Path) -> None:
    """End with an error unless a picture is in colour."""
    with Image.open(file) as image:
        if not np.ptp(np.asarray(image.convert("RGB")).astype(int), axis=2).mean() > 2:
            sys.exit(f"{file} is grey")
    print(f"{file.name}: in colour")


def try_command(wheel: Path, photo: Path, folder: Path, constraint: str) -> Path:
    """Have the wheel's command look after itself, and colorize a photo."""
    made = environment(folder / "wheel", wheel, constraint=constraint)
    print(run(made / "bin/colorize", "doctor", cwd=folder), end="")
    out = folder / "command.jpg"
    run(made / "bin/colorize", "photo", photo, "-o", out, cwd=folder)
    check_colour(out)
    return made


def try_space(wheel: Path, photo: Path, folder: Path, constraint: str) -> None:
    """Stage a Space, install what it requires and nothing else, and visit it."""
    space = folder / "space"
    code = (
        "import sys; from pathlib import Path; from colorize_core.sharing.hub import HubName; "
        "from colorize_core.sharing.space import stage_space; Path(sys.argv[1]).mkdir(); "
        "stage_space(Path(sys.argv[1]), HubName('ann', 'colour'), 'lite', sys.argv[2])"
    )
    run(sys.executable, "-c", code, space, f"3.{sys.version_info[1]}", cwd=CHECKOUT)
    required = space / "requirements.txt"
    made = environment(folder / "requirements", "-r", required, constraint=constraint)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    variables = os.environ | {"GRADIO_SERVER_PORT": str(port), "COLORIZE_HOME": str(folder / "own")}
    variables.pop("PYTHONPATH", None)
    studio = subprocess.Popen([made / "bin/python", "app.py"], cwd=space, env=variables)
    try:
        url, started = f"http://127.0.0.1:{port}/", time.monotonic()
        print(f"{url}: HTTP {status(url, studio)} after {time.monotonic() - started:.0f} s")
        answer = run(made / "bin/python", "-c", ASK, url, photo, cwd=folder).strip()
        shutil.copy(answer, folder / "space.jpg")
        check_colour(folder / "space.jpg")
    finally:
        studio.kill()
        studio.wait()


def status(url: str, process: subprocess.Popen[bytes]) -> int:
    """Ask until somebody answers."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return answer.status
        except urllib.error.URLError:
            time.sleep(0.2)
    sys.exit("the Space has ended")


def main() -> None:
    """Try both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--constraint", default="", help="a version to keep to, as pip has it")
    parser.add_argument("--keep", type=Path, help="a new folder, which stays")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True)
    place = nullcontext(options.keep) if options.keep else tempfile.TemporaryDirectory()
    with place as name:
        folder = Path(name).resolve()
        photo = folder / "photo.jpg"
        with Image.open(CHECKOUT / "docs/before-after.jpg") as image:
            image.convert("L").save(photo)
        wheel = built(folder)
        try_command(wheel, photo, folder, options.constraint)
        try_space(wheel, photo, folder, options.constraint)


if __name__ == "__main__":
    main()
