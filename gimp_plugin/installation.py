"""Putting the plug-in into a GIMP's folder, and taking it out again. Standard library alone."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import colorize_core
from colorize_core.worker.home import Engine
from gimp_plugin.catalogs import catalogs

NAME = "colorize"  # of the folder and of the file in it: GIMP wants them alike
PROCEDURE = "plug-in-colorize"
NOTE = "engine.json"

_SOURCES = Path(__file__).parent / NAME
_CORE = Path(colorize_core.__file__).parent
_CARRIED = (
    "__init__.py",
    "locks.py",
    *(
        f"worker/{name}.py"
        for name in ("__init__", "answers", "caller", "connection", "home", "process", "wire")
    ),
)


def files() -> dict[str, bytes]:
    """List the plug-in's files, without the note on the engine: contents by name."""
    names = ("*.py", "*.png")
    plugin = {path.name: path.read_bytes() for name in names for path in _SOURCES.glob(name)}
    plugin |= catalogs()
    return plugin | {f"{_CORE.name}/{name}": (_CORE / name).read_bytes() for name in _CARRIED}


def install(plugins: Path, engine: Engine) -> Path:
    """Put the plug-in into a folder of plug-ins, in place of an earlier one.

    Args:
        plugins: the ``plug-ins`` folder of a GIMP; made where it is missing.
        engine: what the plug-in calls.

    Returns:
        The plug-in's folder.

    Raises:
        FileExistsError: another plug-in of the name is there.
        OSError: the folder cannot be written.
    """
    folder, part, old = (plugins / f"{NAME}{ending}" for ending in ("", ".part", ".old"))
    if os.path.lexists(folder) and not is_there(plugins):
        raise FileExistsError(f"{folder} is another plug-in: move it away")
    for leftover in (part, old):
        shutil.rmtree(leftover, ignore_errors=True)
    for name, content in files().items():
        path = part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (part / NOTE).write_text(json.dumps(_note_on(engine), indent=2) + "\n", encoding="utf-8")
    (part / f"{NAME}.py").chmod(0o755)
    if folder.exists():
        folder.rename(old)
    part.replace(folder)
    shutil.rmtree(old, ignore_errors=True)
    return folder


def is_ours(plugins: Path, home: Path) -> bool:
    """Tell whether a folder of plug-ins holds this plug-in, of any version, for an engine there."""
    return _note(plugins).get("home") == str(home)


def is_there(plugins: Path) -> bool:
    """Tell whether a folder of plug-ins holds this plug-in, of any version and for any engine."""
    return bool(_note(plugins))


def is_current(plugins: Path, engine: Engine) -> bool:
    """Tell whether the plug-in is there, whole, of this version and for this engine."""
    folder = plugins / NAME
    try:
        same = all((folder / name).read_bytes() == content for name, content in files().items())
    except OSError:
        return False
    executable = os.access(folder / f"{NAME}.py", os.X_OK)
    return same and executable and _note(plugins) == _note_on(engine)


def remove(plugins: Path, home: Path) -> bool:
    """Take the plug-in out again; tell whether one for the engine in this home was there."""
    if not is_ours(plugins, home):
        return False
    shutil.rmtree(plugins / NAME)
    return True


def _note_on(engine: Engine) -> dict[str, str | None]:
    return {"python": str(engine.python), "home": str(engine.home), "version": engine.version}


def _note(plugins: Path) -> dict[str, str | None]:
    """Read the note on the engine of the plug-in there; empty where there is none."""
    folder = plugins / NAME
    if folder.is_symlink():  # leads into somebody's sources
        return {}
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
