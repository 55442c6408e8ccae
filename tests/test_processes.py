"""Which of several processes runs a test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

NOTING = """
import os
import pytest

@pytest.mark.parametrize("number", range(8))
def test_it(number):
    with open({log!r}, "a") as file:
        file.write(f"{folder} {{os.environ['PYTEST_XDIST_WORKER']}}\\n")
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, ...]]:
    """Folders of tests, and by what they were run."""
    root = tmp_path_factory.mktemp("suite")
    log = root / "log"
    (root / "conftest.py").write_bytes(Path(__file__).with_name("conftest.py").read_bytes())
    for folder in ("gimp", "color"):
        (root / folder).mkdir()
        for name in ("one", "two"):
            file = root / folder / f"test_{folder}_{name}.py"
            label = folder if folder == "gimp" else file.name
            file.write_text(NOTING.format(log=str(log), folder=label))
    options = ["--numprocesses", "2", "--dist", "loadgroup", "-c", "/dev/null", "--rootdir", root]
    command = [sys.executable, "-m", "pytest", "-q", *options, root]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=root)
    assert ran.returncode == 0, ran.stdout
    return {tuple(line.split()) for line in log.read_text().splitlines()}


def test_a_file_or_a_folder_that_shares_is_run_by_one_process(seen):
    assert sorted(name for name, _ in seen) == ["gimp", "test_color_one.py", "test_color_two.py"]


def test_all_processes_are_used(seen):
    assert len({process for _, process in seen}) == 2
