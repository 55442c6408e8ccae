"""How far an archive is, also while it is being made; no cluster is asked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute

from colorize_core.archive.listing import count_listed
from colorize_core.archive.manifest import rows
from colorize_core.archive.places import Place
from colorize_core.archive.records import LISTING, MANIFEST, read_record

_LATELY = 600.0  # seconds over which the rate is measured


@dataclass(frozen=True, slots=True)
class Status:
    """The state of an archive.

    Attributes:
        total: photographs in the listing.
        done: that have a picture.
        failed: that have none, for a reason that the manifest tells.
        rate: photographs a second, lately; 0 where nothing can be said.
        ended: whether the last run has come to its end.
        errors: some of the reasons.
    """

    total: int
    done: int
    failed: int
    rate: float
    ended: bool
    errors: tuple[str, ...]

    @property
    def left(self) -> int:
        """The number of photographs that have not had their turn."""
        return max(0, self.total - self.done - self.failed)

    @property
    def seconds_left(self) -> float | None:
        """The seconds that it will take at this rate; None where there is none."""
        return self.left / self.rate if self.rate else None


def status_of(destination: Place, most_errors: int = 10) -> Status:
    """Look how far an archive is.

    Args:
        destination: its folder.
        most_errors: how many reasons are wanted.

    Raises:
        FileNotFoundError: there is none.
    """
    record = read_record(destination)
    if record is None:
        raise FileNotFoundError(f"{destination}: is no archive")
    table = rows(destination / MANIFEST, ["error", "finished", "run"])
    failed = table.filter(compute.not_equal(table["error"], ""))
    rate = _rate(table, record)
    errors = tuple(failed["error"].slice(0, most_errors).to_pylist())
    done = len(table) - len(failed)
    total = count_listed(destination / LISTING)
    return Status(total, done, len(failed), rate, "ended" in record, errors)


def _rate(table: pa.Table, record: dict[str, Any]) -> float:
    """Measure photographs a second, from when the first of the latest run was finished."""
    if len(table) < 2:
        return 0.0
    finished = table["finished"].to_numpy()
    run = table["run"][int(finished.argmax())].as_py()
    goes_on = run == record["run"] and "ended" not in record
    until = time.time() if goes_on else finished.max()
    latest = finished[compute.equal(table["run"], run).to_numpy()]
    since = max(latest.min(), until - _LATELY)
    took = until - since
    return float(np.count_nonzero(latest > since) / took) if took > 0 else 0.0
