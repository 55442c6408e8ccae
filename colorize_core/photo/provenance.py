"""Provenance in files: a photograph with colours that a network has made up.

It is said in XMP, in IPTC's words, which search engines and archives read, and in a few of ours.

Source: IPTC Photo Metadata Standard 2025.1; IPTC NewsCodes, Digital Source Type.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.sax.saxutils import unescape

from colorize_core.photo.photo import Made
from colorize_core.photo.xmp import with_properties

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
SOFTWARE = "Colorize"
_ADDRESS = "urn:colorize:provenance:1.0"
_SPACES = {"Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "colorize": _ADDRESS}
_REPLACED = (
    r"Iptc4xmpExt:(?:DigitalSourceType|AISystemUsed|AISystemVersionUsed)",
    r"colorize:\w+",
)
_NEAR = 1 << 18  # bytes from either end of a file in which its XMP is looked for
_OURS = re.compile(rb'\scolorize:(\w+)="([^"]*)"')
_QUOTES = {"&quot;": '"', "&#10;": "\n", "&#13;": "\r", "&#9;": "\t"}


def marked(info: dict[str, Any], made: Made) -> dict[str, Any]:
    """Tell what is written beside a photo's pixels, and how it was made."""
    properties = {
        "Iptc4xmpExt:DigitalSourceType": SOURCE_TYPE,
        "Iptc4xmpExt:AISystemUsed": f"{SOFTWARE} ({made.model})",
        "Iptc4xmpExt:AISystemVersionUsed": made.version,
        "colorize:Software": SOFTWARE,
        "colorize:Version": made.version,
        "colorize:Model": made.model,
        "colorize:ModelHash": made.weights,
        "colorize:Settings": made.settings,
    }
    if made.source:
        properties["colorize:Source"] = _plain(made.source)
        properties["colorize:SourceBytes"] = str(made.source_bytes)
    packet = with_properties(info.get("xmp", b""), _SPACES, properties, _REPLACED)
    return {**info, "xmp": packet}


def _plain(name: str) -> str:
    """Give a name of a file as XML can hold it."""
    shown = name.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in shown)


def is_of_another_photo(made: Made, path: Path) -> bool:
    """Tell whether a file says that it was made from another photo than this one."""
    if not made.source:
        return False
    return made.source != _plain(path.name) or made.source_bytes != path.stat().st_size


def read_made(path: Path) -> Made | None:
    """Tell how a file was made, where it says so; None where it does not.

    No pixels are read, and only what we have written ourselves is found.
    """
    with suppress(OSError, ValueError), path.open("rb") as file:
        content = file.read(_NEAR)
        size = file.seek(0, 2)
        file.seek(max(_NEAR, size - _NEAR))
        content += file.read()
        begin = content.rfind(_ADDRESS.encode())
        if begin < 0:
            return None
        end = content.find(b"/>", begin)
        said = {
            name.decode(): unescape(value.decode("utf-8", "replace"), _QUOTES)
            for name, value in _OURS.findall(content[begin : end if end > 0 else None])
        }
        return Made(
            said.get("Model", ""),
            said.get("ModelHash", ""),
            said.get("Settings", ""),
            said.get("Source", ""),
            int(said.get("SourceBytes", "0")),
            said.get("Version", ""),
        )
    return None
