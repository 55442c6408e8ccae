"""The link to the command."""

import os

from installer import command


def test_a_foreign_command_is_not_overwritten(home, tmp_path, capsys):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "colorize").write_text("somebody else's")
    command.link_command(home / "venv/bin/colorize", folder, home)
    assert (folder / "colorize").read_text() == "somebody else's"
    assert str(home / "venv/bin/colorize") in capsys.readouterr().out


def test_a_link_of_an_earlier_installation_is_renewed(home, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "colorize").symlink_to(home / "old/colorize")
    command.link_command(home / "venv/bin/colorize", folder, home)
    assert (folder / "colorize").readlink() == home / "venv/bin/colorize"


def test_another_command_that_comes_first_is_told(home, tmp_path, monkeypatch, capsys):
    first = tmp_path / "first/colorize"
    first.parent.mkdir()
    first.touch(mode=0o755)
    program = home / "venv/bin/colorize"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{first.parent}{os.pathsep}{tmp_path / 'bin'}")
    command.link_command(program, tmp_path / "bin", home)
    assert str(first) in capsys.readouterr().out


def test_windows_is_told_what_to_add_to_path(home, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "WINDOWS", True)
    command.link_command(home / "venv/Scripts/colorize.exe", tmp_path / "bin", home)
    assert str(home / "venv/Scripts") in capsys.readouterr().out
    assert not (tmp_path / "bin").exists()
