"""``install.py --test``."""

from pathlib import Path
from types import SimpleNamespace

import install
from installer import checks


def run_checks(mocker, monkeypatch, tmp_path, failing: str, *arguments: str):
    """``--test`` with an environment that is up to date and checks that are only recorded."""
    monkeypatch.setattr(checks, "CHECKOUT", tmp_path)
    mocker.patch.object(checks, "fingerprint", return_value={})
    mocker.patch.object(checks, "bring_up_to_date", side_effect=lambda e, *_, **__: e.venv.mkdir())
    asked = []

    def run(command, **_):
        asked.append([Path(command[0]).name, *command[1:]])
        return SimpleNamespace(returncode=int(Path(command[0]).name == failing))

    mocker.patch.object(checks.subprocess, "run", side_effect=run)
    return install.main(["--test", *arguments]), asked


def test_all_checks_run_though_one_fails(mocker, monkeypatch, tmp_path, capsys):
    mocker.patch.object(checks.os, "cpu_count", return_value=3)
    status, asked = run_checks(mocker, monkeypatch, tmp_path, "mypy", "--", "-x", "tests/cli")
    assert status == 1
    assert asked == [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
        ["pytest", "--numprocesses", "3", "--dist", "loadgroup", "-x", "tests/cli"],
    ]
    assert capsys.readouterr().out.splitlines()[-1] == "Failed: mypy"


def test_checks_that_pass_give_0(mocker, monkeypatch, tmp_path):
    assert run_checks(mocker, monkeypatch, tmp_path, "none")[0] == 0


def test_an_environment_of_somebody_else_is_not_taken(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(checks, "CHECKOUT", tmp_path)
    (tmp_path / ".venv").mkdir()
    assert install.main(["--test"]) == 1
    assert "move it away" in capsys.readouterr().err
