"""Translations as gettext reads them, out of those that people write. Standard library alone."""

from __future__ import annotations

import ast
import struct
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
_MAGIC = 0x950412DE  # of a catalogue of gettext's, with the version 0 after it


def catalogs() -> dict[str, bytes]:
    """Compile all catalogues: contents by name, as they lie in the plug-in's folder."""
    return {
        f"locale/{file.stem}/LC_MESSAGES/colorize.mo": compiled(read(file))
        for file in sorted(LOCALE.glob("*.po"))
    }


def read(file: Path) -> dict[str, str]:
    """Read a catalogue whose texts take a line each: translation by text.

    Raises:
        ValueError: a line is neither a text nor its translation.
    """
    texts, text = {}, ""
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        kind, _, quoted = line.partition(" ")
        if kind == "msgid":
            text = ast.literal_eval(quoted)
        elif kind == "msgstr":
            texts[text] = ast.literal_eval(quoted)
        elif line and not line.startswith("#"):
            raise ValueError(f"{file}, line {number}: neither msgid nor msgstr")
    return texts


def compiled(texts: dict[str, str]) -> bytes:
    """Lay out a catalogue as gettext reads it: sizes and places of all texts, then they."""
    pairs = sorted((text.encode(), translation.encode()) for text, translation in texts.items())
    tables = 28  # bytes of what comes before them
    place = tables + 16 * len(pairs)
    rows: list[bytes] = []
    for column in (0, 1):
        for pair in pairs:
            rows.append(struct.pack("<2I", len(pair[column]), place))
            place += len(pair[column]) + 1
    head = struct.pack("<7I", _MAGIC, 0, len(pairs), tables, tables + 8 * len(pairs), 0, place)
    words = [pair[column] + b"\0" for column in (0, 1) for pair in pairs]
    return head + b"".join(rows) + b"".join(words)
