"""Addresses on the web, which are no photographs on disk."""

from __future__ import annotations

import os
import re
from pathlib import Path

from colorize_core.photo.photo import PhotoError

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+")  # a single letter is a drive


def refuse_address(path: str | os.PathLike[str]) -> None:
    """Refuse what is an address on the web, also one that ``pathlib`` has taken for a path.

    Raises:
        PhotoError: it is one; the message says what to do.
    """
    found = _ADDRESS.match(os.fspath(path))
    if found and not Path(path).exists():
        address = f"{found[1]}://{os.fspath(path)[found.end() :]}"
        raise PhotoError(f"{address}: is an address, not a file; download it first")
