"""An archive's manifest, status, verification, bag and record, without a cluster."""

import json
import subprocess
import sys

import bagit
import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from made_archives import BATCH, archived, listed, put_rows, rows_of

from colorize_core.archive import manifest
from colorize_core.archive.bags import make_bag
from colorize_core.archive.listing import update_listing
from colorize_core.archive.places import Place
from colorize_core.archive.records import check_record, record_of, write_record
from colorize_core.archive.running import Work, run_archive
from colorize_core.archive.status import status_of
from colorize_core.archive.verifying import verify
from colorize_core.cli.app import app
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.tasks import BatchOptions


def test_of_a_killed_run_only_rows_with_a_checkpoint_count(place):
    put_rows(place, "a", rows_of([1, 2]))
    put_rows(place, "b", rows_of([3, 4]), counted=False)
    (place / "checkpoints/c.pending.parquet").write(b"half")
    (place / "manifest/d-0.parquet").write(b"PAR1 half")
    manifest.mend(place / "manifest", place / "checkpoints")
    kept = manifest.rows(place / "manifest", ["id"])["id"].to_pylist()
    assert kept == manifest.done_numbers(place / "checkpoints").tolist() == [1, 2]
    assert len(list((place / "checkpoints").files())) == 1


def test_a_checkpoint_without_its_rows_does_not_count(place):
    put_rows(place, "a", rows_of([1, 2]))
    put_rows(place, "b", rows_of([3]))
    (place / "manifest/b-0.parquet").remove()
    manifest.mend(place / "manifest", place / "checkpoints")
    assert manifest.done_numbers(place / "checkpoints").tolist() == [1, 2]


def test_rows_named_in_another_way_are_left_alone(place):
    put_rows(place, "a", rows_of([1, 2]))
    (place / "checkpoints/z.parquet").write((place / "checkpoints/a.parquet").read())
    (place / "checkpoints/a.parquet").remove()
    with pytest.raises(ValueError, match="do not go with"):
        manifest.mend(place / "manifest", place / "checkpoints")
    assert len(manifest.rows(place / "manifest", ["id"])) == 2


@pytest.mark.parametrize("stopped_after", [None, 1, 2])
def test_errors_are_forgotten_and_nothing_else_lost(place, monkeypatch, stopped_after):
    put_rows(place, "a", pa.concat_tables([rows_of([1, 2]), rows_of([3], "3.jpg: broken")]))
    put_rows(place, "b", rows_of([4]))
    steps = []

    def counted(real):
        def step(*given):
            if len(steps) == stopped_after:
                raise KeyboardInterrupt
            steps.append(real)
            return real(*given)

        return step

    with monkeypatch.context() as patch:
        for name in ("remove", "write"):
            patch.setattr(Place, name, counted(getattr(Place, name)))
        if stopped_after is None:
            assert manifest.forget_errors(place / "manifest", place / "checkpoints") == 1
        else:
            with pytest.raises(KeyboardInterrupt):
                manifest.forget_errors(place / "manifest", place / "checkpoints")
    manifest.mend(place / "manifest", place / "checkpoints")
    kept = manifest.rows(place / "manifest", ["id"])["id"].to_pylist()
    done = manifest.done_numbers(place / "checkpoints").tolist()
    assert sorted(kept) == done == ([1, 2, 4] if stopped_after is None else [4])


def test_the_status_of_a_run_is_told_while_a_row_is_half_written(photos, place):
    archived([Place.parse(str(photos))], place)
    (photos / "later.png").write_bytes((photos / "00.jpg").read_bytes())
    update_listing(place / "listing", [Place.parse(str(photos))], place)
    (place / "manifest/b-0.parquet").write(b"PAR1 and half of a row")
    state = status_of(place)
    assert (state.total, state.done, state.failed, state.left) == (4, 3, 0, 1)
    assert state.rate > 0
    told = CliRunner().invoke(app, ["archive", "status", str(place)])
    assert "left     1 photographs" in told.output


def test_the_status_of_nothing_is_an_error(tmp_path):
    told = CliRunner().invoke(app, ["archive", "status", str(tmp_path)])
    assert isinstance(told.exception, FileNotFoundError)
    assert str(told.exception) == f"{tmp_path}: is no archive"


@pytest.mark.parametrize("changed", ["pictures/01.jpg", "photos", None])
def test_a_flipped_byte_is_found(photos, place, changed):
    archived([Place.parse(str(photos))], place)
    if changed:
        path = photos / "01.jpg" if changed == "photos" else (place / changed).local
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    faults = [(found.place, found.fault) for found in verify(place, masters=True) if found.fault]
    if changed is None:
        assert faults == []
    else:
        assert [name for name, _ in faults] == [str(path)]
        assert "has changed" in faults[0][1]
    told = CliRunner().invoke(app, ["archive", "verify", str(place)])
    assert told.exit_code == (changed == "pictures/01.jpg")


def test_missing_pictures_and_missing_rows_are_found(photos, place):
    archived([Place.parse(str(photos))], place)
    (place / "pictures/02.jpg").remove()
    (photos / "later.png").write_bytes((photos / "00.jpg").read_bytes())
    update_listing(place / "listing", [Place.parse(str(photos))], place)
    put_rows(place, "b", rows_of([0]))
    faults = {found.place: found.fault for found in verify(place) if found.fault}
    assert "cannot be read" in faults[f"{place}/pictures/02.jpg"]
    assert faults[f"{photos}/later.png"] == "has not had its turn"
    assert faults[f"{photos}/00.jpg"] == "has more than one row"


def test_a_bag_is_valid_until_a_byte_is_flipped(photos, place):
    archived([Place.parse(str(photos))], place)
    assert make_bag(place) == make_bag(place)  # it is made anew
    bag = bagit.Bag(str(place.local / "bag"))
    assert bag.validate()
    assert "data/pictures/00.jpg" in bag.entries
    picture = place.local / "bag/data/pictures/00.jpg"
    content = bytearray(picture.read_bytes())
    content[100] ^= 1
    picture.write_bytes(content)
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(place.local / "bag")).validate()


def test_an_archive_has_one_way_of_making_pictures(place):
    write_record(place, record_of(ColorizeOptions(), BATCH, None) | {"run": "first"})
    check_record(place, record_of(ColorizeOptions(), BatchOptions(overwrite=True, jobs=2), None))
    with pytest.raises(ValueError, match=r"another options .*saturation=0.5 format"):
        check_record(place, record_of(ColorizeOptions(saturation=0.5), BATCH, ".png"))


def test_an_archive_that_is_made_anew_keeps_its_format_alone(place):
    write_record(place, record_of(ColorizeOptions(), BATCH, ".png") | {"run": "first"})
    check_record(place, record_of(ColorizeOptions(saturation=0.5), BATCH, ".png"), anew=True)
    with pytest.raises(ValueError, match=r"another options .*format=.png, now none"):
        check_record(place, record_of(ColorizeOptions(), BATCH, None), anew=True)


@pytest.mark.parametrize("stopped_after", [None, 0, 1, 2, 3])
def test_no_row_counts_once_all_is_to_be_done_again(place, monkeypatch, stopped_after):
    put_rows(place, "a", rows_of([1, 2]))
    put_rows(place, "b", rows_of([3]))
    removed = []

    def remove(file):
        if len(removed) == stopped_after:
            raise KeyboardInterrupt
        removed.append(file)
        really(file)

    really = Place.remove
    with monkeypatch.context() as patch:
        patch.setattr(Place, "remove", remove)
        if stopped_after is None:
            manifest.forget_all(place / "manifest", place / "checkpoints")
        else:
            with pytest.raises(KeyboardInterrupt):
                manifest.forget_all(place / "manifest", place / "checkpoints")
    manifest.forget_all(place / "manifest", place / "checkpoints")
    manifest.mend(place / "manifest", place / "checkpoints")
    assert len(manifest.rows(place / "manifest", ["id"])) == 0
    assert manifest.done_numbers(place / "checkpoints").tolist() == []


def test_an_archive_can_begin_where_one_was_stopped_at_once(place):
    (place / ".lock").write(b"")
    check_record(place, record_of(ColorizeOptions(), BATCH, None))


def test_a_folder_with_other_things_is_no_archive(photos):
    with pytest.raises(ValueError, match="holds files, but is no archive"):
        run_archive([], Place.parse(str(photos)), ColorizeOptions(), BATCH, Work())


def test_masters_do_not_lie_in_the_archive(photos):
    place = Place.parse(str(photos.parent))
    with pytest.raises(ValueError, match="lies in the archive's own folder"):
        run_archive([Place.parse(str(photos))], place, ColorizeOptions(), BATCH, Work())


def test_an_archive_inside_its_source_does_not_list_itself(photos):
    place = Place.parse(str(photos / "archive"))
    for _ in range(2):
        archived([Place.parse(str(photos))], place)
    assert len(listed(place / "listing")) == 3


def test_a_million_numbers_are_eight_megabytes(place):
    rows = pa.table({"id": np.arange(1000, dtype=np.int64)})
    put_rows(place, "a", rows)
    assert manifest.done_numbers(place / "checkpoints").nbytes == 8000


@pytest.mark.parametrize("line", [["photo", "--help"], ["archive", "run", "--help"]])
def test_help_imports_no_ray(line):
    code = (
        "import sys\nfrom colorize_core.cli.app import app\n"
        f"app({line!r}, standalone_mode=False)\n"
        "print({'ray', 'pyarrow', 'torch'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1] == "set()", done.stderr


def test_the_record_says_how_pictures_are_made(place):
    write_record(place, record_of(ColorizeOptions(warmth=0.5), BATCH, ".png") | {"run": "first"})
    record = json.loads((place / "run.json").read())
    assert record["options"] == "warmth=0.5 format=.png"
