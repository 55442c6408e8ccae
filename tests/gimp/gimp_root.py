"""Folders with a real GIMP in them: Debian's trixie has GIMP 3.0, its sid has 3.2.

    python tests/gimp/gimp_root.py trixie sid

Needs root's rights and mmdebstrap. Packages come from the mirror that apt uses here. A root is
made once and kept below ``~/.cache/colorize-tests`` (or ``$COLORIZE_TEST_CACHE``).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

SUITES = {"3.0": "trixie", "3.2": "sid"}
PACKAGES = (
    *("gimp", "gir1.2-gimp-3.0", "python3-gi"),
    *("xvfb", "xauth", "xdotool", "openbox", "x11-utils", "imagemagick", "dbus-x11"),
    *("adwaita-icon-theme", "fonts-dejavu-core"),
)
_APT_OPTIONS = (
    'Acquire::Check-Valid-Until "false"',
    'Acquire::Check-Date "false"',
    'APT::Install-Recommends "false"',
)


def mirror() -> str:
    """The Debian mirror that apt uses on this machine.

    Raises:
        RuntimeError: it uses none, as on other systems; COLORIZE_DEBIAN_MIRROR can name one.
    """
    chosen = os.environ.get("COLORIZE_DEBIAN_MIRROR")
    if chosen:
        return chosen
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    for address in answer.split():
        if address.rstrip("/").endswith("/debian"):
            return address
    raise RuntimeError("apt uses no Debian mirror here: name one in COLORIZE_DEBIAN_MIRROR")


def gimp_root(suite: str) -> Path:
    """The root of a suite, made if it is not there yet."""
    cache = Path(os.environ.get("COLORIZE_TEST_CACHE") or Path.home() / ".cache/colorize-tests")
    made_of = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:8]
    root = cache / f"gimp-{suite}-{made_of}"
    if not root.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = root.with_suffix(f".part{os.getpid()}")
        try:
            _make(suite, part)
            part.rename(root)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return root


def _make(suite: str, folder: Path) -> None:
    source = mirror()
    options = [f"--aptopt={option}" for option in _APT_OPTIONS]
    packages = f"--include={','.join(PACKAGES)}"
    kind = ["mmdebstrap", "--variant=minbase", "--mode=root", "--quiet"]
    sources = [suite, str(folder), f"deb {source} {suite} main"]
    made = subprocess.run([*kind, *options, packages, *sources], capture_output=True, text=True)
    if made.returncode:
        raise RuntimeError(f"mmdebstrap could not make {suite}:\n{made.stderr[-2000:]}")


if __name__ == "__main__":
    for suite in sys.argv[1:] or SUITES.values():
        print(gimp_root(suite))
