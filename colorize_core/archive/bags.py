"""An archive as a BagIt bag (RFC 8493), for repositories that take these."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from colorize_core import __version__
from colorize_core.archive.places import Place
from colorize_core.archive.records import LISTING, MANIFEST, PICTURES, RECORD
from colorize_core.threads import cores

BAG = "bag"


def make_bag(destination: Place) -> Path:
    """Make ``DEST/bag`` of an archive's pictures and records, or make it anew.

    The files in it are links to the archive's own, where the disk has these, and take no room.

    Raises:
        ValueError: the archive is in a store, or ``bagit`` is not installed.
        OSError: it cannot be written.
    """
    if destination.local is None:
        raise ValueError(f"{destination}: a bag is made on a disk; copy the archive to one")
    try:
        import bagit
    except ImportError:
        raise ValueError("a bag needs bagit: pip install 'colorize[archive]'") from None
    archive = destination.local
    bag, part = archive / BAG, archive / f".{BAG}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for name in (PICTURES, MANIFEST, LISTING):
        if (archive / name).exists():
            shutil.copytree(archive / name, part / name, copy_function=_link)
    shutil.copy2(archive / RECORD, part / RECORD)
    about = {"Bag-Software-Agent": f"Colorize {__version__}"}
    bagit.make_bag(str(part), about, processes=cores(), checksums=["sha256"])
    shutil.rmtree(bag, ignore_errors=True)
    part.replace(bag)
    return bag


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
