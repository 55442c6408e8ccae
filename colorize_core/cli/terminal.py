"""Output of commands, made safe for a terminal: names of files cannot steer it."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import unicodedata

import click

_UNSEEN = {
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Cn",
    "Zl",
    "Zp",
}  # control, direction, halves of characters, ...
_STDERR = 2
_JOINERS = "\u200c\u200d"  # which words of Persian and Hindi, and emoji, are written with


def printable(text: object, lines: bool = False) -> str:
    """Escape a text's invisible characters as in Python, ``\\x1b``.

    Args:
        text: to be shown.
        lines: whether it may have several lines; a name of a file must not begin one of its own.
    """
    kept = _JOINERS + "\n" * lines
    return "".join(
        character
        if character in kept or unicodedata.category(character) not in _UNSEEN
        else character.encode("unicode_escape", "surrogatepass").decode()
        for character in str(text)
    )


def say(text: object, err: bool = False, lines: bool = False) -> None:
    """Print a line, to stderr where ``err``; several where ``lines``."""
    click.echo(printable(text, lines), err=err)


def show(error: click.ClickException) -> None:
    """Print an error of the command line as click does."""
    said = {"message": printable(error.message, lines=True)}
    if isinstance(error, click.FileError):
        said["ui_filename"] = printable(error.ui_filename)
    vars(error).update(said)
    error.show()


class _PrintableFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record), lines=True)


def guard_warnings() -> None:
    """Have what is logged, where nobody has said how, made printable too."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_PrintableFormatter())


def quiet_libraries() -> None:
    """Have what libraries in C print on stderr go nowhere; what Python says still arrives.

    libtiff and libpng complain of a damaged file without naming it. We do, in words of our own.
    """
    with contextlib.suppress(AttributeError, OSError, io.UnsupportedOperation):
        if sys.stderr.fileno() != _STDERR:
            return
        sys.stderr.flush()
        kept = os.dup(_STDERR)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        os.close(nowhere)
        sys.stderr = open(  # noqa: SIM115 - for as long as the process
            kept, "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace"
        )
