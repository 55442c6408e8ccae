"""The listing as what Ray Data reads from; imported with Ray alone.

Painters read it themselves: Ray Data fuses reading with what follows where both ask for the same.
That takes no processes for reading, filtering and dividing rows, each of which costs seconds of a
processor before the first photograph. Writers import this as well, so it is without :mod:`listing`,
which loads PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from ray.data import Datasource, ReadTask
from ray.data.block import BlockMetadata
from ray.data.context import DataContext

from colorize_core.archive.places import Place


def load() -> None:
    """Do nothing: where it is called, this module's imports are what writing rows needs."""


class ListingSource(Datasource):
    """The rows of a listing that are left, a task and a block for each so many.

    A block is what has a checkpoint of its own. Rows that are done are left out here, so that Ray
    Data has none to filter.

    Args:
        files: of the listing, in the order of the numbers of their rows.
        schema: of the rows.
        done: the numbers of rows to leave out, int64 (N,), sorted.
        block: rows of a block, at most; none has rows of two files.
    """

    def __init__(
        self, files: Sequence[Place], schema: pa.Schema, done: np.ndarray, block: int
    ) -> None:
        super().__init__()
        self._files, self._schema, self._done, self._block = files, schema, done, block

    def estimate_inmemory_data_size(self) -> int | None:
        """Leave the size open: it decides nothing, as there is a task for each block."""
        return None

    def get_read_tasks(
        self,
        parallelism: int,
        per_task_row_limit: int | None = None,
        data_context: DataContext | None = None,
    ) -> list[ReadTask]:
        """Give a task for each block."""
        unknown = BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None, input_files=None)
        return [
            ReadTask(partial(_rows, file, rows), unknown, self._schema, per_task_row_limit)
            for file, rows in self._blocks()
        ]

    def _blocks(self) -> Iterator[tuple[Place, np.ndarray]]:
        """Give each block's file, and which of its rows: int64 (rows,), counted in the file."""
        begin = 0
        for file in self._files:
            end = begin + parquet.read_metadata(file.path, filesystem=file.system).num_rows
            done = self._done[np.searchsorted(self._done, begin) : np.searchsorted(self._done, end)]
            left = np.delete(np.arange(end - begin), done - begin)
            for first in range(0, len(left), self._block):
                yield file, left[first : first + self._block]
            begin = end


def _rows(file: Place, rows: np.ndarray) -> Iterable[pa.Table]:
    """Read some rows of a file, and of its groups of rows only those that hold them."""
    with file.system.open_input_file(file.path) as opened:
        listing = parquet.ParquetFile(opened)
        sizes = [listing.metadata.row_group(n).num_rows for n in range(listing.num_row_groups)]
        ends = np.cumsum(sizes)
        first, last = np.searchsorted(ends, [rows[0], rows[-1]], side="right")
        begin = ends[first] - sizes[first]
        yield listing.read_row_groups(range(first, last + 1), use_threads=False).take(rows - begin)
