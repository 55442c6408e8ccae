"""The weights that the papers' authors published: where they lie, and on this machine."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from colorize_core.atomic import write_bytes
from colorize_core.locks import WINDOWS
from colorize_core.sharing.downloads import Progress, download, place

AUTHORS = "https://colorizers.s3.us-east-2.amazonaws.com"
LICENCE = (
    "BSD 2-Clause, copyright (c) 2016 Richard Zhang, Phillip Isola, Alexei A. Efros "
    "(https://github.com/richzhang/colorization)"
)


@dataclass(frozen=True, slots=True)
class Published:
    """A file of weights that a paper's authors published.

    Attributes:
        file: its name below the authors' address, or a mirror's.
        sha256: of its contents, in hexadecimal.
        licence: under which it may be used, and whose it is.
        size: of the file in bytes, where it is known.
    """

    file: str
    sha256: str
    licence: str = LICENCE
    size: int | None = None

    @property
    def url(self) -> str:
        """The address: the authors', or below ``COLORIZE_WEIGHTS_MIRROR`` where that is set."""
        mirror = os.environ.get("COLORIZE_WEIGHTS_MIRROR") or AUTHORS
        return f"{mirror.rstrip('/')}/{self.file}"

    @property
    def path(self) -> Path:
        """Where it lies on this machine, once it has been fetched."""
        return cache_folder() / "weights" / self.file


PUBLISHED = {
    "eccv16": Published(
        "colorization_release_v2-9b330a0b.pth",
        "9b330a0bae53f4ded77b1e23defbf78beaa09c10ebc4c4999e8e4f4a160b93f9",
        size=128_976_165,
    ),
    "siggraph17": Published(
        "siggraph17-df00044c.pth",
        "df00044c0a4d7c3edcecf6f75437ce346a66e7a42612d9b968e1a7e17dbc6f66",
    ),
}
"""Name of the model -> its authors' weights."""


def cache_folder() -> Path:
    """Find the folder of what can be fetched again."""
    chosen = os.environ.get("XDG_CACHE_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute() / "colorize"
    if WINDOWS:
        local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local"
        return Path(local) / "colorize" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/colorize"
    return Path.home() / ".cache/colorize"


def fetch_published(
    name: str, given: Path | None = None, progress: Progress | None = None
) -> tuple[Path, bool]:
    """Have the authors' weights of a model on this machine.

    Args:
        name: of the model.
        given: the file, where it is on this machine already; it is copied.
        progress: told of what has come.

    Returns:
        Where the weights lie, and whether they have been fetched or copied just now.

    Raises:
        ValueError: nobody has published any; or the file that is given is another.
        DownloadError: they cannot be fetched.
        OSError: they cannot be written.
    """
    if name not in PUBLISHED:
        raise ValueError(f"no weights of {name!r} to fetch; there are {', '.join(PUBLISHED)}")
    entry = PUBLISHED[name]
    if given is not None:
        place(given, entry.path, entry.sha256)
        fetched = True
    else:
        fetched = download(entry.url, entry.path, entry.sha256, progress)
    sidecar = {"model": name, "licence": entry.licence, "from": f"{AUTHORS}/{entry.file}"}
    write_bytes(entry.path.with_suffix(".json"), json.dumps(sidecar, indent=2).encode())
    return entry.path, fetched
