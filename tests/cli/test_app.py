"""The overview, and the commands that look after the installation."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from colorize_core import __version__
from colorize_core.cli import doctor_command
from colorize_core.cli.app import app

COMMANDS = ("photo", "train", "prior", "evaluate", "visualize", "models", "hub", "doctor")


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_needs_no_heavy_import(command):
    code = (
        "import sys\n"
        "from colorize_core.cli.app import app\n"
        "app([*sys.argv[1:], '--help'], standalone_mode=False)\n"
        "heavy = {'torch', 'numpy', 'PIL', 'skimage', 'rich', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code, *command], check=True, timeout=60)


def test_the_overview_names_every_command():
    output = CliRunner().invoke(app, ["--help"]).output
    assert all(f"\n  {name} " in output for name in COMMANDS)


def test_a_word_that_is_no_command_is_refused():
    result = CliRunner().invoke(app, ["paint"])
    assert result.exit_code == 2
    assert "No such command 'paint'" in result.output


def test_the_version_is_the_packages():
    assert __version__ in CliRunner().invoke(app, ["--version"]).output


def test_models_lists_them_all():
    output = CliRunner().invoke(app, ["models"]).output
    assert "lite" in output
    assert "eccv16" in output


def test_doctor_finds_this_installation_well():
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0, result.output
    assert "lite colorizes" in result.output


def test_doctor_says_when_the_weights_do_not_work(mocker):
    mocker.patch("colorize_core.engine.Colorizer", side_effect=ValueError("lite: damaged"))
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "lite does not work: lite: damaged" in result.output


def test_doctor_says_when_a_gpu_is_there_but_unused(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA Test 9000'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert doctor_command.find_idle_gpu() == "NVIDIA Test 9000"
    result = CliRunner().invoke(app, ["doctor"])
    assert "NVIDIA Test 9000 is there but this PyTorch cannot use it" in result.output
    assert "--torch-index" in result.output


def test_doctor_is_not_fooled_by_a_driver_that_fails(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\nexit 9\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert doctor_command.find_idle_gpu() == ""
