"""``colorize prepare``, run as people run it, and killed as machines kill it."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from click.testing import CliRunner
from PIL import Image

from colorize_core.cli.app import app
from colorize_core.data import Photographs

COMMAND = [sys.executable, "-m", "colorize_core.cli.app", "prepare"]
PHOTOS = 40


def run(*arguments):
    return CliRunner().invoke(app, ["prepare", *map(str, arguments)])


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    """Photographs enough to be killed among."""
    folder = tmp_path_factory.mktemp("many")
    random = np.random.default_rng(0)
    coffee = Image.fromarray(skimage.data.coffee())
    for number in range(PHOTOS):
        left, top = (int(random.integers(0, room)) for room in (400, 200))
        turned = coffee.crop((left, top, left + 200, top + 200)).rotate(int(random.integers(360)))
        # PNG: unlike JPEG it can't be decoded small, so that each one takes its time
        turned.resize((1000, 1000)).save(folder / f"{number:03d}.png", compress_level=1)
    return folder


def shards(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.tar"))}


def processes_that_name(folder: Path) -> list[int]:
    """Those of this command, and those that it has started, by the environment they inherit."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                if os.fsencode(folder) in (process / "environ").read_bytes():
                    found.append(int(process.name))
            except OSError:  # it has ended, or is a zombie
                continue
    return found


def test_it_makes_shards_and_says_what_was_left_out(mixed_photos, tmp_path):
    result = run(mixed_photos, "--to", tmp_path / "out", "--short-side", 64, "--jobs", 1)
    assert result.exit_code == 0, result.output
    assert "Left out: 1 of 2 (1 near-grey), see left-out.jsonl" in result.output
    assert f"Photos: 1 in 1 shards: {tmp_path / 'out'}" in result.output
    made = Photographs([tmp_path / "out"])
    assert made.open(made[0]).size == (96, 64)


def test_near_grey_photos_are_kept_on_request(mixed_photos, tmp_path):
    result = run(mixed_photos, "--to", tmp_path / "out", "--near-grey", "--jobs", 1)
    assert result.exit_code == 0, result.output
    assert "Left out" not in result.output
    assert len(Photographs([tmp_path / "out"])) == 2


def test_the_folder_must_be_named(mixed_photos):
    result = run(mixed_photos)
    assert result.exit_code == 2
    assert "--to" in result.output


def killed_in_the_middle(command: list, out: Path, kills_after: tuple[int, ...], **options) -> bool:
    """Kill ``command`` as soon as so many shards are there, each time once more.

    False where a busy machine let this process look too late, and no photo was left to do: such
    a kill proves nothing.
    """
    for shards_before_the_kill in kills_after:
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)
        while process.poll() is None and len(list(out.glob("*.tar"))) < shards_before_the_kill:
            time.sleep(0.002)
        time.sleep(0.013)  # somewhere within the next shard
        process.send_signal(signal.SIGKILL)
        killed = process.wait() == -signal.SIGKILL
        Photographs([out])  # what has a name is whole
        if not killed:
            return False
    return len(list(out.glob("*.tar"))) < PHOTOS // 4


@pytest.mark.parametrize(("jobs", "kills_after"), [(1, (1, 4)), (2, (2,))])
def test_killed_at_any_moment_it_goes_on_to_the_same_shards(many, tmp_path, jobs, kills_after):
    for attempt in range(5):
        out = tmp_path / f"out-{attempt}"
        command = [*COMMAND, many, "--to", out, "--short-side", "96", "--per-shard", "4"]
        command += ["--jobs", str(jobs)]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "KILL_TEST": str(out)}
        if killed_in_the_middle(command, out, kills_after, env=environment):
            break
    else:
        pytest.fail("five times the shards were finished before the kill")
    deadline = time.monotonic() + 20
    while processes_that_name(out) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not processes_that_name(out)  # nobody is left to wait for work
    finished = shards(out)
    assert 0 < len(finished) < PHOTOS // 4, "somebody went on after the kill"
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "Going on after" in done.stderr
    whole = tmp_path / "whole"
    assert run(many, "--to", whole, "--short-side", 96, "--per-shard", 4, "-j", 1).exit_code == 0
    assert shards(out) == shards(whole)
    assert finished.items() <= shards(whole).items()
    assert (out / "left-out.jsonl").read_bytes() == (whole / "left-out.jsonl").read_bytes()
    assert not list(out.rglob("*.tmp"))


def failure(command, **options) -> str:
    """The one line that a failing command says."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_a_full_disk_is_told_and_leaves_no_half_a_shard(many, tmp_path):
    out = tmp_path / "out"
    quota = 100_000  # bytes a file may have; 64 pixels for each of 40 photos are more

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (quota, quota))

    options = ["--short-side", "64", "--jobs", "1"]
    told = failure([*COMMAND, many, "--to", out, *options, "--per-shard", "64"], preexec_fn=limit)
    assert f"{out / 'photos-000000.tar'}" in told
    assert "cannot be written: File too large" in told
    assert not list(out.glob("*.tar"))
    assert not list(out.rglob("*.tmp"))


def test_folders_that_cannot_be_listed_are_told(many, tmp_path):
    closed = tmp_path / "photos" / "closed"
    closed.mkdir(parents=True)
    closed.chmod(0)
    humbly = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    told = failure([*humbly, *COMMAND, many, closed.parent, "--to", tmp_path / "out"])
    assert f"{closed}: cannot be listed: Permission denied" in told
    assert not (tmp_path / "out").exists()


def test_targets_that_cannot_be_written_are_told(mixed_photos, tmp_path):
    target = tmp_path / "closed"
    target.mkdir()
    target.chmod(0o500)
    humbly = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    told = failure([*humbly, *COMMAND, mixed_photos, "--to", target / "out"])
    assert str(target / "out") in told
    assert "Permission denied" in told
