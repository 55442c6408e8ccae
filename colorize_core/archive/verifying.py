"""A look at every picture of an archive: is it there, and is it what the manifest says?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from colorize_core.archive.listing import read_listing
from colorize_core.archive.manifest import rows
from colorize_core.archive.painting import content_of, sha256
from colorize_core.archive.places import Place
from colorize_core.archive.records import LISTING, MANIFEST, PICTURES, read_record
from colorize_core.threads import cores, in_order

_ROWS_AT_ONCE = 10_000
_AHEAD = 4  # pictures for each thread that are begun before they are asked for


@dataclass(frozen=True, slots=True)
class Found:
    """A finding about a photograph of an archive.

    Attributes:
        place: of what is wrong, or right.
        fault: empty where nothing is wrong.
    """

    place: str
    fault: str = ""


def verify(destination: Place, masters: bool = False) -> Iterator[Found]:
    """Look at every photograph of the listing, its row, and its picture's bytes.

    Args:
        destination: the archive's folder.
        masters: whether to look at the bytes of the photographs themselves as well.

    Raises:
        FileNotFoundError: there is no archive.
    """
    if read_record(destination) is None:
        raise FileNotFoundError(f"{destination}: is no archive")
    columns = ["id", "source", "target", "sha256_in", "sha256_out", "error"]
    table = rows(destination / MANIFEST, columns)
    numbers, times = np.unique(table["id"].to_numpy(), return_counts=True)
    twice = set(numbers[times > 1].tolist())
    listing = read_listing(destination / LISTING, ["source", "offset", "size", "target"])

    def look(pair: tuple[dict[str, Any], dict[str, Any] | None]) -> Found:
        return _look(*pair, destination, twice, masters)

    threads = cores()
    with ThreadPoolExecutor(threads) as pool:
        pairs = _pairs(table, listing)
        for _, future in in_order(lambda pair: pool.submit(look, pair), pairs, _AHEAD * threads):
            yield future.result()
    for number in np.setdiff1d(np.arange(len(listing)), numbers).tolist():
        yield Found(listing["source"][number].as_py(), "has not had its turn")


def _look(
    row: dict[str, Any],
    listed: dict[str, Any] | None,
    destination: Place,
    twice: set[int],
    masters: bool,
) -> Found:
    picture = destination / PICTURES / row["target"]
    if row["id"] in twice:
        return Found(row["source"], "has more than one row")
    if listed is None or (listed["source"], listed["target"]) != (row["source"], row["target"]):
        return Found(row["source"], "is not in the listing")
    if row["error"]:
        return Found(row["source"], f"failed: {row['error'].removeprefix(row['source'] + ': ')}")
    try:
        if sha256(picture.read()) != row["sha256_out"]:
            return Found(str(picture), "has changed since it was written")
    except OSError as error:
        return Found(str(picture), f"cannot be read: {error.strerror or error}")
    try:
        if masters and sha256(content_of(listed)) != row["sha256_in"]:
            return Found(row["source"], "has changed since it was colorized")
    except OSError as error:
        return Found(row["source"], f"cannot be read: {error.strerror or error}")
    return Found(str(picture))


def _pairs(
    table: pa.Table, listing: pa.Table
) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Give each row of a manifest with that of the listing, or None where there is none."""
    for batch in table.to_batches(_ROWS_AT_ONCE):
        numbers = batch["id"].to_numpy()
        there = (numbers >= 0) & (numbers < len(listing))
        found = iter(listing.take(numbers[there]).to_pylist())
        for row, is_there in zip(batch.to_pylist(), there.tolist(), strict=True):
            yield row, next(found) if is_there else None
