"""Classes and kinds of photos, from their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path, PurePath

from colorize_core.data.index import WHOLE_FILE, Entry

_IDS = Path(__file__).with_name("imagenet_classes.txt")
_WORDNET = re.compile(r"(n\d{8})(?!\d)")
# Letters first, and then whatever is before the number at the end.
_KIND = re.compile(r"([^\W\d_]{2,}.*?)[\W\d_]*$")


@lru_cache(maxsize=1)
def imagenet_classes() -> dict[str, int]:
    """Map WordNet ids to classes, 0..999, of ImageNet's thousand (ILSVRC2012)."""
    lines = _IDS.read_text("utf-8").splitlines()
    ids = [line for line in lines if not line.startswith("#")]
    return {wordnet: number for number, wordnet in enumerate(ids)}


def class_of(entry: Entry) -> int | None:
    """Read the ImageNet class off a photo's name or folder, as ``n02123045_7.jpg``.

    Returns:
        0..999; None where no WordNet id of one of the thousand classes is there.
    """
    for name in _names(entry):
        found = _WORDNET.match(name)
        if found and found[1] in imagenet_classes():
            return imagenet_classes()[found[1]]
    return None


def classes_of(entries: Sequence[Entry], needed: bool = False) -> list[int] | None:
    """Read the classes of photos, or None where any photo's name says none.

    Raises:
        ValueError: they are needed, and a photo has none; it is named.
    """
    classes = []
    for entry in entries:
        number = class_of(entry)
        if number is None:
            if needed:
                raise ValueError(
                    f"{entry.label}: its name does not begin with the WordNet id of one of "
                    "ImageNet's 1000 classes, as n02123045.jpg does"
                )
            return None
        classes.append(number)
    return classes


def kind_of(entry: Entry) -> str:
    """Read the kind off a photo's name: ``faces`` for ``faces-0012.webp``.

    Where the name is a number, that of its folder or shard says it.
    """
    for name in _names(entry):
        found = _KIND.match(PurePath(name).stem)
        if found:
            return found[1]
    return entry.name


def place_of(entry: Entry, places: Sequence[Path]) -> str:
    """Find the first of some places, folders, shards or files, in which a photo lies."""
    path = Path(entry.path)
    return str(next(place for place in places if place == path or place in path.parents))


def _names(entry: Entry) -> list[str]:
    """List a photo's name and its folders', up to the shard's, inside out."""
    inner = list(reversed(PurePath(entry.name).parts))
    path = Path(entry.path)
    return [*inner, path.parent.name if entry.size == WHOLE_FILE else path.name]
