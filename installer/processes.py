"""Running programs of an environment, with their output in a log."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from installer.advice import InstallError, advice_on

Command = Sequence[str | Path]


def child_variables() -> dict[str, str]:
    """Set the variables for a program of the environment: nothing leads it to other packages."""
    variables = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"):
        variables.pop(name, None)
    return variables


def run_logged(command: Command, log: Path, variables: Mapping[str, str] | None = None) -> None:
    """Run a command with its output in the log; a failure is raised with advice."""
    with log.open("ab") as file:
        file.write(f"$ {' '.join(map(str, command))}\n".encode())
        file.flush()
        start = file.tell()
        status = subprocess.run(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=variables or child_variables(),
        ).returncode
    if status:
        output = log.read_bytes()[start:].decode(errors="replace")
        raise InstallError(f"{advice_on(output)} (details: {log})")
