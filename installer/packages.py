"""Bringing an environment's packages up to date with pip, in the pinned versions."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from installer.advice import InstallError, say
from installer.environment import forget_damaged_packages, is_sound, make_environment
from installer.places import CHECKOUT, PACKAGES, PINS, Environment
from installer.processes import Command, child_variables, run_logged
from installer.stamps import Facts, read_facts

BUILD_FILES = ("pyproject.toml", "README.md", "LICENSE")
CUDA_PACKAGES = ("nvidia-", "cuda-", "triton")


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
    compile_kernels(environment)


def compile_kernels(environment: Environment) -> None:
    """Compile what colours large photos fast, now, so that the first of them need not wait.

    Where that does not work, PyTorch does the same, slower: nothing to stop for.
    """
    say("Compiling the kernels for large photographs ...")
    program = "from colorize_core.color.kernels import load_kernels; load_kernels()"
    with suppress(InstallError):
        run_logged([environment.program("python"), "-I", "-c", program], environment.log)


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
        pip_install(environment, [f"{copy_source(folder)}[studio,train]"], constraints)


def copy_source(folder: Path) -> Path:
    """Copy what a build reads, so that it leaves nothing in the checkout."""
    source = folder / "source"
    unwanted = shutil.ignore_patterns("__pycache__")
    for package in PACKAGES:
        shutil.copytree(CHECKOUT / package, source / package, ignore=unwanted)
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
