"""What painters are given to read of a listing."""

import pytest
from made_archives import put_rows, rows_of
from pyarrow import parquet
from ray.data import Datasource

from colorize_core.archive import listing
from colorize_core.archive.manifest import done_numbers
from colorize_core.archive.places import Place
from colorize_core.archive.source import ListingSource

COUNT, A_FILE, A_GROUP = 23, 10, 4


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A listing of three files, in groups of four rows."""
    monkeypatch.setattr(listing, "_ROWS_A_FILE", A_FILE)
    monkeypatch.setattr(listing, "_ROWS_A_GROUP", A_GROUP)
    (tmp_path / "photos").mkdir()
    for number in range(COUNT):
        (tmp_path / f"photos/{number:02}.jpg").touch()
    folder = Place.parse(str(tmp_path / "archive/listing"))
    listing.update_listing(folder, [Place.parse(str(tmp_path / "photos"))], folder)
    found = listing.parquet_files(folder)
    assert len(found) == 3
    return found


def read(source: Datasource) -> list[list[dict]]:
    """The rows of each block."""
    tasks = source.get_read_tasks(1)
    blocks = [[row for table in task() for row in table.to_pylist()] for task in tasks]
    assert all(len(list(task())) == 1 for task in tasks)
    return blocks


@pytest.mark.parametrize(
    "done",
    [[], [0], [COUNT - 1], [1, 2, 5, 9, 10, 11, 22], list(range(A_FILE)), list(range(3, COUNT))],
)
@pytest.mark.parametrize("block", [1, 3, 7, 64])
def test_each_row_that_is_left_is_in_one_block(files, place, done, block):
    if done:
        put_rows(place, "a", rows_of(reversed(done)))
    blocks = read(ListingSource(files, listing.SCHEMA, done_numbers(place / "checkpoints"), block))
    left = [row for rows in blocks for row in rows]
    assert [row["id"] for row in left] == sorted(set(range(COUNT)) - set(done))
    assert all(row["target"] == f"{row['id']:02}.jpg" for row in left)
    assert 0 < max(map(len, blocks)) <= block
    assert len(blocks) <= len(left) // block + len(files)


def test_there_is_no_block_where_all_is_done(files, place):
    put_rows(place, "a", rows_of(range(COUNT)))
    done = done_numbers(place / "checkpoints")
    assert read(ListingSource(files, listing.SCHEMA, done, 4)) == []


def test_a_block_is_read_from_its_own_groups_of_rows_alone(files, place, monkeypatch):
    source = ListingSource(files, listing.SCHEMA, done_numbers(place / "checkpoints"), 2)
    asked = []
    read_groups = parquet.ParquetFile.read_row_groups

    def watched(self, groups, **more):
        asked.append(list(groups))
        return read_groups(self, groups, **more)

    monkeypatch.setattr(parquet.ParquetFile, "read_row_groups", watched)
    for task in source.get_read_tasks(1):
        list(task())
    assert asked == [[0], [0], [1], [1], [2]] * 2 + [[0], [0]]
