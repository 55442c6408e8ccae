"""Photographs to choose settings on, and others to report."""

import tarfile

import pytest
from PIL import Image

from colorize_core.data import Photographs


def made(folder, count):
    folder.mkdir(parents=True)
    for number in range(count):
        Image.new("RGB", (4, 4), (number, 9, 9)).save(folder / f"{number}.png")
    return folder


def packed(path, folder):
    with tarfile.open(path, "w") as tar:
        for file in sorted(folder.iterdir()):
            tar.add(file, file.name)
    return path


def names(photographs):
    return [f"{entry.path.rpartition('/')[2]}/{entry.name}" for entry in photographs]


@pytest.fixture
def shards(tmp_path):
    return [
        packed(tmp_path / f"{name}.tar", made(tmp_path / name, count))
        for name, count in (("a", 5), ("b", 4))
    ]


def test_the_first_third_and_fifth_are_for_choosing_and_the_others_for_reporting(shards):
    photographs = Photographs(shards[:1])
    assert names(photographs.half("choosing")) == ["a.tar/0.png", "a.tar/2.png", "a.tar/4.png"]
    assert names(photographs.half("reporting")) == ["a.tar/1.png", "a.tar/3.png"]


def test_a_photo_is_in_the_same_half_whichever_places_are_given(shards, tmp_path):
    alone = names(Photographs(shards[1:]).half("reporting"))
    assert alone == ["b.tar/1.png", "b.tar/3.png"]
    for places in (shards, shards[::-1]):
        together = names(Photographs(places).half("reporting"))
        assert sorted(together) == ["a.tar/1.png", "a.tar/3.png", *alone]


def test_files_that_are_given_one_by_one_count_as_their_folder_does(tmp_path):
    folder = made(tmp_path / "few", 4)
    one_by_one = Photographs(sorted(folder.iterdir()))
    assert one_by_one.half("reporting") == Photographs([folder]).half("reporting")
    assert len(one_by_one.half("reporting")) == 2


def test_a_shard_that_is_given_twice_has_no_photo_in_both_halves(shards):
    twice = Photographs([shards[0], shards[1], shards[0]])
    assert not set(names(twice.half("choosing"))) & set(names(twice.half("reporting")))


def test_an_empty_half_is_refused(tmp_path):
    folder = made(tmp_path / "one", 1)
    with pytest.raises(ValueError, match="no photographs are for reporting"):
        Photographs([folder]).half("reporting")
