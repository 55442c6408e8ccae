"""Whole folders of photographs into shards."""

import io
import json
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorize_core.cli.remedies import advised
from colorize_core.data import CropStream, Photographs
from colorize_core.data.prepare import PrepareOptions, Summary, prepare
from colorize_core.data.resizing import Recipe

OPTIONS = PrepareOptions(Recipe(48, 90, near_grey=5.0), per_shard=4)
PHOTOS = 10  # that are kept


@pytest.fixture
def photos(tmp_path) -> Path:
    """A folder: ten photographs, and of some of them a copy, in grey, or broken."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    for number in range(PHOTOS):
        picture = part(number)
        picture.save(folder / f"{number:02d}.png")
    part(2).resize((80, 80)).save(folder / "deep" / "copy-of-02.jpg", quality=70)  # comes last
    part(4).convert("L").save(folder / "04-grey.png")
    (folder / "05-broken.jpg").write_bytes((folder / "05.png").read_bytes()[:500])
    part(7).save(folder / "07b.webp", quality=60)
    return folder


def part(number: int) -> Image.Image:
    coffee = skimage.data.coffee()
    down, across = 40 * number, 50 * number
    return Image.fromarray(coffee[down % 300 : down % 300 + 100, across : across + 100])


def shards(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.tar"))}


def left_out(folder: Path) -> dict[str, str]:
    lines = map(json.loads, (folder / "left-out.jsonl").read_text().splitlines())
    return {Path(line["photo"]).name: line["reason"] for line in lines}


def test_shards_hold_the_kept_photographs_in_their_order(photos, tmp_path):
    prepare([photos], tmp_path / "out", OPTIONS)
    made = Photographs([tmp_path / "out"])
    assert [Path(entry.path).name for entry in made] == (
        ["photos-000000.tar"] * 4 + ["photos-000001.tar"] * 4 + ["photos-000002.tar"] * 2
    )
    originals = [photos / f"{number:02d}.png" for number in range(PHOTOS)]
    for entry, original in zip(made, originals, strict=True):
        expected = np.asarray(Image.open(original).resize((48, 48), Image.Resampling.LANCZOS))
        difference = np.asarray(made.open(entry)).astype(int) - expected
        assert abs(difference).mean() < 6


def test_training_draws_crops_from_them(photos, tmp_path):
    prepare([photos], tmp_path / "out", OPTIONS)
    assert CropStream(Photographs([tmp_path / "out"]), 32)[0].shape == (3, 32, 32)


def test_what_is_left_out_is_listed_with_its_reason(photos, tmp_path):
    summary = prepare([photos], tmp_path / "out", OPTIONS)
    listed = left_out(tmp_path / "out")
    assert listed.pop("05-broken.jpg").startswith("broken: ")
    assert listed == {
        "copy-of-02.jpg": "near-duplicate",
        "04-grey.png": "near-grey",
        "07b.webp": "near-duplicate",
    }
    reasons = {"near-duplicate": 2, "near-grey": 1, "broken": 1}
    assert summary == Summary(PHOTOS + 4, PHOTOS, 3, reasons, 0)


def test_near_duplicates_name_what_they_are_like(photos, tmp_path):
    prepare([photos], tmp_path / "out", OPTIONS)
    lines = map(json.loads, (tmp_path / "out" / "left-out.jsonl").read_text().splitlines())
    like = {Path(line["photo"]).name: line["like"] for line in lines if "like" in line}
    assert like["copy-of-02.jpg"] == str(photos / "02.png")
    assert Path(like["07b.webp"]).name == "07.png"


def test_grey_and_duplicates_are_kept_on_request(photos, tmp_path):
    recipe = replace(OPTIONS.recipe, near_grey=None)
    summary = prepare([photos], tmp_path / "out", PrepareOptions(recipe, 4, near_duplicates=True))
    assert summary.left_out == {"broken": 1}
    assert summary.kept == PHOTOS + 3


def test_shards_are_the_same_whatever_the_number_of_processes(photos, tmp_path, mocker):
    mocker.patch("colorize_core.data.prepare._CHUNK", 2)
    for jobs in (1, 2):
        prepare([photos], tmp_path / f"out-{jobs}", OPTIONS, jobs)
    assert shards(tmp_path / "out-1") == shards(tmp_path / "out-2")
    assert left_out(tmp_path / "out-1") == left_out(tmp_path / "out-2")


def test_headers_of_shards_hold_neither_time_nor_owner(photos, tmp_path):
    prepare([photos], tmp_path / "out", OPTIONS)
    with tarfile.open(tmp_path / "out" / "photos-000000.tar") as tar:
        for member in tar:
            assert (member.mtime, member.uid, member.gid) == (0, 0, 0)
            assert (member.uname, member.gname, member.mode) == ("", "", 0o644)


def test_members_are_named_by_their_photographs_number(photos, tmp_path):
    prepare([photos], tmp_path / "out", OPTIONS)
    originals = Photographs([photos])
    made = Photographs([tmp_path / "out"])
    numbers = [int(Path(entry.name).stem) for entry in made]
    assert [originals[number].name for number in numbers] == [
        f"{number:02d}.png" for number in range(PHOTOS)
    ]


def test_shards_and_lab_arrays_are_prepared_like_files(photos, tmp_path):
    arrays = tmp_path / "arrays"
    for folder in ("l", "ab"):
        (arrays / folder).mkdir(parents=True)
    rows = np.stack([np.asarray(part(number).convert("L")) for number in (1, 6)])
    np.save(arrays / "l" / "gray_scale.npy", rows)
    np.save(arrays / "ab" / "ab1.npy", np.full((2, 100, 100, 2), 160, np.uint8))
    with tarfile.open(tmp_path / "raw.tar", "w") as tar:
        tar.add(photos / "03.png", "03.png")
    summary = prepare([tmp_path / "raw.tar", arrays], tmp_path / "out", OPTIONS)
    assert (summary.kept, summary.shards) == (3, 1)


def interrupted(photos: Path, out: Path, at: int) -> None:
    """Stop after so many photographs."""

    def stop(done: int, total: int) -> None:
        if done == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare([photos], out, OPTIONS, progress=stop)


@pytest.mark.parametrize("at", [1, 5, 6, 13])
def test_work_goes_on_after_the_last_finished_shard(photos, tmp_path, at):
    interrupted(photos, tmp_path / "out", at)
    finished = shards(tmp_path / "out")
    assert not (tmp_path / "out" / "left-out.jsonl").exists()
    begun = []
    summary = prepare(
        [photos], tmp_path / "out", OPTIONS, progress=lambda done, _: begun.append(done)
    )
    prepare([photos], tmp_path / "whole", OPTIONS)
    assert summary.resumed_at == begun[0] <= at
    assert (begun[0] > 0) == bool(finished)
    assert shards(tmp_path / "out") == shards(tmp_path / "whole")
    assert finished.items() <= shards(tmp_path / "out").items()
    assert left_out(tmp_path / "out") == left_out(tmp_path / "whole")


def test_the_same_command_again_changes_nothing(photos, tmp_path):
    first = prepare([photos], tmp_path / "out", OPTIONS)
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.tar")}
    again = prepare([photos], tmp_path / "out", OPTIONS)
    assert again == replace(first, resumed_at=PHOTOS + 4)
    assert {path: path.stat().st_mtime_ns for path in made} == made


def test_a_shard_that_was_lost_is_made_again(photos, tmp_path):
    prepare([photos], tmp_path / "out", OPTIONS)
    whole = shards(tmp_path / "out")
    (tmp_path / "out" / "photos-000001.tar").unlink()
    prepare([photos], tmp_path / "out", OPTIONS)
    assert shards(tmp_path / "out") == whole


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (replace(OPTIONS, per_shard=5), "per shard 4, not 5"),
        (replace(OPTIONS, near_duplicates=True), "near duplicates False, not True"),
        (replace(OPTIONS, recipe=replace(OPTIONS.recipe, short_side=64)), "short side 48, not 64"),
    ],
)
def test_other_options_are_refused_in_the_same_folder(photos, tmp_path, options, what):
    prepare([photos], tmp_path / "out", OPTIONS)
    before = shards(tmp_path / "out")
    with pytest.raises(ValueError, match=rf"out: was begun with {what}; repeat the command"):
        prepare([photos], tmp_path / "out", options)
    assert shards(tmp_path / "out") == before


def test_other_photographs_are_refused_in_the_same_folder(photos, tmp_path):
    prepare([photos], tmp_path / "out", OPTIONS)
    part(0).save(photos / "new.png")
    with pytest.raises(ValueError, match=r"was begun with fingerprint .*photographs 14, not 15"):
        prepare([photos], tmp_path / "out", OPTIONS)


def test_photographs_may_move_between_two_runs(photos, tmp_path):
    interrupted(photos, tmp_path / "out", 9)
    moved = tmp_path / "elsewhere"
    photos.rename(moved)
    prepare([moved], tmp_path / "out", OPTIONS)
    prepare([moved], tmp_path / "whole", OPTIONS)
    assert shards(tmp_path / "out") == shards(tmp_path / "whole")


def test_a_folder_with_other_files_is_refused(photos, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.doc").touch()
    with pytest.raises(ValueError, match=r"out: is not empty \(thesis\.doc\); name a new folder"):
        prepare([photos], tmp_path / "out", OPTIONS)


@pytest.mark.parametrize("inside", ["", "prepared", "deep/prepared"])
def test_a_folder_among_the_photographs_is_refused(photos, inside):
    with pytest.raises(ValueError, match=r"lies in .*photos, which is searched; name one outside"):
        prepare([photos], photos / inside, OPTIONS)
    assert not (photos / "prepared").exists()


def test_photographs_in_the_folder_are_refused(photos):
    with pytest.raises(ValueError, match=r"00\.png: lies in .*photos, where the shards go"):
        prepare([photos / "00.png"], photos, OPTIONS)


def test_nothing_is_begun_without_photographs(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no photographs in .*empty"):
        prepare([tmp_path / "empty"], tmp_path / "out", OPTIONS)
    assert not (tmp_path / "out").exists()


def test_it_is_an_error_when_nothing_is_kept(tmp_path):
    (tmp_path / "photos").mkdir()
    part(0).convert("L").save(tmp_path / "photos" / "grey.png")
    with pytest.raises(ValueError, match=r"none of the 1 photographs was kept; .*left-out\.jsonl"):
        prepare([tmp_path / "photos"], tmp_path / "out", OPTIONS)
    assert left_out(tmp_path / "out") == {"grey.png": "near-grey"}


def test_a_process_that_dies_is_told(photos, tmp_path, mocker):
    mocker.patch("colorize_core.data.prepare._CHUNK", 2)
    mocker.patch("colorize_core.data.prepare._start_process", os.abort)
    with pytest.raises(OSError, match="a process ended unexpectedly") as caught:
        prepare([photos], tmp_path / "out", OPTIONS, jobs=2)
    assert advised(caught.value).endswith("the same command with fewer --jobs goes on from here")


def test_a_second_process_is_kept_out(photos, tmp_path):
    nested = {}

    def prepare_too(done: int, total: int) -> None:
        if done == 3:
            with pytest.raises(
                OSError, match=rf"out: is being prepared into by process {os.getpid()}$"
            ) as told:
                prepare([photos], tmp_path / "out", OPTIONS)
            nested["told"] = str(told.value)

    prepare([photos], tmp_path / "out", OPTIONS, progress=prepare_too)
    assert nested


def test_leftovers_of_a_killed_run_are_cleared_away(photos, tmp_path):
    interrupted(photos, tmp_path / "out", 6)
    (tmp_path / "out" / ".photos-000001.tar.4711.tmp").write_bytes(bytes(100))
    prepare([photos], tmp_path / "out", OPTIONS)
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_archives_are_what_tar_itself_reads(photos, tmp_path):
    prepare([photos], tmp_path / "out", OPTIONS)
    with tarfile.open(tmp_path / "out" / "photos-000000.tar") as tar:
        content = tar.extractfile("00000000.jpg").read()
    assert Image.open(io.BytesIO(content)).size == (48, 48)
