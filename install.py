#!/usr/bin/env python3
"""Install colorize for this user: ``python3 install.py``.

Everything lives in one private folder, so that ``python3 install.py --uninstall`` can take all of
it away again. Only Python's standard library is used, and the first lines run on Python 3.6, so
that an older Python can be told what is wrong with it.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - not outdated: pip has not checked anything yet
    sys.exit(
        f"colorize needs Python 3.10 or newer, and this is {sys.version.split()[0]}: "
        "install a newer one and run install.py with it, say: python3.12 install.py"
    )

import argparse
import csv
import errno
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parent
PINS = CHECKOUT / "pins.txt"
PACKAGE = "colorize_core"
BUILD_FILES = ("pyproject.toml", "README.md", "LICENSE")
WINDOWS = os.name == "nt"
BYTES_NEEDED = 2_000_000_000
SAMPLE_PHOTO = "chelsea"  # one of the photographs that lie in scikit-image's wheel
CUDA_PACKAGES = ("nvidia-", "cuda-", "triton")
MARKER = ".made-by-colorize"

MAKE_SAMPLE = """
import sys
from PIL import Image
from skimage import data
photo = getattr(data, sys.argv[1])()
Image.fromarray(photo).convert("L").save(sys.argv[2], "JPEG", quality=95)
"""

DISK_FULL = "the disk is full: free about 2 GB and run this again, it continues where it stopped"
OFFLINE = (
    "the package index cannot be reached: connect to the internet, or set a proxy (HTTPS_PROXY), "
    "and run this again, it continues where it stopped"
)
NO_BUILD = (
    f"pip found no package that fits Python {sys.version_info[0]}.{sys.version_info[1]} on this "
    "system: connect to the internet or set a proxy (HTTPS_PROXY), or try another Python "
    "(3.11 to 3.13), and run this again, it continues where it stopped"
)
NO_PIP = "the Python environment has no pip: on Debian or Ubuntu, sudo apt install python3-venv"
NO_VENV = (
    "this Python cannot make virtual environments: on Debian or Ubuntu, "
    "sudo apt install python3-venv; elsewhere, install Python from python.org"
)
# The first row of which a text stands in pip's output tells what to do.
PIP_ADVICE = (
    (("No space left on device", "There is not enough space on the disk"), DISK_FULL),
    (
        (
            "Temporary failure in name resolution",
            "Failed to establish a new connection",
            "Name or service not known",
            "Network is unreachable",
            "Cannot connect to proxy",
            "Read timed out",
            "getaddrinfo failed",
        ),
        OFFLINE,
    ),
    (("Could not find a version that", "No matching dist", "ResolutionImpossible"), NO_BUILD),
    (("No module named pip",), NO_PIP),
)


Command = Sequence[str | Path]
Facts = Mapping[str, str | None]


class InstallError(Exception):
    """What went wrong and what to do about it, in one line."""


class Environment(NamedTuple):
    """A virtual environment and what is noted about it."""

    venv: Path
    stamp: Path
    log: Path

    @property
    def note(self) -> Path:
        """Lies in the environment from its beginning and says what it was made for."""
        return self.venv / MARKER

    def program(self, name: str) -> Path:
        """Where a program of the environment lies."""
        return self.venv / ("Scripts" if WINDOWS else "bin") / (f"{name}.exe" if WINDOWS else name)


def say(line: str) -> None:
    """Tell the user at once, also where the output goes through a pipe."""
    print(line, flush=True)


def home_folder() -> Path:
    """The folder that holds everything this script installs."""
    chosen = os.environ.get("COLORIZE_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "colorize"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/colorize"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "colorize"


def command_folder() -> Path:
    """The folder in which the ``colorize`` command is linked."""
    chosen = os.environ.get("COLORIZE_BIN")
    return Path(chosen).expanduser().absolute() if chosen else Path.home() / ".local/bin"


def environment_in(home: Path) -> Environment:
    return Environment(home / "venv", home / "installed.json", home / "install.log")


def claim(home: Path) -> None:
    """Make the home and mark it as ours, unless it holds things that somebody else made."""
    marker = home / MARKER
    if marker.exists():
        return
    ours = environment_in(home)
    for path in (*ours, home / "sample"):
        if path.exists():
            raise InstallError(
                f"{path} is there already and was not made by this script: "
                "choose another folder with COLORIZE_HOME"
            )
    try:
        home.mkdir(parents=True, exist_ok=True)
        marker.touch()
    except OSError as error:
        raise InstallError(
            f"{home} cannot be written ({error.strerror}): choose another folder with COLORIZE_HOME"
        ) from None


def digest(paths: Iterable[Path]) -> str:
    """One hash of the names and contents of files below the checkout."""
    total = hashlib.sha256()
    for path in sorted(paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(CHECKOUT).as_posix()} {content}\n".encode())
    return total.hexdigest()


def source_files() -> list[Path]:
    files = (CHECKOUT / PACKAGE).rglob("*")
    return [path for path in files if path.is_file() and "__pycache__" not in path.parts]


def purpose(environment: Environment, torch_index: str | None) -> dict[str, str | None]:
    """What an environment is made for; it is made anew for anything else."""
    return {
        "venv": str(environment.venv),
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "torch index": torch_index,
    }


def fingerprint(environment: Environment, torch_index: str | None) -> dict[str, str | None]:
    """Everything that the contents of an environment follow from."""
    return {
        **purpose(environment, torch_index),
        "pins": digest([PINS]),
        "pyproject": digest([CHECKOUT / "pyproject.toml"]),
        "source": digest(source_files()),
    }


def read_facts(file: Path) -> dict[str, str | None] | None:
    """A stamp or a note; None if it was never written."""
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None


def write_facts(file: Path, facts: Facts) -> None:
    part = file.with_name(f"{file.name}.part")
    part.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    part.replace(file)


def child_variables(constraints: Path | None = None) -> dict[str, str]:
    """The variables for a program of the environment: nothing leads it to other packages."""
    variables = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"):
        variables.pop(name, None)
    if constraints is not None:
        # As variables they also hold for what pip installs to build a package with; pip 25.3 and
        # newer looks at the second name for that. A URL, because pip splits values at blanks.
        variables["PIP_CONSTRAINT"] = constraints.as_uri()
        variables["PIP_BUILD_CONSTRAINT"] = constraints.as_uri()
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


def advice_on(output: str) -> str:
    """What to do about the output of a command that failed."""
    for texts, advice in PIP_ADVICE:
        if any(text in output for text in texts):
            return advice
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:")]
    telling = [line for line in errors if "subprocess-exited-with-error" not in line]
    return (telling or errors or lines or ["it stopped without a word"])[-1]


def is_sound(environment: Environment, wanted: Facts) -> bool:
    """Whether the environment was made for what is wanted, and its Python and pip start."""
    made_for = read_facts(environment.note)
    if made_for is None or not made_for.items() <= wanted.items():
        return False
    try:
        asked = subprocess.run(
            [str(environment.program("python")), "-I", "-c", "import pip"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except OSError:
        return False
    return asked.returncode == 0


def make_environment(environment: Environment, wanted: Facts) -> None:
    """Make the virtual environment anew, whatever is left of an earlier one."""
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        raise InstallError(NO_VENV)
    if environment.venv.exists():
        shutil.rmtree(environment.venv)
    if shutil.disk_usage(environment.venv.parent).free < BYTES_NEEDED:
        raise InstallError(DISK_FULL)
    say("Setting up a private Python environment ...")
    environment.venv.mkdir()
    write_facts(environment.note, purpose(environment, wanted["torch index"]))
    run_logged([sys.executable, "-m", "venv", environment.venv], environment.log)
    if not is_sound(environment, wanted):
        raise InstallError(f"{NO_PIP} (details: {environment.log})")


def forget_damaged_packages(environment: Environment) -> None:
    """Make pip install those packages again of which files are missing or cut short."""
    pattern = "Lib/site-packages" if WINDOWS else "lib/python*/site-packages"
    for packages in environment.venv.glob(pattern):
        for record in packages.glob("*.dist-info"):
            if not is_whole(record):
                shutil.rmtree(record)


def is_whole(dist_info: Path) -> bool:
    """Whether all files that a package's RECORD lists are there, each of its size."""
    try:
        with (dist_info / "RECORD").open(encoding="utf-8", newline="") as file:
            return all(
                (dist_info.parent / name).stat().st_size == int(size)
                for name, _, size in csv.reader(file)
                if size
            )
    except (OSError, ValueError):
        return False


def copy_source(folder: Path) -> Path:
    """Copy what a build reads, so that it leaves nothing in the checkout."""
    source = folder / "source"
    shutil.copytree(
        CHECKOUT / PACKAGE, source / PACKAGE, ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in BUILD_FILES:
        if (CHECKOUT / name).exists():
            shutil.copy(CHECKOUT / name, source / name)
    return source


def constraints_for(torch_index: str | None, folder: Path) -> Path:
    """The pins; without CUDA's where torch, and so its CUDA, comes from another index."""
    if torch_index is None:
        return PINS
    lines = PINS.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = folder / "pins.txt"
    kept.write_text(
        "".join(line for line in lines if not line.startswith(CUDA_PACKAGES)), encoding="utf-8"
    )
    return kept


def torch_requirement() -> str:
    lines = PINS.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("torch=="))


def pip_install(
    environment: Environment, arguments: Command, constraints: Path | None = None
) -> None:
    """Let the environment's pip install something, held to the constraints."""
    pip: Command = [environment.program("python"), "-I", "-m", "pip", "install", "--no-input"]
    run_logged([*pip, *arguments], environment.log, child_variables(constraints))


def bring_up_to_date(environment: Environment, wanted: Facts, editable: bool = False) -> None:
    """Install what is missing; nothing, where the stamp says that nothing is."""
    installed = read_facts(environment.stamp)
    sound = is_sound(environment, wanted)
    if sound and installed == wanted:
        say("Everything is installed already.")
        return
    for old in (environment.stamp, environment.log):
        old.unlink(missing_ok=True)
    if sound and installed is None:
        say("Continuing an installation that did not come to its end ...")
        forget_damaged_packages(environment)
        sound = is_sound(environment, wanted)
    if not sound:
        make_environment(environment, wanted)
    with tempfile.TemporaryDirectory(prefix="colorize-") as folder:
        if sound and installed == {**wanted, "source": (installed or {}).get("source")}:
            install_changed_source(environment, Path(folder))
        else:
            install_packages(environment, wanted["torch index"], editable, Path(folder))


def install_changed_source(environment: Environment, folder: Path) -> None:
    """Exchange the package alone, with the setuptools that lies in the environment."""
    say("Installing the changed source ...")
    source = copy_source(folder)
    options = ["--no-deps", "--force-reinstall", "--no-build-isolation"]
    pip_install(environment, [*options, source], PINS)


def install_packages(
    environment: Environment, torch_index: str | None, editable: bool, folder: Path
) -> None:
    """Install the package and all that it needs, in the pinned versions."""
    say("Installing torch, numpy and the other packages (a few minutes) ...")
    if torch_index is not None:
        # Not held to the pins: the index has its own versions of what torch needs.
        pip_install(environment, [torch_requirement(), "--index-url", torch_index])
    constraints = constraints_for(torch_index, folder)
    if editable:
        pip_install(environment, ["--editable", f"{CHECKOUT}[test]"], constraints)
        # Without what it asks for: of that, the tests need nothing that is not there.
        pip_install(environment, ["--no-deps", "rz-colorization"], constraints)
    else:
        pip_install(environment, [f"{copy_source(folder)}[train]"], constraints)


def link_command(program: Path, folder: Path, home: Path) -> None:
    """Put ``colorize`` where the shell finds it, or say how it can be found."""
    if WINDOWS:
        say(f"To have the colorize command everywhere, add {program.parent} to PATH.")
        return
    link = folder / "colorize"
    if (link.exists() or link.is_symlink()) and not leads_into(link, home):
        say(f"{link} is another program and stays as it is; colorize's command is {program}")
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    except OSError as error:
        say(f"{link} cannot be made ({error.strerror}); colorize's command is {program}")
        return
    if str(folder) not in os.environ.get("PATH", "").split(os.pathsep):
        profile = "~/.zprofile" if os.environ.get("SHELL", "").endswith("zsh") else "~/.profile"
        say(f'To have the colorize command, add to {profile}: export PATH="{folder}:$PATH"')
    elif shutil.which("colorize") != str(link):
        say(f"In PATH another colorize comes first: {shutil.which('colorize')}; this one is {link}")


def leads_into(link: Path, home: Path) -> bool:
    """Whether this is a link to something in the home, be it still there or not."""
    if not link.is_symlink():
        return False
    return home in Path(os.path.normpath(link.parent / link.readlink())).parents


def colorize_sample(environment: Environment, folder: Path) -> Path:
    """Colorize a photograph with the installed command, as its user will."""
    photo, colorized = folder / "photo.jpg", folder / "photo-colorized.jpg"
    folder.mkdir(exist_ok=True)
    if not photo.exists():
        part = folder / "photo.part"
        python = environment.program("python")
        run_captured([python, "-I", "-c", MAKE_SAMPLE, SAMPLE_PHOTO, part], environment.log)
        part.replace(photo)
    command = environment.program("colorize")
    run_captured([command, "photo", photo, "-o", colorized, "--overwrite"], environment.log)
    return colorized


def run_captured(command: Command, log: Path) -> None:
    """Run a command whose output goes to the log only if it fails."""
    asked = subprocess.run(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=child_variables(),
    )
    if asked.returncode:
        with log.open("ab") as file:
            file.write(f"$ {' '.join(map(str, command))}\n".encode() + asked.stdout)
        raise InstallError(
            f"the sample could not be colorized: {advice_on(asked.stdout.decode(errors='replace'))}"
            f" (details: {log})"
        )


def install(torch_index: str | None) -> None:
    """Install the command and show that it works."""
    home = home_folder()
    claim(home)
    environment = environment_in(home)
    wanted = fingerprint(environment, torch_index)
    bring_up_to_date(environment, wanted)
    link_command(environment.program("colorize"), command_folder(), home)
    say("Colorizing a photograph ...")
    try:
        colorized = colorize_sample(environment, home / "sample")
    except InstallError:
        # The next run shall look at every package instead of trusting the stamp.
        environment.stamp.unlink(missing_ok=True)
        raise
    write_facts(environment.stamp, wanted)
    say(f"Done. A photograph colorized by the installed command: {colorized}")


def uninstall() -> None:
    """Take away what :func:`install` made, and nothing else."""
    home = home_folder()
    if home.exists() and not (home / MARKER).exists():
        raise InstallError(f"{home} was not made by this script and stays as it is")
    environment, sample = environment_in(home), home / "sample"
    link = command_folder() / "colorize"
    photos = [sample / name for name in ("photo.part", "photo.jpg", "photo-colorized.jpg")]
    removed = []
    if leads_into(link, home):
        link.unlink()
        removed.append(link)
    if environment.venv.exists():
        shutil.rmtree(environment.venv)
        removed.append(environment.venv)
    for path in (*photos, environment.stamp, environment.log, home / MARKER):
        if path.exists():
            path.unlink()
            removed.append(path)
    for folder in (sample, home):
        if folder.exists() and any(folder.iterdir()):
            say(f"{folder} holds other files and stays.")
        elif folder.exists():
            folder.rmdir()
            removed.append(folder)
    for path in removed:
        say(f"Removed {path}")
    if not removed:
        say(f"Nothing is installed in {home}.")


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
        ["pytest", *pytest_arguments],
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


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Install colorize for this user, and colorize a photograph to show it works.",
        epilog="COLORIZE_HOME and COLORIZE_BIN choose other folders than the user's usual ones.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--uninstall", action="store_true", help="take everything away again")
    what.add_argument(
        "--test", action="store_true", help="check this checkout: style, types, layers and tests"
    )
    parser.add_argument("--torch-index", metavar="URL", help="take torch from this wheel index")
    parser.add_argument(
        "pytest", nargs="*", metavar="-- PYTEST ARGUMENT", help="with --test: passed to pytest"
    )
    chosen = parser.parse_args(arguments)
    if chosen.pytest and not chosen.test:
        parser.error(f"unknown arguments: {' '.join(chosen.pytest)}")
    return chosen


def main(arguments: list[str]) -> int:
    """Do what the arguments ask; the exit status."""
    chosen = parse(arguments)
    try:
        if chosen.test:
            return check(chosen.torch_index, chosen.pytest)
        if chosen.uninstall:
            uninstall()
        else:
            install(chosen.torch_index)
    except InstallError as error:
        print(f"install.py: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        advice = DISK_FULL if error.errno == errno.ENOSPC else str(error)
        print(f"install.py: {advice}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: run this again to continue.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
