"""Bringing an environment's packages up to date with pip, by pinned version and hash."""

import hashlib
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from installer.advice import ALTERED, InstallError, say
from installer.environment import forget_damaged_packages, installed, is_sound, make_environment
from installer.places import CHECKOUT, PACKAGES, PINS, TEST_PINS, Environment, pin_entries
from installer.processes import Command, run_logged
from installer.stamps import Facts, read_facts

BUILD_FILES = ("pyproject.toml", "README.md", "LICENSE")
TORCH = "torch=="
CUDA = ("nvidia-", "cuda-", "triton")


def bring_up_to_date(environment: Environment, wanted: Facts, editable: bool = False) -> None:
    """Install what is missing; nothing, where the stamp says that nothing is."""
    stamp = read_facts(environment.stamp)
    sound = is_sound(environment, wanted)
    if sound and stamp == wanted:
        say("Everything is installed already.")
        return
    for old in (environment.stamp, environment.log):
        old.unlink(missing_ok=True)
    if sound and stamp is None:
        say("Continuing an installation that did not come to its end ...")
        forget_damaged_packages(environment)
        sound = is_sound(environment, wanted)
    if not sound:
        make_environment(environment, wanted)
    with tempfile.TemporaryDirectory(prefix="colorize-") as folder:
        if sound and stamp == {**wanted, "source": (stamp or {}).get("source")}:
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
    """Exchange the package alone."""
    say("Installing the changed source ...")
    install_source(environment, ["--force-reinstall", copy_source(folder)])


def install_packages(
    environment: Environment, torch_index: str | None, editable: bool, folder: Path
) -> None:
    """Install all that the package needs, by version and hash, and then the package."""
    say("Installing torch, numpy and the other packages (a few minutes) ...")
    if torch_index is not None:
        # Not held to the hashes: the index has its own builds, and its own versions of what torch
        # needs; the user vouches for it.
        pip(environment, "install", [torch_pin().split()[0], "--index-url", torch_index])
    else:
        install_torch(environment, folder)
    lists = [PINS, TEST_PINS] if editable else [PINS]
    entries = [entry for file in lists for entry in pin_entries(file.read_text(encoding="utf-8"))]
    left_out = (TORCH,) if torch_index is None and has_cuda(environment) else (TORCH, *CUDA)
    required = folder / "required.txt"
    required.write_text(
        "".join(entry for entry in entries if not entry.startswith(left_out)), encoding="utf-8"
    )
    # All that is needed is on the lists, so that pip resolves nothing and takes nothing on trust.
    pip(environment, "install", ["--require-hashes", "--no-deps", "--requirement", required])
    install_source(environment, ["--editable", CHECKOUT] if editable else [copy_source(folder)])


def install_torch(environment: Environment, folder: Path) -> None:
    """Install the build of torch that pip finds fitting, if its hash is a known one.

    Apart from the others, because pip, held to hashes, prefers a build of its index to one that
    the machine's owner has laid before it, such as the small one for the processor alone.
    """
    pinned = torch_pin()
    requirement = pinned.split()[0]
    torch = installed(environment, "torch")
    if torch is not None and f"torch=={torch.version.partition('+')[0]}" == requirement:
        return
    pip(environment, "download", ["--no-deps", "--dest", folder, requirement])
    (wheel,) = folder.glob("torch-*")
    if f"sha256:{sha256(wheel)}" not in pinned:
        raise InstallError(f"{ALTERED} ({wheel.name})")
    pip(environment, "install", ["--no-deps", wheel])


def torch_pin() -> str:
    """Find the pinned version of torch with the hashes of its builds."""
    entries = pin_entries(PINS.read_text(encoding="utf-8"))
    return next(entry for entry in entries if entry.startswith(TORCH))


def sha256(file: Path) -> str:
    """Hash a file of any size."""
    total = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def has_cuda(environment: Environment) -> bool:
    """Tell whether the installed build of torch asks for CUDA's packages."""
    torch = installed(environment, "torch")
    return torch is not None and any(asked.startswith(CUDA) for asked in torch.requires or [])


def install_source(environment: Environment, arguments: Command) -> None:
    """Build and install the package with the setuptools that lies in the environment."""
    pip(environment, "install", ["--no-deps", "--no-build-isolation", *arguments])


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


def pip(environment: Environment, verb: str, arguments: Command) -> None:
    """Let the environment's pip install or download something."""
    command: Command = [environment.program("python"), "-I", "-m", "pip", verb, "--no-input"]
    run_logged([*command, *arguments], environment.log)
