"""Running programs inside a root that has GIMP, together with this environment's engine.

The root gets to see the engine's interpreter and packages, this checkout and one shared folder,
all at the places where they are outside; nothing else of this machine. The engine's worker,
started from inside, is a process like any other.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


class Chamber:
    """A root with GIMP.

    Args:
        root: as :func:`gimp_root.gimp_root` makes it.
        shared: a folder for both sides; the home folder inside.
        threads: with which programs inside may compute.
    """

    def __init__(self, root: Path, shared: Path, threads: int = 1) -> None:
        self.root = root
        self.shared = shared
        self.threads = threads

    def command(self, command: Sequence[str | Path], variables: Mapping[str, str]) -> list[str]:
        """What runs a command inside: mounts that nobody else sees, then the root."""
        lines = ["set -e"]
        # Programs of one chamber meet in /tmp: the screen's socket lies there.
        temporary = self.shared / "tmp"
        temporary.mkdir(mode=0o1777, exist_ok=True)
        lines += _bind(temporary, self.root, Path("/tmp"))
        for place in (Path("/proc"), Path("/dev"), *_of_the_engine(), CHECKOUT, self.shared):
            lines += _bind(place, self.root, place)
        variables = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.shared),
            "LC_ALL": "C.UTF-8",
            "NO_AT_BRIDGE": "1",
            "OMP_NUM_THREADS": str(self.threads),
            **variables,
        }
        inside = ["env", "-i", *(f"{name}={value}" for name, value in variables.items())]
        entered = ["chroot", str(self.root), *inside, *map(str, command)]
        lines.append(f"exec {shlex.join(entered)}")
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", "\n".join(lines)]

    def run(
        self,
        command: Sequence[str | Path],
        variables: Mapping[str, str] | None = None,
        seconds: float = 300,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; its output is in ``stdout``, errors included."""
        return subprocess.run(
            self.command(command, variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
        )

    def start(
        self, command: Sequence[str | Path], log: Path, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a command in a session of its own; its output goes to a file."""
        with log.open("wb") as file:
            return subprocess.Popen(
                self.command(command, variables or {}),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )


def _of_the_engine() -> list[Path]:
    """The environment that runs the tests, and the interpreter that it was made from."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    base = Path(sys.base_prefix)
    places = [Path(sys.prefix), base]
    if base == Path("/usr"):  # the system's own Python: its folders alone, not all of /usr
        places[1:] = [base / "bin" / version, base / "lib" / version]
    sites = [Path(entry) for entry in sys.path if entry.endswith("site-packages")]
    return places + [site for site in sites if not site.is_relative_to(sys.prefix)]


def _bind(place: Path, root: Path, seen_at: Path) -> list[str]:
    inside = Path(f"{root}{seen_at}")
    source, target, parent = (shlex.quote(str(path)) for path in (place, inside, inside.parent))
    if place.is_dir():
        return [f"mkdir -p {target}", f"mount --rbind {source} {target}"]
    return [f"mkdir -p {parent}", f"touch {target}", f"mount --bind {source} {target}"]
