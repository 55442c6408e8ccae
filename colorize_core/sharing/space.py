"""A Space: the studio as a folder that a hub runs, with all that it needs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.metadata import requires, version
from pathlib import Path

from colorize_core.atomic import write_bytes
from colorize_core.sharing.hub import HubName

_PACKAGES = ("colorize_core", "gradio_demo")  # they go along: no registry need have them
_APP = '''\
"""The studio of Colorize, as a Space."""

import os

from colorize_core.models.loading import weights_file

weights_file({model!r})  # before the studio, which asks no hub for anything

from gradio_demo.app import Studio
from gradio_demo.settings import Settings

names = [os.environ[name] for name in ("SPACE_HOST",) if os.environ.get(name)]
studio = Studio(Settings(models=({model!r},)))
studio.start("0.0.0.0", int(os.environ.get("GRADIO_SERVER_PORT", "7860")), names=names)
studio.wait()
'''
_README = """\
---
title: {title}
emoji: 🎨
colorFrom: yellow
colorTo: blue
sdk: gradio
sdk_version: {gradio}
python_version: "{python}"
app_file: app.py
pinned: false
license: apache-2.0
{models}---

# {title}

Plausible colour for black-and-white photographs, by Colorize's studio with the model `{model}`. The
colours are made up: they say nothing about the true ones.

The studio lets no other page show it in a frame: open it at the Space's own address,
https://OWNER-NAME.hf.space.
"""


def stage_space(folder: Path, to: HubName, model: str, python: str) -> None:
    """Put into a folder what a Space needs: the app, its pinned requirements, and the packages.

    Args:
        folder: to put it into.
        to: the Space.
        model: that it colorizes with, a registered name or one of a hub.
        python: the version that it runs on, such as ``3.11``.

    Raises:
        OSError: something cannot be written.
    """
    beside = Path(__file__).resolve().parents[2]
    for package in _PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
        shutil.copytree(beside / package, folder / package, ignore=ignored, dirs_exist_ok=True)
    extras = {"studio"} | ({"hub"} if model.startswith("hf:") else set())
    models = f"models: [{HubName.parse(model).repository}]\n" if "hub" in extras else ""
    about = {"title": to.name, "gradio": version("gradio"), "python": python}
    readme = _README.format(**about, model=model, models=models)
    address = f"{to.owner}-{to.name}".lower().replace(".", "-").replace("_", "-")
    write_bytes(folder / "README.md", readme.replace("OWNER-NAME", address).encode())
    write_bytes(folder / "app.py", _APP.format(model=model).encode())
    pins = "".join(f"{line}\n" for line in pinned(requires("colorize") or [], extras))
    write_bytes(folder / "requirements.txt", pins.encode())


def pinned(
    wanted: list[str], extras: set[str], version_of: Callable[[str], str] = version
) -> list[str]:
    """Pin requirements to the versions that are installed here.

    Args:
        wanted: as a package's metadata lists them.
        extras: whose requirements are wanted too.
        version_of: tells the installed version of a package.
    """
    from packaging.requirements import Requirement

    pins = []
    for one in map(Requirement, wanted):
        chosen = [{"extra": extra} for extra in ("", *sorted(extras))]
        if one.marker and not any(one.marker.evaluate(extra) for extra in chosen):
            continue
        # A build's own label, such as +cpu, is not to be found everywhere.
        pins.append(f"{one.name}=={version_of(one.name).partition('+')[0]}")
    return sorted(pins)
