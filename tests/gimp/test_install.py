"""The installer's and the doctor's GIMP parts, inside a root where GIMP is on the PATH."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from chamber import CHECKOUT
from host import Host

from gimp_plugin import installation

INSTALL = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from installer.gimps import install_plugins, remove_plugins
from installer.places import Environment
home, venv = Path(sys.argv[2]), Path(sys.prefix)
home.mkdir(exist_ok=True)
if sys.argv[3] == "install":
    install_plugins(Environment(venv, venv, venv), home)
else:
    print(remove_plugins(home))
"""


class User:
    """Somebody with settings and a home of their own, on the machine of a GIMP."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.home = host.folder / "home of colorize"
        self.plugins = host.folder / f"configuration/GIMP/{host.version}/plug-ins"
        self.variables = {
            "XDG_CONFIG_HOME": str(host.folder / "configuration"),
            "COLORIZE_HOME": str(self.home),
        }

    def installer(self, what: str) -> str:
        """What the installer says."""
        script = [sys.executable, "-c", INSTALL, CHECKOUT, self.home, what]
        return self._run(script)

    def doctor(self) -> str:
        """What the doctor says."""
        return self._run([sys.executable, "-m", "colorize_core.cli.app", "doctor"])

    def _run(self, command: list[str | Path]) -> str:
        return self.host.chamber.run(command, self.variables).stdout


@pytest.fixture(scope="module")
def user(host: Host) -> User:
    return User(host)


def test_gimp_lists_the_procedure_right_after_the_installation(user):
    said = user.installer("install")
    assert f"GIMP {user.host.version}: Filters > Colorize… is there." in said, said
    assert installation.is_ours(user.plugins, user.home)


def test_a_second_installation_does_not_ask_again(user):
    said = user.installer("install")
    assert said.strip() == f"GIMP {user.host.version}: Filters > Colorize… is there."


def test_the_doctor_finds_it_well(user):
    said = user.doctor()
    assert f"ok    GIMP {user.host.version} lists Filters > Colorize ({user.plugins})" in said, said
    assert "the worker for GIMP starts when it is needed" in said


def test_the_doctor_says_when_gimp_does_not_list_it(user):
    program = user.plugins / "colorize/colorize.py"
    program.chmod(0o644)  # GIMP skips it without a word
    try:
        said = user.doctor()
    finally:
        program.chmod(0o755)
    assert f"bad   GIMP {user.host.version} does not list the plug-in" in said, said


def test_it_is_taken_out_again(user):
    assert str(user.plugins / "colorize") in user.installer("remove")
    assert not (user.plugins / "colorize").exists()
