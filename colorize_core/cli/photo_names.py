"""Checks of what ``colorize photo`` is told about names."""

from __future__ import annotations

from pathlib import Path

import click


def as_suffix(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Give a format's name as a suffix with its dot.

    Raises:
        click.BadParameter: it is none that can be written.
    """
    if value is None:
        return None
    from colorize_core.photo import WRITABLE_SUFFIXES

    suffix = f".{value.lower().lstrip('.')}"
    if suffix not in WRITABLE_SUFFIXES:
        known = ", ".join(sorted(name.lstrip(".") for name in WRITABLE_SUFFIXES))
        raise click.BadParameter(f"cannot write {value}; choose one of {known}")
    return suffix


def checked_ending(_: click.Context, __: click.Parameter, value: str) -> str:
    """Tell what is added to a name.

    Raises:
        click.BadParameter: it is empty, or no part of a name.
    """
    if not value or any(character in value for character in "/\\\0"):
        raise click.BadParameter("must be a part of a file's name, such as -colour")
    return value


def check_agreement(sources: tuple[Path, ...], output: Path | None, kind: str | None) -> None:
    """Look whether the name of a file to write says the same format as ``--format``.

    Raises:
        click.UsageError: it does not.
    """
    from colorize_core.engine.planning import is_file_name, writable_suffix

    if kind is None or output is None or len(sources) > 1 or not is_file_name(output):
        return
    if writable_suffix(output.suffix).lower() != writable_suffix(kind):
        raise click.UsageError(
            f"{output} is not the name of a {kind[1:]} file; leave out -o or --format"
        )
