"""Taking an installation away, and a home that cannot be had."""

from pathlib import Path

import install
from installer.places import claim


def claimed(home: Path) -> Path:
    """A home as an installation leaves it, with next to nothing in it."""
    claim(home)
    for name in ("venv/bin/colorize", "sample/photo.jpg", "installed.json", "install.log"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    return home


def test_uninstall_removes_the_home_when_it_is_empty(home):
    claimed(home)
    assert install.main(["--uninstall"]) == 0
    assert not home.exists()


def test_uninstall_does_nothing_twice(home, capsys):
    assert install.main(["--uninstall"]) == 0
    assert "Nothing is installed" in capsys.readouterr().out


def test_uninstall_refuses_a_folder_that_is_not_ours(home, capsys):
    (home / "venv").mkdir(parents=True)
    assert install.main(["--uninstall"]) == 1
    assert (home / "venv").is_dir()
    assert "stays as it is" in capsys.readouterr().err


def test_uninstall_keeps_a_command_that_leads_elsewhere(home, tmp_path):
    claimed(home)
    foreign = tmp_path / "bin/colorize"
    foreign.parent.mkdir()
    foreign.symlink_to("/usr/bin/env")
    assert install.main(["--uninstall"]) == 0
    assert foreign.is_symlink()


def test_uninstall_takes_a_link_into_a_home_that_is_gone(home, tmp_path):
    link = tmp_path / "bin/colorize"
    link.parent.mkdir()
    link.symlink_to(home / "venv/bin/colorize")
    assert install.main(["--uninstall"]) == 0
    assert not link.is_symlink()


def test_foreign_things_in_the_home_are_not_touched(home, capsys):
    (home / "venv").mkdir(parents=True)
    (home / "venv/mine").touch()
    assert install.main([]) == 1
    assert (home / "venv/mine").exists()
    assert "COLORIZE_HOME" in capsys.readouterr().err


def test_a_home_that_cannot_be_made_is_told(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("COLORIZE_HOME", str(tmp_path / "file/home"))
    assert install.main([]) == 1
    assert "cannot be written" in capsys.readouterr().err
