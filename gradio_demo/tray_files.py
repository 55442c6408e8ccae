"""Files of a whole tray: its photos in colour, and the tray itself, to be opened again."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from gradio_client.utils import strip_invalid_filename_characters

from gradio_demo.desk import Desk
from gradio_demo.refusals import EXPECTED, Refusal, message_of
from gradio_demo.tray import Tray
from gradio_demo.workshop import colorized_name, free_name

SUFFIX = ".colorize"  # of a tray's file; the page knows it, too
_CONTENTS = "tray.json"
_MOST_CONTENTS = 64 * 2**20  # bytes of it
_FORMAT = "colorize tray 1"
# Photographs do not shrink further; and what is stored as it is cannot become much more.
_STORED = zipfile.ZIP_STORED


class Made(NamedTuple):
    """How far the archive of a tray is, and the archive once it is there."""

    done: int
    of: int
    archive: Path | None = None
    failed: tuple[str, ...] = ()


class Source(NamedTuple):
    """A file to put into a tray, the choices that were made for it, whether it was open.

    ``like`` are files of photos whose colours it is to have.
    """

    path: Path
    choices: dict[str, Any] | None = None
    open: bool = False
    like: tuple[Path, ...] = ()


def colorize_tray(desk: Desk, request: gr.Request, suffix: str = "") -> Iterator[Made]:
    """Write all photos of a tray in colour into an archive; a bad one does not stop the rest.

    Args:
        desk: with the tray.
        request: of the visitor.
        suffix: of the files to write; empty keeps each one's own.

    Yields:
        How far it is.

    Raises:
        Refusal: there is no tray, or none of its photos can be written.
        ValueError: the suffix is none that can be written.
    """
    tray = desk.tray(request)
    colorized_name("", suffix)
    archive = _new_archive(desk, tray, request, "colorized.zip")
    photos, failed, taken = list(tray.photos), [], set[str]()
    with zipfile.ZipFile(archive, "w", _STORED) as file:
        for done, photo in enumerate(photos):
            yield Made(done, len(photos))
            desk.tray(request)  # keeps all of it for another while
            desk.visits.touch(archive)  # unless the visit has ended
            try:
                path = desk.workshop.in_time(partial(photo.save, suffix))
                file.write(path, free_name(path.name, taken))
                path.unlink()
            except EXPECTED as error:
                failed.append(message_of(error, photo.path))
            tray.tidy()
    if len(failed) == len(photos):
        raise Refusal("; ".join(failed))
    yield Made(len(photos), len(photos), archive, tuple(failed))


def save_tray(desk: Desk, request: gr.Request) -> Path:
    """Write a tray into a file: the photos as they were sent, and the choices for each.

    Raises:
        Refusal: there is no tray, or the file would be too large to be opened here again.
    """
    tray = desk.tray(request)
    target = _new_archive(desk, tray, request, f"tray{SUFFIX}")
    taken: set[str] = set()
    photos = []
    with desk.visits.writing(target), zipfile.ZipFile(target, "w", _STORED) as file:
        for photo in tray.photos:
            name = _packed(file, photo.path, taken)
            entry = {"file": name, "open": photo is tray.open, "choices": photo.written()}
            entry["like"] = [_packed(file, one.path, taken) for one in photo.like]
            photos.append(entry)
        file.writestr(_CONTENTS, json.dumps({"format": _FORMAT, "photos": photos}, indent=1))
    size, most = target.stat().st_size, desk.settings.most_bytes
    if size > most:
        desk.visits.drop(target.parent)
        raise Refusal(
            f"The tray would be a file of {size / 2**20:.3g} MB, more than the "
            f"{most / 2**20:.3g} MB that this studio opens (--most-megabytes raises that)"
        )
    return target


def sources_of(desk: Desk, path: Path, request: gr.Request) -> Iterator[Source]:
    """Yield the photos of a file: one, or those of a tray, each of them there until the next.

    Args:
        desk: with the visitor's files.
        path: of the visitor's.
        request: of the visitor.

    Raises:
        Refusal: it looks like a tray but is none, or there is no room for its photos.
    """
    if path.suffix.lower() != SUFFIX:
        yield Source(path)
        return
    folder = desk.private_folder(request)
    try:
        with desk.budget.coming(folder), zipfile.ZipFile(path) as file:
            for entry in _entries(file, path.stat().st_size):
                sent, *like = (_unpacked(desk, file, one, folder) for one in entry.files)
                yield Source(sent, entry.choices, entry.open, tuple(like))
                for one in (sent, *like):
                    one.unlink(missing_ok=True)
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError, RuntimeError):
        raise Refusal(f"{path.name}: this is no tray of the studio's, or it is damaged") from None
    finally:
        desk.visits.drop(folder)


class _Entry(NamedTuple):
    """What the file of a tray says of a photo: its own file, then those that it is to be like."""

    files: list[zipfile.ZipInfo]
    choices: dict[str, Any]
    open: bool


def _packed(file: zipfile.ZipFile, path: Path, taken: set[str]) -> str:
    """Put a file into that of a tray, and return its name there."""
    name = f"photos/{free_name(path.name, taken)}"
    file.write(path, name)
    return name


def _unpacked(desk: Desk, file: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Path:
    """Take a file out of that of a tray, into a visitor's folder, and return where it is."""
    desk.budget.reserve(folder, entry.file_size)
    name = strip_invalid_filename_characters(Path(entry.filename).name)
    target = folder / (name or "photo")
    with (
        desk.visits.writing(target),
        file.open(entry) as packed,
        target.open("wb") as unpacked,
    ):
        shutil.copyfileobj(packed, unpacked)
    return target


def _entries(file: zipfile.ZipFile, size: int) -> list[_Entry]:
    """List the photos in the file of a tray; nothing in it is larger than the file says."""
    head = file.getinfo(_CONTENTS)
    if head.file_size > min(_MOST_CONTENTS, size):
        raise ValueError
    contents = json.loads(file.read(head))
    if contents["format"] != _FORMAT:
        raise ValueError
    listed = [
        _Entry(
            [file.getinfo(name) for name in (one["file"], *one.get("like", ()))],
            dict(one["choices"]),
            one["open"] is True,
        )
        for one in contents["photos"]
    ]
    packed = [head, *(packed for entry in listed for packed in entry.files)]
    if any(one.compress_type != _STORED for one in packed):
        raise ValueError
    if sum(one.file_size for one in packed) > size:
        raise ValueError
    return listed


def _new_archive(desk: Desk, tray: Tray, request: gr.Request, name: str) -> Path:
    """Make a folder for a file of the whole tray, in place of the one before."""
    if tray.archive is not None:
        desk.visits.drop(tray.archive)
    tray.archive = desk.private_folder(request)
    return tray.archive / name
