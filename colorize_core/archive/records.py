"""The record of an archive: how its pictures are made, and its last run. And where things lie."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from colorize_core import __version__
from colorize_core.archive.places import Place
from colorize_core.engine.making import settings_of, signed, weights_hash
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.tasks import BatchOptions
from colorize_core.models.loading import weights_file

LISTING, MANIFEST, CHECKPOINTS = "listing", "manifest", "checkpoints"
PICTURES, RECORD, LOCK = "pictures", "run.json", ".lock"


def running(destination: Place) -> str:
    """Name the run that an archive's record says is going on, or was last.

    Raises:
        OSError: the record cannot be read.
    """
    return str(json.loads((destination / RECORD).read())["run"])


def record_of(options: ColorizeOptions, batch: BatchOptions, kind: str | None) -> dict[str, Any]:
    """Say how pictures are made; an archive has one way."""
    settings = settings_of(options)
    more = {
        "format": kind,
        "quality": batch.quality,
        "damaged": batch.damaged or None,
        "hints": batch.hints and hashlib.sha256(batch.hints.read_bytes()).hexdigest()[:16],
        "provenance": None if options.provenance else "none",
    }
    words = [signed(settings) if batch.sign else settings]
    words += [f"{name}={value}" for name, value in more.items() if value is not None]
    return {
        "colorize": __version__,
        "model": batch.model,
        "model_hash": weights_hash(weights_file(batch.model)),
        "options": " ".join(filter(None, words)),
    }


def check_record(destination: Place, record: dict[str, Any], anew: bool = False) -> None:
    """Look whether a folder is new, or an archive made in the same way.

    Args:
        destination: the folder.
        record: how pictures are to be made.
        anew: whether all are to be made again: then only their names, by their format, must stay.

    Raises:
        ValueError: it is neither.
    """
    old = read_record(destination)
    if old is None:
        if any(not file.path.endswith(f"/{LOCK}") for file, _ in destination.files(deep=True)):
            raise ValueError(
                f"{destination}: holds files, but is no archive; choose another folder"
            )
        return
    for name in ("model_hash", "options"):
        if anew and _format_in(old["options"]) == _format_in(record["options"]):
            return
        if old[name] != record[name]:
            was, now = (f"{one[name] or 'none'}" for one in (old, record))
            raise ValueError(
                f"{destination}: was begun with another {name.replace('_', ' ')} "
                f"({was}, now {now}); choose another folder"
            )


def _format_in(options: str) -> str:
    """Find the format in the words of a record."""
    return next((word for word in options.split() if word.startswith("format=")), "")


def read_record(destination: Place) -> dict[str, Any] | None:
    """Read the record of an archive's last run; None where there is no archive.

    Raises:
        ValueError: it is damaged.
    """
    place = destination / RECORD
    try:
        return dict(json.loads(place.read()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        raise ValueError(f"{place}: is damaged: {error}") from error


def write_record(destination: Place, record: dict[str, Any]) -> None:
    """Write the record; whoever reads it meanwhile has the old one."""
    (destination / RECORD).write(json.dumps(record, indent=2).encode())
