"""Setting photographs aside, and finding those that are in two sets."""

import io
import pickle
import shutil
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorize_core.data import Photographs, shared_photographs

COUNT = 40


@pytest.fixture
def folder(tmp_path) -> Path:
    return made(tmp_path / "photos", range(COUNT))


def made(folder: Path, seeds) -> Path:
    for seed in seeds:
        path = folder / f"kind-{seed % 3}" / f"{seed:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels(seed)).save(path)
    return folder


def pixels(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)


def packed(path: Path, folder: Path) -> Path:
    with tarfile.open(path, "w") as tar:
        for file in sorted(folder.rglob("*.png")):
            tar.add(file, file.name)
    return path


def names(photographs: Photographs) -> list[str]:
    return [entry.name for entry in photographs]


def test_each_photograph_is_on_one_side_and_none_is_lost(folder):
    photographs = Photographs([folder])
    rest, held_out = photographs.split(7)
    assert (len(rest), len(held_out)) == (COUNT - 7, 7)
    assert sorted(names(rest) + names(held_out)) == sorted(names(photographs))


def test_both_sides_keep_their_order(folder):
    order = names(Photographs([folder]))
    for side in Photographs([folder]).split(15):
        assert names(side) == sorted(names(side), key=order.index)


def test_it_is_the_same_wherever_the_photographs_lie(folder, tmp_path):
    elsewhere = tmp_path / "on" / "another" / "disk"
    shutil.copytree(folder, elsewhere)
    assert names(Photographs([elsewhere]).split(9)[1]) == names(Photographs([folder]).split(9)[1])


def test_another_seed_holds_others_out(folder):
    photographs = Photographs([folder])
    assert names(photographs.split(9, seed=1)[1]) != names(photographs.split(9, seed=2)[1])


def test_most_stay_held_out_when_photographs_are_added(folder):
    before = set(names(Photographs([folder]).split(10)[1]))
    made(folder, range(COUNT, COUNT + 4))
    after = set(names(Photographs([folder]).split(10)[1]))
    assert len(before & after) >= 6  # each of the four can drive out one


def test_a_thousand_are_held_out_of_forty_one_thousand(tmp_path):
    with tarfile.open(tmp_path / "00.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        for number in range(1000):
            tar.addfile(tarfile.TarInfo(f"{number:06d}.jpg"))
    for number in range(1, 41):
        (tmp_path / f"{number:02d}.tar").symlink_to("00.tar")
    photographs = Photographs([tmp_path])
    started = time.process_time()
    rest, held_out = photographs.split(1000)
    assert time.process_time() - started < 2.0
    assert (len(rest), len(held_out)) == (40_000, 1000)
    # Drawn evenly: half are of the shards' first halves, give or take four standard deviations.
    assert abs(sum(int(name[:6]) < 500 for name in names(held_out)) - 500) < 4 * 16


@pytest.mark.parametrize("count", [-1, 0, COUNT, COUNT + 1])
def test_counts_that_leave_one_side_empty_are_refused(folder, count):
    with pytest.raises(ValueError, match=rf"cannot hold out {count} of 40 photographs: 1 to 39"):
        Photographs([folder]).split(count)


def test_sides_are_split_and_sent_to_processes_like_any_others(folder):
    rest, held_out = Photographs([folder]).split(10)
    assert names(pickle.loads(pickle.dumps(held_out))) == names(held_out)
    again, _ = rest.split(5)
    assert set(names(again)) < set(names(rest))
    assert rest.open(rest[0]).size == (6, 6)


def test_two_sides_of_a_split_share_nothing(folder):
    assert shared_photographs(*Photographs([folder]).split(10)) == []


def test_a_photograph_in_both_is_named(folder):
    path = folder / "kind-1" / "004.png"
    assert shared_photographs(Photographs([folder]), Photographs([path])) == [str(path)]


def test_links_do_not_hide_that_files_are_the_same(folder, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)
    assert len(shared_photographs(Photographs([folder]), Photographs([link]))) == COUNT


def test_copies_are_found_by_their_bytes(folder, tmp_path):
    copy = tmp_path / "validation" / "other-name.png"
    copy.parent.mkdir()
    shutil.copy(folder / "kind-2" / "005.png", copy)
    Image.fromarray(pixels(999)).save(copy.with_name("new.png"))
    assert shared_photographs(Photographs([folder]), Photographs([copy.parent])) == [str(copy)]


def test_copies_are_found_in_shards(folder, tmp_path):
    shard = packed(tmp_path / "validation.tar", made(tmp_path / "few", [3, 999]))
    found = shared_photographs(Photographs([folder]), Photographs([shard]))
    assert found == [f"{shard} (003.png)"]


def test_the_same_size_alone_is_not_the_same_photograph(tmp_path):
    for place, value in (("a", 10), ("b", 11)):
        (tmp_path / place).mkdir()
        Image.new("RGB", (9, 9), (value, 200, 7)).save(tmp_path / place / "x.bmp")
    first, second = Photographs([tmp_path / "a"]), Photographs([tmp_path / "b"])
    assert shared_photographs(first, second) == []


def test_the_same_ending_alone_is_not_the_same_photograph(tmp_path):
    # Bitmaps end with their first row.
    for place, value in (("a", 10), ("b", 11)):
        (tmp_path / place).mkdir()
        image = Image.new("RGB", (60, 60), (1, 2, 3))
        image.putpixel((5, 50), (value, 0, 0))
        image.save(tmp_path / place / "x.bmp")
    first, second = Photographs([tmp_path / "a"]), Photographs([tmp_path / "b"])
    assert shared_photographs(first, second) == []


def test_other_photographs_of_one_shard_are_not_shared(folder, tmp_path):
    shard = packed(tmp_path / "all.tar", folder)
    rest, held_out = Photographs([shard]).split(10)
    assert shared_photographs(rest, held_out) == []


def test_rows_of_lab_arrays_are_told_apart(tmp_path):
    for place, first in (("one", 0), ("two", 4)):
        (tmp_path / place / "l").mkdir(parents=True)
        (tmp_path / place / "ab").mkdir()
        rows = np.stack([pixels(first + row)[..., 0] for row in range(5)])
        np.save(tmp_path / place / "l" / "gray_scale.npy", rows)
        np.save(tmp_path / place / "ab" / "ab1.npy", np.full((5, 6, 6, 2), 128, np.uint8))
    one, two = Photographs([tmp_path / "one"]), Photographs([tmp_path / "two"])
    assert shared_photographs(one, two) == [f"{tmp_path / 'two/l/gray_scale.npy'} (000000)"]


def test_large_sets_are_compared_quickly(tmp_path):
    # Ten thousand against a thousand, all of the same few sizes.
    random = np.random.default_rng(0)
    for name, count in (("first.tar", 10_000), ("second.tar", 1000)):
        with tarfile.open(tmp_path / name, "w", format=tarfile.USTAR_FORMAT) as tar:
            for number in range(count):
                content = random.bytes(2000 + number % 7)
                header = tarfile.TarInfo(f"{number:06d}.jpg")
                header.size = len(content)
                tar.addfile(header, io.BytesIO(content))
    first, second = (Photographs([tmp_path / f"{name}.tar"]) for name in ("first", "second"))
    started = time.process_time()
    assert shared_photographs(first, second) == []
    assert time.process_time() - started < 3.0
