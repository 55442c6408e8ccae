"""The GIMPs on this machine, and their answers about the plug-in. Standard library alone.

Linux was seen running with Debian's packages. Flatpak, snap, Windows and macOS follow their
documentation.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from colorize_core.worker.home import WINDOWS
from gimp_plugin.installation import PROCEDURE

FLATPAK_NAME = "org.gimp.GIMP"
_SNAP_PROGRAMS = Path("/snap/bin")
# In what GIMP says, the words around the version depend on the language.
_VERSION = re.compile(r"(?<!\d)(?<!\d\.)(3\.\d+)\.\d+")
_PROGRAM = re.compile(r"gimp(-console)?(-3(\.\d+)?)?(\.exe)?")
_VERSION_SECONDS = 60.0
_ANSWER_SECONDS = 180.0  # a first start may take GIMP a while
_END_SECONDS = 2.0  # to end when it is asked to
# They lead the Python that GIMP starts to modules of another one.
_MISLEADING = ("PYTHONHOME", "PYTHONPATH")
_QUESTION = """
import json
from gi.repository import Gimp
listed = Gimp.get_pdb().procedure_exists({procedure!r})
with open({answer!r}, "w", encoding="utf-8") as file:
    json.dump({{"listed": bool(listed)}}, file)
"""


class Kind(Enum):
    """The way a GIMP came onto the machine."""

    NATIVE = "native"
    FLATPAK = "Flatpak"
    SNAP = "snap"


class Listing(Enum):
    """The answer of a GIMP about the plug-in's procedure."""

    LISTED = "listed"
    MISSING = "missing"
    SILENT = "silent"  # it did not start, or did not answer


@dataclass(frozen=True)
class Gimp:
    """A GIMP 3.

    Attributes:
        kind: how it came onto the machine.
        version: "3.0", "3.2", ...; its settings' folder is named so.
        program: what starts it.
        plugins: the user's folder of plug-ins for it; may not be there yet.
    """

    kind: Kind
    version: str
    program: tuple[str, ...]
    plugins: Path

    @property
    def name(self) -> str:
        """The name, for people."""
        return f"GIMP {self.version}" + (
            "" if self.kind is Kind.NATIVE else f" ({self.kind.value})"
        )

    @property
    def starts_programs(self) -> bool:
        """Whether its plug-ins may start the engine; those of a Flatpak or a snap may not."""
        return self.kind is Kind.NATIVE

    @property
    def has_settings(self) -> bool:
        """Whether it has its folder of settings.

        GIMP makes it at its first start and then takes over the settings of an older GIMP; it does
        not where somebody else has made the folder.
        """
        return self.plugins.parent.is_dir()


def find_gimps() -> list[Gimp]:
    """Find every GIMP 3 on this machine; one of each kind and version."""
    found: dict[tuple[Kind, str], Gimp] = {}
    for kind, program in _programs():
        version = _version(program)
        if version is not None and (kind, version) not in found:
            if kind is Kind.FLATPAK:  # what it runs by itself wants a display
                *run, name = program
                program = (*run, f"--command=gimp-console-{version}", name)
            settings = _settings(kind) / version
            if os.environ.get("GIMP3_DIRECTORY"):  # if relative, then to the home folder
                settings = Path.home() / os.environ["GIMP3_DIRECTORY"]
            found[kind, version] = Gimp(kind, version, program, settings / "plug-ins")
    return list(found.values())


def ask(gimp: Gimp) -> Listing:
    """Ask a GIMP whether it lists the plug-in's procedure. Starts it, without a window."""
    settings = gimp.plugins.parent
    try:
        # In the folder of settings, because every kind of GIMP sees that one; or beside it, where
        # GIMP shall make it.
        place = settings if gimp.has_settings else settings.parent
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="colorize-", dir=place) as folder:
            answer = Path(folder) / "answer.json"
            code = _QUESTION.format(procedure=PROCEDURE, answer=str(answer))
            question = ["-i", "--batch-interpreter=python-fu-eval", "-b", code, "--quit"]
            _run([*gimp.program, *question], _ANSWER_SECONDS)
            listed = json.loads(answer.read_text(encoding="utf-8"))["listed"]
    except (OSError, ValueError):
        return Listing.SILENT
    return Listing.LISTED if listed else Listing.MISSING


def _programs() -> Iterator[tuple[Kind, tuple[str, ...]]]:
    """List all that may be a GIMP, the ones without a window first."""
    if WINDOWS:
        places = ("PROGRAMFILES", "LOCALAPPDATA")
        roots = [Path(os.environ[name]) for name in places if os.environ.get(name)]
        folders = [folder for root in roots for folder in _glob(root, "GIMP 3*/bin")]
        folders += [folder for root in roots for folder in _glob(root, "Programs/GIMP 3*/bin")]
    elif sys.platform == "darwin":
        roots = [Path("/Applications"), Path.home() / "Applications"]
        folders = [folder for root in roots for folder in _glob(root, "GIMP*.app/Contents/MacOS")]
    else:
        searched = os.environ.get("PATH", "").split(os.pathsep)
        folders = [Path(folder) for folder in searched if folder and Path(folder) != _SNAP_PROGRAMS]
    for program in _gimps_in(folders):
        yield Kind.NATIVE, (program,)
    if shutil.which("flatpak"):
        yield Kind.FLATPAK, ("flatpak", "run", FLATPAK_NAME)
    if (_SNAP_PROGRAMS / "gimp").exists():
        yield Kind.SNAP, (str(_SNAP_PROGRAMS / "gimp"),)


def _glob(root: Path, pattern: str) -> list[Path]:
    return sorted(root.glob(pattern), reverse=True)


def _gimps_in(folders: Iterable[Path]) -> list[str]:
    found: dict[str, str] = {}
    for folder in folders:
        for path in _glob(folder, "gimp*"):
            if _PROGRAM.fullmatch(path.name) and os.access(path, os.X_OK) and path.is_file():
                found.setdefault(os.path.realpath(path), str(path))
    return sorted(found.values(), key=lambda program: "console" not in Path(program).name)


def _version(program: tuple[str, ...]) -> str | None:
    """Ask for the version: 3.0, 3.2, ...; None for GIMP 2 and other programs."""
    try:
        said = _run([*program, "--version"], _VERSION_SECONDS)
    except OSError:
        return None
    match = _VERSION.search(said)
    return match.group(1) if match else None


def _settings(kind: Kind) -> Path:
    """Find the folder with a folder of settings for each version."""
    home = Path.home()
    if kind is Kind.SNAP:
        return home / "snap/gimp/current/.config/GIMP"
    if WINDOWS:
        return Path(os.environ.get("APPDATA") or home / "AppData/Roaming") / "GIMP"
    if sys.platform == "darwin":
        return home / "Library/Application Support/GIMP"
    if kind is Kind.FLATPAK:
        return home / ".config/GIMP"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "GIMP"


def _run(command: list[str], seconds: float) -> str:
    """Run a command until it ends, or ended for taking too long; give what it says."""
    # Not through a pipe: what a GIMP leaves running would hold its end open.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            env=_variables(command[0]),
            start_new_session=True,  # so that its plug-ins can be ended with it
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _end(process)
        output.seek(0)
        return output.read().decode(errors="replace")


def _variables(program: str) -> dict[str, str]:
    """Choose the variables for a GIMP: its plug-ins shall find GIMP's Python, not ours."""
    variables = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    if Path(program).is_absolute():
        # Plug-ins ask the PATH for python3, and that of a virtual environment lacks what they need.
        folder = str(Path(program).resolve().parent)
        variables["PATH"] = os.pathsep.join([folder, variables.get("PATH", os.defpath)])
    return variables


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children, if it still runs."""
    if process.poll() is not None:
        return
    if WINDOWS:
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
        with contextlib.suppress(ProcessLookupError):  # all of them have ended
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
