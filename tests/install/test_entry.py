"""install.py itself: the old Python, the command line and Ctrl-C."""

import runpy
import shutil
import subprocess
import sys

import pytest

import install
from installer import installation
from installer.places import CHECKOUT

SCRIPT = CHECKOUT / "install.py"


def test_an_old_python_is_told_before_anything_else(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    with pytest.raises(SystemExit, match=r"needs Python 3\.10 or newer"):
        runpy.run_path(str(SCRIPT))


def test_help_says_what_there_is():
    shown = subprocess.run(
        [sys.executable, str(SCRIPT), "--help"], capture_output=True, text=True, check=True
    )
    for option in ("--uninstall", "--test", "--torch-index"):
        assert option in shown.stdout


def test_arguments_for_pytest_need_test(capsys):
    with pytest.raises(SystemExit):
        install.main(["--", "-x"])
    assert "-x" in capsys.readouterr().err


def test_ctrl_c_ends_with_130(home, mocker, capsys):
    mocker.patch.object(installation, "bring_up_to_date", side_effect=KeyboardInterrupt)
    assert install.main([]) == 130
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_isolated_mode_finds_the_installer_and_leaves_nothing_compiled(tmp_path):
    shutil.copy(SCRIPT, tmp_path)
    shutil.copytree(
        CHECKOUT / "installer", tmp_path / "installer", ignore=shutil.ignore_patterns("__pycache__")
    )
    before = sorted(tmp_path.rglob("*"))
    subprocess.run([sys.executable, "-I", tmp_path / "install.py", "--help"], check=True)
    assert sorted(tmp_path.rglob("*")) == before
