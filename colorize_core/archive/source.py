"""The listing as what Ray Data reads from; imported with Ray alone.

A process that reads imports this, so it is without :mod:`listing`, which loads PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import pyarrow as pa
from pyarrow import parquet
from ray.data import Datasource, ReadTask
from ray.data.block import BlockMetadata
from ray.data.context import DataContext

from colorize_core.archive.places import Place


class ListingSource(Datasource):
    """The rows of a listing, a task for each of its files.

    Ray's own reader of Parquet has processes look into the files beforehand, and nothing else
    begins until these have started.

    Args:
        files: of the listing.
        schema: of their rows.
    """

    def __init__(self, files: Sequence[Place], schema: pa.Schema) -> None:
        super().__init__()
        self._files, self._schema = files, schema

    def estimate_inmemory_data_size(self) -> int | None:
        """Leave the size open: it decides nothing, as each file is read by one task."""
        return None

    def get_read_tasks(
        self,
        parallelism: int,
        per_task_row_limit: int | None = None,
        data_context: DataContext | None = None,
    ) -> list[ReadTask]:
        """Give a task for each file."""
        unknown = BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None, input_files=None)
        return [
            ReadTask(partial(_rows, file), unknown, self._schema, per_task_row_limit)
            for file in self._files
        ]


def _rows(file: Place) -> Iterable[pa.Table]:
    yield parquet.read_table(file.path, filesystem=file.system)
