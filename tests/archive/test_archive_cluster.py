"""Archives on a real cluster of two nodes, whose drivers, actors and nodes are killed."""

import os
import signal
import subprocess
import sys
import tarfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import ray
from made_archives import environment, save_photos
from pyarrow import parquet
from ray._private.state import actors
from ray.cluster_utils import Cluster

from colorize_core.archive.manifest import rows
from colorize_core.archive.painting import sha256
from colorize_core.archive.places import Place
from colorize_core.archive.verifying import verify
from colorize_core.leftovers import MARK

COUNT, BLOCK = 64, 4
DEADLINE = 300.0
WHO_READS = "ReadListingSource->MapBatches(Painter)"


@pytest.fixture(scope="module")
def cluster(store):
    """A cluster of two nodes; painters are spread over them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        node = {"include_dashboard": False, "object_store_memory": 100 * 2**20}
        soon = {"health_check_period_ms": 1000, "health_check_failure_threshold": 3}
        head = {"num_cpus": 3, "_system_config": soon, **node}
        made = Cluster(initialize_head=True, head_node_args=head)
        second = made.add_node(num_cpus=3, object_store_memory=100 * 2**20)
        ray.init(made.address, log_to_driver=False, logging_level="ERROR")
        yield made, second
        ray.shutdown()
        made.shutdown()


def start(cluster, *arguments):
    line = [sys.executable, "-m", "colorize_core.cli.app", "archive", *map(str, arguments)]
    line += ["--cluster", cluster[0].address, "--actors", "2:2"]
    return subprocess.Popen(
        line, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process):
    told, errors = process.communicate(timeout=DEADLINE)
    return process.returncode, told, errors


def wait_until(there, process):
    """Wait for something to be so while a process runs."""
    deadline = time.monotonic() + DEADLINE
    while not there():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def painters():
    """The painters that are alive, who read what they paint: process and node."""
    return [
        (actor["Pid"], actor["Address"]["NodeID"])
        for actor in actors().values()
        if actor["State"] == "ALIVE" and WHO_READS in actor["ActorClassName"]
    ]


@dataclass
class Story:
    """What has become of an archive, and what happened to it."""

    photos: Path
    archive: Place
    told: str
    rows_before: dict
    written_before: dict
    killed: list


@pytest.fixture(scope="module")
def survivor(cluster, tmp_path_factory):
    """An archive whose driver, an actor, and a node with an actor were killed on the way."""
    whole, node_to_go = cluster
    folder = tmp_path_factory.mktemp("survivor")
    save_photos(folder / "photos", COUNT, (1000, 750))
    archive = Place.parse(str(folder / "archive"))
    line = (folder / "photos", "-o", archive, "--block", BLOCK)

    def done():
        return dict.fromkeys(rows(archive / "manifest", ["id"])["id"].to_pylist())

    first = start(cluster, *line)
    wait_until(lambda: len(done()) >= COUNT // 3, first)
    first.send_signal(signal.SIGKILL)
    ended(first)
    rows_before = done()
    pictures = sorted((folder / "archive/pictures").glob("*.jpg"))
    written_before = {path.name: path.stat().st_mtime_ns for path in pictures}

    second = start(cluster, *line)
    begun = len(rows_before)
    wait_until(lambda: len(done()) >= begun + BLOCK and len(painters()) == 2, second)
    held = [pid for pid, node in painters() if node == node_to_go.node_id]
    other = next(pid for pid, node in painters() if node != node_to_go.node_id)
    os.kill(other, signal.SIGKILL)
    whole.remove_node(node_to_go, allow_graceful=False)
    status, told, errors = ended(second)
    assert status == 0, told + errors
    return Story(folder / "photos", archive, told, rows_before, written_before, [other, *held])


def test_every_photograph_has_one_row_with_the_right_hashes(survivor):
    columns = ["id", "target", "sha256_in", "sha256_out", "error"]
    found = rows(survivor.archive / "manifest", columns).to_pylist()
    assert sorted(row["id"] for row in found) == list(range(COUNT))
    for row in found:
        assert row["error"] == ""
        assert row["sha256_in"] == sha256((survivor.photos / row["target"]).read_bytes())
        picture = survivor.archive / "pictures" / row["target"]
        assert row["sha256_out"] == sha256(picture.read())
    assert not [one for one in verify(survivor.archive) if one.fault]


def test_an_actor_and_a_node_with_an_actor_were_gone(survivor):
    assert len(survivor.killed) == 2
    for pid in survivor.killed:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_at_most_two_blocks_are_painted_twice_after_the_driver_is_killed(survivor):
    written = survivor.written_before
    again = {
        name
        for name, then in written.items()
        if (survivor.archive.local / "pictures" / name).stat().st_mtime_ns != then
    }
    assert 0 < len(survivor.rows_before) < COUNT
    assert len(again) <= 2 * BLOCK


def test_no_checkpoint_has_more_rows_than_a_block(survivor):
    files = [file.path for file, _ in (survivor.archive / "checkpoints").files()]
    counts = [parquet.read_metadata(path).num_rows for path in files if path.endswith(".parquet")]
    assert sum(counts) == COUNT
    assert max(counts) <= BLOCK


def test_no_temporary_file_is_left(survivor):
    left = [path.name for path in survivor.archive.local.rglob("*") if path.name.endswith(MARK)]
    assert left == []


@dataclass
class Retried:
    """An archive in a store, with a photograph that was broken at first."""

    archive: Place
    first: tuple
    first_rows: list
    second: tuple
    rows: list


@pytest.fixture(scope="module")
def retried(cluster, store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("retried")
    save_photos(folder / "photos", 5, (96, 64))
    with tarfile.open(folder / "shard.tar", "w") as shard:
        shard.add(folder / "photos/00.jpg", "00.jpg")
    (store / "masters/00.jpg").write((folder / "photos/00.jpg").read_bytes())
    broken, whole = folder / "photos/03.jpg", (folder / "photos/03.jpg").read_bytes()
    broken.write_bytes(whole[:300])
    archive = store / "colour"
    line = (folder / "photos", folder / "shard.tar", store / "masters", "-o", archive)
    columns = ["id", "source", "target", "sha256_out", "error", "run"]
    first = ended(start(cluster, *line))
    first_rows = rows(archive / "manifest", columns).to_pylist()
    broken.write_bytes(whole)
    second = ended(start(cluster, *line, "--retry-errors"))
    return Retried(
        archive, first, first_rows, second, rows(archive / "manifest", columns).to_pylist()
    )


def test_one_broken_photograph_fails_alone(retried):
    status, told, errors = retried.first
    assert status == 1
    assert "6 colorized, 1 failed" in told
    (failed,) = (row for row in retried.first_rows if row["error"])
    assert failed["error"] in errors
    assert failed["source"].endswith("photos/03.jpg")
    assert len(retried.first_rows) == 7


def test_only_what_failed_is_tried_again(retried):
    status, told, errors = retried.second
    assert status == 0, errors
    assert "7 colorized, 0 failed" in told
    runs = Counter(row["run"] for row in retried.rows)
    assert sorted(runs.values()) == [1, 6]
    (again,) = (row for row in retried.rows if runs[row["run"]] == 1)
    assert again["source"].endswith("photos/03.jpg")


def test_folder_shard_and_store_go_into_a_store_with_the_same_hashes(retried):
    same = [row["sha256_out"] for row in retried.rows if "00" in row["target"]]
    assert len(same) == 3
    assert len(set(same)) == 1
    assert not [one for one in verify(retried.archive) if one.fault]


def test_all_is_made_again_with_other_options(retried, cluster):
    photos = Path(retried.rows[0]["source"]).parent
    line = (photos, "-o", retried.archive, "--saturation", "0.5")
    status, _, errors = ended(start(cluster, *line))
    assert status == 1
    assert "was begun with another options" in errors
    status, told, errors = ended(start(cluster, *line, "--overwrite"))
    assert status == 0, errors
    assert "7 colorized, 0 failed" in told
    columns = ["target", "sha256_out", "options", "run"]
    found = rows(retried.archive / "manifest", columns).to_pylist()
    assert len(found) == 7
    assert {row["options"] for row in found} == {"saturation=0.5"}
    assert len({row["run"] for row in found}) == 1
    before = {row["target"]: row["sha256_out"] for row in retried.rows}
    assert all(row["sha256_out"] != before[row["target"]] for row in found)
    assert not [one for one in verify(retried.archive) if one.fault]
