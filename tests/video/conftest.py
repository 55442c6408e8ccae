"""Films, and ``colorize video`` in a process of its own."""

import subprocess
import sys

import pytest


@pytest.fixture
def colorize(lite_weights, tmp_path):
    """Run ``colorize video`` in a folder of its own."""

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "colorize_core.cli.app", "video"]
            + [str(argument) for argument in arguments]
            + ["--model", str(lite_weights)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run
