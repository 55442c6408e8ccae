"""``colorize photo`` in a process of its own."""

import subprocess
import sys

import pytest


@pytest.fixture
def colorize(lite_weights, tmp_path):
    """Run ``colorize photo`` in a folder of its own."""

    def run(*arguments, before=(), preexec_fn=None):
        return subprocess.run(
            [*before, sys.executable, "-m", "colorize_core.cli.app", "photo"]
            + [str(argument) for argument in arguments]
            + ["--model", str(lite_weights)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            preexec_fn=preexec_fn,
        )

    return run
