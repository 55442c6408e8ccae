"""The pins, and torch from another index."""

import re
from types import SimpleNamespace

import install
from installer import installation, packages, processes
from installer.places import CHECKOUT


def test_every_pin_is_a_name_and_one_version(pin_lines):
    for line in pin_lines:
        assert re.fullmatch(r"[a-z0-9-]+==[0-9.]+( ; [A-Za-z0-9_ .'<>=!()]+)?", line), line


def test_pins_name_no_host():
    text = (CHECKOUT / "pins.txt").read_text()
    assert "//" not in text
    assert "index-url" not in text
    assert "@" not in text


def test_another_index_for_torch_has_its_own_cuda(tmp_path):
    kept = packages.constraints_for("elsewhere", tmp_path).read_text()
    assert "nvidia" not in kept
    assert "torch==2.13.0" in kept
    assert packages.constraints_for(None, tmp_path) == CHECKOUT / "pins.txt"


def test_torch_from_another_index_comes_first(home, mocker):
    asked = []

    def run(command, **_):
        asked.append(command)
        return SimpleNamespace(returncode=0, stdout=b"")

    mocker.patch.object(processes.subprocess, "run", side_effect=run)
    mocker.patch.object(installation, "colorize_sample", return_value=home / "photo.jpg")
    assert install.main(["--torch-index", "elsewhere"]) == 0
    pips = [command for command in asked if "install" in command]
    assert pips[0][-3:] == ["torch==2.13.0", "--index-url", "elsewhere"]
    assert pips[1][-1].endswith("[studio,train]")
