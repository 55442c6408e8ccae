"""What a run cannot go on from, and what it cannot write: said in a line, with nothing lost."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_network
import torch
from needs import lacking
from safetensors import safe_open
from safetensors.torch import save_file

from colorize_core.cli.app import main
from colorize_core.data import Photographs
from colorize_core.locks import locked
from colorize_core.models.files import read_tensors
from colorize_core.models.registry import MODELS
from colorize_core.training import TrainingConfig, keeping, loop, train
from colorize_core.training.logs import RunLogs

SETTINGS = {"steps": 2, "batch": 2, "crop": 32, "prior_photos": 2, "workers": 0, "hints": 1.0}
WORDS = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]
TRAIN = [sys.executable, tiny_network.__file__, "train", "--model", "tiny", *WORDS]


@pytest.fixture(autouse=True)
def _tiny_networks(monkeypatch):
    for name, entry in tiny_network.ENTRIES.items():
        monkeypatch.setitem(MODELS, name, entry)


def tiny(photos, run, **settings):
    return TrainingConfig([str(photos)], run=str(run), model="tiny", **(SETTINGS | settings))


@pytest.fixture(scope="module")
def begun(photos, tmp_path_factory):
    """The folder of a run of two steps."""
    folder = tmp_path_factory.mktemp("begun")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MODELS, "tiny", tiny_network.ENTRIES["tiny"])
        train(tiny(photos, folder))
    return folder


@pytest.fixture
def run(begun, tmp_path):
    """A run of two steps to do with as one likes."""
    shutil.copytree(begun, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def refused(monkeypatch, capsys):
    """Call the command line in vain: what it says."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["colorize", *map(str, words)])
        with pytest.raises(SystemExit) as leaving:
            main()
        said = capsys.readouterr().err
        assert leaving.value.code == 1, said
        assert said.startswith("Error: ")
        assert said.count("\n") == 1
        return said

    return call


def rewritten(checkpoint, leave_out=(), **metadata):
    """Change what a checkpoint says of itself, or leave tensors out."""
    with safe_open(checkpoint, "pt") as file:
        about = file.metadata() | metadata
        about.pop("checksum", None)  # of the tensors before
        tensors = {n: file.get_tensor(n) for n in file.keys() if n not in leave_out}  # noqa: SIM118
    save_file(tensors, checkpoint, about)


# The checkpoint


def test_a_truncated_checkpoint_is_named_with_what_to_do(photos, run, refused):
    checkpoint = run / "latest.safetensors"
    whole = checkpoint.read_bytes()
    for length in (0, 5, 100, len(whole) - 1):
        checkpoint.write_bytes(whole[:length])
        said = refused("train", photos, "--model", "tiny", "--run", run, *WORDS)
        assert f"{checkpoint}: not a safetensors file, or a damaged one" in said
        assert "move it away to start the run anew" in said
        assert checkpoint.read_bytes() == whole[:length]


def test_a_checkpoint_with_zeros_inside_is_refused(photos, run, refused):
    checkpoint = run / "latest.safetensors"
    content = bytearray(checkpoint.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = bytes(4096)
    checkpoint.write_bytes(content)
    said = refused("train", photos, "--model", "tiny", "--run", run, *WORDS)
    assert f"{checkpoint}: damaged: its tensors are not those that were written" in said
    assert "move it away to start the run anew" in said
    assert checkpoint.read_bytes() == content


def test_a_checkpoint_of_before_checksums_goes_on(photos, run):
    checkpoint = run / "latest.safetensors"
    with safe_open(checkpoint, "pt") as file:
        about = {name: text for name, text in file.metadata().items() if name != "checksum"}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, checkpoint, about)
    train(tiny(photos, run))


def test_a_second_run_in_the_folder_is_told_who_trains_there(photos, run, refused):
    before = (run / "latest.safetensors").read_bytes()
    with locked(run / ".lock"):
        said = refused("train", photos, "--model", "tiny", "--run", run, *WORDS)
    assert f"{run}: the run is being trained by process {os.getpid()}" in said
    assert (run / "latest.safetensors").read_bytes() == before
    train(tiny(photos, run))


def test_a_checkpoint_that_lacks_a_tensor_is_refused(photos, run):
    for name in ("network/head.bias", "ema/head.bias", "prior"):
        rewritten(run / "latest.safetensors", leave_out=(name,))
        with pytest.raises(ValueError, match=r"latest\.safetensors: holds another network"):
            train(tiny(photos, run))


@pytest.mark.parametrize("wrong", [{"step": "two"}, {"config": "{"}, {"config": "3"}])
def test_a_checkpoint_whose_notes_are_damaged_is_refused(photos, run, wrong):
    rewritten(run / "latest.safetensors", **wrong)
    with pytest.raises(ValueError, match=r"latest\.safetensors: a damaged checkpoint"):
        train(tiny(photos, run))


def test_a_checkpoint_of_a_later_version_is_named_with_its_format(photos, run, refused):
    rewritten(run / "latest.safetensors", format="colorize-checkpoint-7")
    said = refused("train", photos, "--model", "tiny", "--run", run, *WORDS)
    assert f"{run / 'latest.safetensors'}: a checkpoint in format 7" in said
    assert "Update colorize" in said


def test_a_file_that_is_no_checkpoint_is_refused(photos, run):
    save_file({"x": torch.zeros(1)}, run / "latest.safetensors")
    with pytest.raises(ValueError, match=r"latest\.safetensors: not a training checkpoint"):
        train(tiny(photos, run))


def test_the_weights_of_another_network_do_not_fit(photos, run):
    config = json.loads(read_tensors(run / "latest.safetensors")[1]["config"])
    rewritten(run / "latest.safetensors", config=json.dumps(config | {"model": "tiny-norm"}))
    other = TrainingConfig([str(photos)], run=str(run), model="tiny-norm", **SETTINGS)
    with pytest.raises(ValueError, match=r"holds another network than this tiny-norm"):
        train(other)


# Settings


@pytest.mark.parametrize(
    ("setting", "value", "was"),
    [("model", "lite", "tiny"), ("loss", "plain", "rebalanced"), ("held_out", 1, 0)],
)
def test_a_run_does_not_go_on_as_another(photos, run, refused, setting, value, was):
    words = ["--model=tiny", *WORDS, f"--{setting.replace('_', '-')}={value}"]
    said = refused("train", photos, "--run", run, *words)
    assert f"a run with {setting} {was} cannot go on with {value}" in said
    assert "give another --run; --start-from takes this one's weights along" in said


def test_a_run_tells_which_settings_have_changed(photos, run):
    seen = []
    train(tiny(photos, run, steps=3, rate=1e-4), seen.append)
    assert seen[0].notes == (
        "goes on from step 2 with other settings: steps 3 (was 2), rate 0.0001 (was 0.001)",
    )
    assert [progress.step for progress in seen] == [0, 3]


def test_crops_must_fit_the_network(photos, tmp_path, refused):
    said = refused("train", photos, "--run", tmp_path / "r", "--crop", 72)
    assert "crop must be a multiple of 32 for lite; got 72" in said
    train(tiny(photos, tmp_path / "tiny", crop=40, steps=1))


# Photographs to validate with


def test_photographs_that_are_trained_on_do_not_validate(photos, tmp_path, refused):
    some = tmp_path / "some"
    some.mkdir()
    for name in ("chelsea", "coffee"):
        shutil.copy(photos / f"{name}.png", some / f"other-{name}.png")
    shutil.copy(photos / "rocket.png", some)
    with open(some / "rocket.png", "ab") as file:
        file.write(b"other bytes")
    said = refused("train", photos, "--validation", some, "--run", tmp_path / "run", *WORDS)
    assert "2 of the photographs to validate with are also among those to train on" in said
    assert "other-chelsea.png" in said
    assert "other-coffee.png" in said
    assert "--held-out" in said
    assert not (tmp_path / "run").exists()


def test_a_copy_is_not_held_out(photos, tmp_path, refused):
    for number in range(3):
        shutil.copy(photos / "coffee.png", tmp_path / f"{number}.png")
    said = refused("train", tmp_path, "--held-out", 1, "--run", tmp_path / "run", *WORDS)
    assert "let colorize prepare leave out copies" in said


def test_held_out_photographs_validate_and_are_not_trained_on(photos, tmp_path, monkeypatch):
    taken = {}

    def noted(name, made):
        def make(config, photographs, *device):
            taken[name] = {entry.name for entry in photographs}
            return made(config, photographs, *device)

        return make

    monkeypatch.setattr(loop, "stream_of", noted("training", loop.stream_of))
    monkeypatch.setattr(keeping, "Validation", noted("validation", keeping.Validation))
    weights = train(tiny(photos, tmp_path, held_out=1))
    _, held_out = Photographs([photos]).split(1)
    assert taken["validation"] == {entry.name for entry in held_out}
    assert taken["training"] == {path.name for path in photos.iterdir()} - taken["validation"]
    about = json.loads(weights.with_suffix(".json").read_text())
    assert about["photographs"] == 3
    assert about["recipe"]["held_out"] == 1


# A full disk


def test_a_full_disk_leaves_the_last_checkpoint(photos, run):
    """A real one: the file system has room for one checkpoint, and a new one comes beside it."""
    room = (run / "latest.safetensors").stat().st_size * 3 // 2
    disk = run.parent / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", str(disk)]
    if os.name != "posix" or subprocess.run(mounting, capture_output=True, check=False).returncode:
        lacking("mounting a small file system takes root's rights")
    try:
        checkpoint = disk / "latest.safetensors"
        shutil.copy(run / "latest.safetensors", checkpoint)
        before = checkpoint.read_bytes()
        words = [*TRAIN, str(photos), "--run", str(disk), "--steps=3"]
        result = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
        assert checkpoint.read_bytes() == before
        assert not list(disk.glob(".*.tmp"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert_refused_to_write(result, checkpoint, "No space left on device")


def test_a_file_that_may_not_grow_so_large_leaves_the_last_checkpoint(photos, run):
    checkpoint = run / "latest.safetensors"
    before = checkpoint.read_bytes()
    limit = len(before) // 2
    result = subprocess.run(
        [*TRAIN, str(photos), "--run", str(run), "--steps=3"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert checkpoint.read_bytes() == before
    assert_refused_to_write(result, checkpoint, "File too large")


def assert_refused_to_write(result, checkpoint, reason):
    assert result.returncode == 1
    assert f"Error: {checkpoint}: cannot write" in result.stderr
    assert reason in result.stderr
    assert "the file that was there is as it was" in result.stderr
    assert "Traceback" not in result.stderr


def test_curves_that_cannot_be_written_are_named(tmp_path):
    logs = RunLogs(tmp_path, goes_on=False)
    logs.curves = Path("/dev/full")
    with pytest.raises(OSError, match=r"/dev/full: cannot write the learning curves"):
        logs.write("training", {"loss": 1.0}, 10)
    logs.close()
