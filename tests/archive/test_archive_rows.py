"""An archive's listing, and what a row is, without a cluster."""

import io
import os
import subprocess
import sys
import tarfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from made_archives import BATCH, archived, environment, listed, packed
from PIL import Image
from pyarrow import parquet

from colorize_core.archive.listing import entries, update_listing
from colorize_core.archive.painting import Job, Painter, SupersededError, sha256
from colorize_core.archive.places import Place
from colorize_core.archive.records import record_of, write_record
from colorize_core.archive.running import Work, _at_once
from colorize_core.engine.options import ColorizeOptions


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
    with tarfile.open(tmp_path / "a.tar", "w") as made:
        for name in ("../../out.jpg", "/etc/in.jpg", ".hidden/x.jpg"):
            made.addfile(tarfile.TarInfo(name), io.BytesIO())
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


def test_where_a_store_is_slow_two_photographs_are_on_their_way(photos, store, place, monkeypatch):
    for name in ("a.jpg", "b.jpg"):
        (store / "slow" / name).write((photos / "00.jpg").read_bytes())
    one_by_one = archived([store / "slow"], store / "one by one")
    both, read = threading.Barrier(2), Place.read

    def together(self, *part):
        if self.path.endswith(".jpg"):
            both.wait(60.0)  # breaks where they are read in turn
        return read(self, *part)

    monkeypatch.setattr(Place, "read", together)
    at_once = _at_once([store / "slow", place], Work())
    rows = archived([store / "slow"], store / "two at once", at_once=at_once)
    assert [row["target"] for row in rows] == ["a.jpg", "b.jpg"]
    assert [r["sha256_out"] for r in rows] == [r["sha256_out"] for r in one_by_one]
    assert _at_once([place, place], Work()) == 1
    assert _at_once([place, place], Work(gpus_each=0.5)) == 3


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


def test_the_first_photograph_is_rendered_as_all_later_ones(photos, place):
    script = (
        "from made_archives import archived\n"
        "from colorize_core.archive.places import Place\n"
        "from colorize_core.color.kernels import kernels_for\n"
        f"archived([Place.parse({str(photos)!r})], Place.parse({place.path!r}))\n"
        "assert kernels_for(1) is not None\n"
    )
    line = [sys.executable, "-c", script]
    subprocess.run(line, check=True, cwd=Path(__file__).parent, env=environment())


def painters_of(command):
    """The processes that paint for a command, which has started them or what started them."""
    parents, painters = {}, []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            pid = int(entry.name)
            parents[pid] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if "Painter" in (entry / "cmdline").read_text():
                painters.append(pid)
    for pid in painters:
        above = pid
        while above in parents and above != command:
            above = parents[above]
        if above == command:
            yield pid


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_on_one_machine_painters_have_the_priority_of_their_command(photos, place):
    line = [sys.executable, "-m", "colorize_core.cli.app", "archive", photos, "-o", place]
    process = subprocess.Popen([*map(str, line), "--actors", "1:1"], env=environment())
    found = {}
    while process.poll() is None:
        for pid in painters_of(process.pid):
            with suppress(OSError):
                found[pid] = os.getpriority(os.PRIO_PROCESS, pid)
        time.sleep(0.05)
    assert process.returncode == 0
    assert set(found.values()) == {os.getpriority(os.PRIO_PROCESS, 0)}
