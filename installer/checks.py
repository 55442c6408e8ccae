"""The checks of the checkout: style, types, layers and tests."""

import os
import subprocess

from installer.advice import InstallError, say
from installer.packages import bring_up_to_date
from installer.places import CHECKOUT, Environment
from installer.processes import child_variables
from installer.stamps import fingerprint, write_facts

MOST_PROCESSES = 4  # a gigabyte each


def check(torch_index: str | None, pytest_arguments: list[str]) -> int:
    """Run every check of the checkout in an environment of its own; 0 if all pass."""
    venv = CHECKOUT / ".venv"
    environment = Environment(venv, venv / "installed.json", venv / "install.log")
    if venv.exists() and not environment.note.exists():
        raise InstallError(f"{venv} was not made by this script: move it away and run this again")
    wanted = {**fingerprint(environment, torch_index), "source": None}
    bring_up_to_date(environment, wanted, editable=True)
    write_facts(environment.stamp, wanted)
    variables = child_variables()
    variables["PATH"] = os.pathsep.join(
        [str(environment.program("python").parent), variables.get("PATH", "")]
    )
    checks: list[list[str]] = [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
        ["pytest", *side_by_side(), *pytest_arguments],
    ]
    failed = []
    for program, *arguments in checks:
        title = " ".join([program, *arguments])
        say(f"== {title}")
        command = [str(environment.program(program)), *arguments]
        if subprocess.run(command, cwd=CHECKOUT, env=variables).returncode:
            failed.append(title)
    say(f"Failed: {'; '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def side_by_side() -> list[str]:
    """Let pytest use several cores: many tests wait for a process, a browser or GIMP."""
    return ["--numprocesses", str(min(os.cpu_count() or 1, MOST_PROCESSES)), "--dist", "loadgroup"]
