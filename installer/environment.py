"""Making a virtual environment, and finding out what is damaged in one."""

import csv
import importlib.util
import shutil
import subprocess
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

from installer.advice import DISK_FULL, NO_PIP, NO_VENV, InstallError, say
from installer.places import WINDOWS, Environment
from installer.processes import run_logged
from installer.stamps import Facts, purpose, read_facts, write_facts

BYTES_NEEDED = 2_000_000_000


def is_sound(environment: Environment, wanted: Facts) -> bool:
    """Tell whether the environment was made for what is wanted, and its Python and pip start."""
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


def package_folders(environment: Environment) -> list[Path]:
    """Find where the environment's packages lie; nothing, before it is made."""
    pattern = "Lib/site-packages" if WINDOWS else "lib/python*/site-packages"
    return list(environment.venv.glob(pattern))


def installed(environment: Environment, name: str) -> Distribution | None:
    """Describe a package of the environment: its version and its requirements."""
    path = [str(folder) for folder in package_folders(environment)]
    return next(iter(distributions(name=name, path=path)), None)


def forget_damaged_packages(environment: Environment) -> None:
    """Make pip install those packages again of which files are missing or cut short."""
    for packages in package_folders(environment):
        for record in packages.glob("*.dist-info"):
            if not is_whole(record):
                shutil.rmtree(record)


def is_whole(dist_info: Path) -> bool:
    """Tell whether all files that a package's RECORD lists are there, each of its size."""
    try:
        with (dist_info / "RECORD").open(encoding="utf-8", newline="") as file:
            return all(
                (dist_info.parent / name).stat().st_size == int(size)
                for name, _, size in csv.reader(file)
                if size
            )
    except (OSError, ValueError):
        return False
