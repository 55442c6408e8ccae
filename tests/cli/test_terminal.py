"""Names of files do not steer the terminal, whichever command says them."""

import logging
import subprocess
import sys

import pytest
import skimage.data
from PIL import Image

from colorize_core.cli import app
from colorize_core.cli.terminal import printable

# Names the window, goes up a line and wipes it; begins a line of its own.
NASTY = "a\x1b]0;owned\x07\x1b[1A\x1b[2K\x9b31m\u202egpj\nError: b"
SEEN = "a\\x1b]0;owned\\x07\\x1b[1A\\x1b[2K\\x9b31m\\u202egpj\\nError: b"
COMMANDS = {
    "photo": ["photo", "{}.jpg"],
    "photo -o": ["photo", "{}", "-o", "{}"],
    "photo --model": ["photo", "x.jpg", "--model", "{}"],
    "photo --hints": ["photo", "x.jpg", "--hints", "{}"],
    "prepare": ["prepare", "{}", "-o", "out"],
    "train": ["train", "{}", "--run", "run"],
    "prior": ["prior", "{}"],
    "evaluate": ["evaluate", "{}"],
    "visualize": ["visualize", "--prior", "{}", "-o", "out"],
    "export": ["export", "out.onnx", "--model", "{}"],
    "no command": ["{}"],
    "no option": ["photo", "--{}"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_names_are_escaped_in_errors(name, tmp_path, monkeypatch, capfdbinary):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["colorize", *(part.format(NASTY) for part in COMMANDS[name])])
    with pytest.raises(SystemExit) as ended:
        app.main()
    said = b"".join(capfdbinary.readouterr())
    assert ended.value.code
    assert b"Error" in said
    assert not {*b"\x1b\x07"} & {*said}
    assert not any(mark in said.decode() for mark in ("\x9b", "\u202e"))


def test_names_are_escaped_in_results_and_outcomes(tmp_path, lite_weights):
    image = Image.fromarray(skimage.data.camera()).resize((64, 48))
    image.save(tmp_path / f"{NASTY}.png")
    (tmp_path / f"{NASTY}.jpg").write_bytes(b"no photo")
    command = [sys.executable, "-m", "colorize_core.cli.app", "photo", "--model", lite_weights]
    done = subprocess.run(
        [*command, f"{NASTY}.png"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == f"{SEEN}-colorized.png\n"
    done = subprocess.run(
        [*command, ".", "-o", "out"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    error, note = done.stderr.splitlines()
    assert error == f"Error: {SEEN}.jpg: not a photograph that can be read"
    assert note.startswith(f"Note: 1 photo was in colour already: {SEEN}-colorized.png;")
    assert done.stdout.startswith("2 colorized, 1 failed")


def test_names_are_escaped_in_warnings(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["colorize", "--version"])
    monkeypatch.setattr(logging.lastResort, "formatter", None)
    app.main()
    record = logging.LogRecord("x", logging.WARNING, "x", 1, "%s: left out", ("\x1b[2K",), None)
    assert logging.lastResort.format(record) == "\\x1b[2K: left out"


def test_what_people_write_stays():
    for name in ("Großmutter 1954.jpg", "写真.png", "می‌خواهم.tif", "👩‍👧.webp", "a\u0301.jpg"):
        assert printable(name) == name
    assert printable("caf\udce9.jpg") == "caf\\udce9.jpg"
    assert printable("one\ntwo", lines=True) == "one\ntwo"
