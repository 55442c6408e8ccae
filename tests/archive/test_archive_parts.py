"""An archive's listing, rows, manifest and record, without a cluster."""

import io
import json
import subprocess
import sys
import tarfile

import bagit
import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from PIL import Image
from pyarrow import parquet

from colorize_core.archive import manifest
from colorize_core.archive.bags import make_bag
from colorize_core.archive.listing import entries, update_listing
from colorize_core.archive.painting import Job, Painter, SupersededError, sha256
from colorize_core.archive.places import Place
from colorize_core.archive.records import check_record, record_of, write_record
from colorize_core.archive.running import Work, run_archive
from colorize_core.archive.status import status_of
from colorize_core.archive.verifying import verify
from colorize_core.cli.app import app
from colorize_core.engine.options import ColorizeOptions
from colorize_core.engine.tasks import BatchOptions

BATCH = BatchOptions(overwrite=True)


def packed(folder, path):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as shard:
        for photo in sorted(folder.iterdir()):
            shard.add(photo, photo.name)


def listed(folder):
    """All rows of a listing."""
    parts = [parquet.read_table(f.path, filesystem=f.system) for f, _ in folder.files()]
    return pa.concat_tables(parts).to_pylist() if parts else []


def archived(sources, destination, options=None):
    """Make an archive without a cluster: what a single painter does with a single block."""
    options = options or ColorizeOptions()
    record = record_of(options, BATCH, None) | {"run": "first", "started": 0.0, "ended": 1.0}
    write_record(destination, record)
    update_listing(destination / "listing", sources, destination)
    job = Job(destination, "first", options, BATCH, record["model_hash"], record["options"])
    files = [
        parquet.read_table(f.path, filesystem=f.system)
        for f, _ in (destination / "listing").files()
    ]
    done = Painter(job)(pa.concat_tables(files))
    put_rows(destination, "a", done)
    return done.to_pylist()


def put_rows(destination, name, rows, counted=True):
    """Write rows as Ray Data does: with a checkpoint beside them."""
    written = {f"manifest/{name}-0.parquet": rows}
    if counted:
        written[f"checkpoints/{name}.parquet"] = rows.select(["id"])
    for path, table in written.items():
        made = io.BytesIO()
        parquet.write_table(table, made)
        (destination / path).write(made.getvalue())


def rows_of(numbers, error=""):
    made = [
        {"id": n, "source": f"{n}.jpg", "error": error, "run": "r", "finished": float(n)}
        for n in numbers
    ]
    return pa.Table.from_pylist(made, schema=manifest.SCHEMA)


@pytest.fixture
def place(tmp_path):
    return Place.parse(str(tmp_path / "archive"))


def test_folders_shards_and_what_lies_in_them_are_listed_once(photos, place, tmp_path):
    packed(photos, photos / "more.tar")
    (photos / "00.JPG").write_bytes((photos / "00.jpg").read_bytes())
    (photos / "notes.txt").write_text("none")
    first = update_listing(place / "listing", [Place.parse(str(photos))], place)
    assert (first.total, first.new, first.failures) == (7, 7, [])
    (photos / "99.png").write_bytes(b"")
    again = update_listing(place / "listing", [Place.parse(str(photos))], place)
    assert (again.total, again.new) == (8, 1)
    rows = listed(place / "listing")
    assert [row["id"] for row in rows] == list(range(8))
    assert len({row["target"] for row in rows}) == 8
    assert {"more/00.jpg", "00.jpg", "99.png"} <= {row["target"] for row in rows}


def test_a_members_bytes_are_found_by_their_place_in_the_shard(photos, tmp_path):
    packed(photos, tmp_path / "a.tar")
    shard = Place.parse(str(tmp_path / "a.tar"))
    for entry in entries(shard, shard / "none"):
        content = (photos / entry.name).read_bytes()
        assert shard.read(entry.offset, entry.size) == content


def test_names_in_a_shard_lead_nowhere_else(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as shard:
        for name in ("../../out.jpg", "/etc/in.jpg", ".hidden/x.jpg"):
            shard.addfile(tarfile.TarInfo(name), io.BytesIO())
    shard = Place.parse(str(tmp_path / "a.tar"))
    assert [entry.name for entry in entries(shard, shard / "none")] == ["out.jpg", "etc/in.jpg"]


def test_a_shard_that_is_cut_off_is_told(photos, place, tmp_path):
    packed(photos, tmp_path / "a.tar")
    (tmp_path / "a.tar").write_bytes((tmp_path / "a.tar").read_bytes()[:2000])
    told = update_listing(place / "listing", [Place.parse(str(tmp_path / "a.tar"))], place)
    assert told.total < 3
    assert "a.tar: the shard is cut off" in told.failures[0]


def test_folder_shard_and_store_give_the_same_pictures(photos, store, place, tmp_path):
    packed(photos, tmp_path / "a.tar")
    for photo in photos.iterdir():
        (store / "scans" / photo.name).write(photo.read_bytes())
    sources = [Place.parse(str(photos)), Place.parse(str(tmp_path / "a.tar")), store / "scans"]
    by_source = [archived([source], place / str(i)) for i, source in enumerate(sources)]
    in_store = archived(sources[:1], store / "archive")
    hashes = [{row["target"]: row["sha256_out"] for row in rows} for rows in by_source]
    assert hashes[0] == hashes[1] == hashes[2] == {r["target"]: r["sha256_out"] for r in in_store}
    assert all(len(digest) == 64 for digest in hashes[0].values())
    assert sha256((store / "archive/pictures/00.jpg").read()) == hashes[0]["00.jpg"]


def test_a_row_tells_what_went_in_and_came_out(photos, place):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff and nothing more")
    rows = {row["target"]: row for row in archived([Place.parse(str(photos))], place)}
    good, bad = rows["00.jpg"], rows["broken.jpg"]
    assert good["sha256_in"] == sha256((photos / "00.jpg").read_bytes())
    picture = (place / "pictures/00.jpg").local
    assert good["sha256_out"] == sha256(picture.read_bytes())
    assert (good["bytes_out"], good["error"]) == (picture.stat().st_size, "")
    with Image.open(picture) as image:
        assert image.mode == "RGB"
    assert bad["error"].startswith(f"{photos}/broken.jpg: ")
    assert bad["sha256_out"] == ""
    assert good["model_hash"].startswith("sha256:")


def test_a_painter_ends_when_another_run_has_taken_over(photos, place):
    record = record_of(ColorizeOptions(), BATCH, None)
    write_record(place, record | {"run": "second"})
    update_listing(place / "listing", [Place.parse(str(photos))], place)
    job = Job(place, "first", ColorizeOptions(), BATCH, record["model_hash"], "")
    (file, _), *_ = (place / "listing").files()
    with pytest.raises(SupersededError, match="another run"):
        Painter(job)(parquet.read_table(file.path))
    assert not (place / "pictures").exists()


def test_a_machine_with_other_weights_does_nothing(place):
    with pytest.raises(ValueError, match="other weights of lite"):
        Painter(Job(place, "first", ColorizeOptions(), BATCH, "sha256:0", ""))


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
