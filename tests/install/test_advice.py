"""The advice on what pip says when it fails."""

from types import SimpleNamespace

import pytest

import install
from installer import processes


def pip_that_fails(mocker, output: str) -> None:
    """Let every command succeed but pip, which says the output."""

    def run(command, stdout=None, **_):
        asked_pip = "pip" in command
        if asked_pip:
            stdout.write(output.encode())
            stdout.flush()
        return SimpleNamespace(returncode=int(asked_pip), stdout=b"")

    mocker.patch.object(processes.subprocess, "run", side_effect=run)


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("WARNING: Retrying: Temporary failure in name resolution", "connect to the internet"),
        ("Failed to establish a new connection: [Errno 111]", "connect to the internet"),
        (
            "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 "
            "(from versions: none)",
            "set a proxy",
        ),
        ("/venv/bin/python: No module named pip", "python3-venv"),
        ("note: hm\nERROR: something new\nlast line", "ERROR: something new"),
        ("error: subprocess-exited-with-error", "subprocess-exited-with-error"),
        ("", "without a word"),
    ],
)
def test_pip_failures_come_with_advice(home, mocker, capsys, output, advice):
    pip_that_fails(mocker, output)
    assert install.main([]) == 1
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert advice in error
    assert str(home / "install.log") in error
    assert output in (home / "install.log").read_text()
    assert not (home / "installed.json").exists()
