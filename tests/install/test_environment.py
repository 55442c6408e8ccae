"""Making an environment, and what keeps it from being made."""

import errno
import os
from collections import namedtuple
from types import SimpleNamespace

import install
from installer import environment as module
from installer.places import claim, environment_in
from installer.stamps import fingerprint

DISK = namedtuple("DISK", "total used free")


def test_an_environment_without_its_python_is_made_anew(home):
    claim(home)
    environment = environment_in(home)
    wanted = fingerprint(environment, None)
    module.make_environment(environment, wanted)
    assert module.is_sound(environment, wanted)
    assert not module.is_sound(environment, {**wanted, "torch index": "elsewhere"})
    environment.program("python").unlink()
    assert not module.is_sound(environment, wanted)
    module.make_environment(environment, wanted)
    assert module.is_sound(environment, wanted)


def test_a_python_without_venv_is_told(home, mocker, capsys):
    mocker.patch.object(module.importlib.util, "find_spec", return_value=None)
    assert install.main([]) == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err


def test_an_environment_without_pip_is_told(home, mocker, capsys):
    mocker.patch.object(
        module.subprocess,
        "run",
        side_effect=lambda command, **_: SimpleNamespace(returncode=int("import pip" in command)),
    )
    assert install.main([]) == 1
    assert "no pip" in capsys.readouterr().err


def test_a_full_disk_is_told_beforehand(home, mocker, capsys):
    mocker.patch.object(module.shutil, "disk_usage", return_value=DISK(10**10, 10**10, 10**6))
    assert install.main([]) == 1
    assert "disk is full" in capsys.readouterr().err
    assert not (home / "venv").exists()


def test_a_disk_that_fills_up_meanwhile_is_told(home, mocker, capsys):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    mocker.patch.object(module, "write_facts", side_effect=full)
    assert install.main([]) == 1
    assert "disk is full" in capsys.readouterr().err
