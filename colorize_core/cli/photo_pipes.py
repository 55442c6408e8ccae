"""Photographs through pipes: ``-`` is standard input, and standard output."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from colorize_core.engine.planning import writable_suffix
from colorize_core.photo.kinds import suffix_of_content

PIPE = Path("-")


@contextmanager
def piped(
    sources: tuple[Path, ...], output: Path | None, kind: str | None
) -> Iterator[tuple[tuple[Path, ...], Path | None]]:
    """Give files in place of pipes, for as long as the block; then what was written is passed on.

    Args:
        sources: of which one may be standard input.
        output: a file, a folder, or standard output; None is that, too, for standard input.
        kind: suffix of the format to write; None takes the photo's own.

    Raises:
        click.ClickException: there is more than one photo for one pipe, or it is a terminal.
    """
    if output is None:
        output = PIPE
    if output == PIPE and (len(sources) > 1 or sources[0].is_dir()):
        raise click.ClickException("standard output takes one photo; name a folder with -o")
    if sources.count(PIPE) > 1:
        raise click.ClickException("standard input holds one photo")
    if output == PIPE and sys.stdout.isatty():
        raise click.ClickException("this is a terminal; send the photo elsewhere with > FILE")
    with TemporaryDirectory(prefix="colorize-") as folder:
        real = tuple(_received(Path(folder)) if item == PIPE else item for item in sources)
        if output != PIPE:
            yield real, output
            return
        written = Path(folder) / f"out{kind or writable_suffix(real[0].suffix)}"
        yield real, written
        if written.exists():
            with written.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()


def _received(folder: Path) -> Path:
    """Store standard input as a file whose name says what it holds."""
    received = folder / "stdin"
    with received.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    with received.open("rb") as file:
        suffix = suffix_of_content(file.read(12))
    return received.rename(received.with_suffix(suffix)) if suffix else received
