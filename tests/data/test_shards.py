"""Shards that are not whole: cut at every kind of place, damaged, or no tar at all."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from colorize_core.data import Photographs

NAMES = ("first.png", "second.png", "third.png")


@pytest.fixture
def shard(tmp_path) -> Path:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 80, 10)).save(content, "PNG")
    path = tmp_path / "photos-000.tar"
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name in NAMES:
            header = tarfile.TarInfo(name)
            header.size = content.tell()
            tar.addfile(header, io.BytesIO(content.getvalue()))
    return path


def end_of(shard: Path, name: str) -> int:
    """Where a member's last block ends."""
    with tarfile.open(shard) as tar:
        member = tar.getmember(name)
    return member.offset_data + -(-member.size // 512) * 512


def cut(shard: Path, size: int) -> Path:
    os.truncate(shard, size)
    return shard


def test_a_whole_shard_has_all_of_its_photographs(shard):
    assert [entry.name for entry in Photographs([shard])] == list(NAMES)


def test_a_single_block_of_zeros_is_end_mark_enough(shard):
    cut(shard, end_of(shard, "third.png") + 512)
    assert len(Photographs([shard])) == 3


@pytest.mark.parametrize("bytes_left", [1, 300, 511])
def test_a_cut_within_a_header_is_told(shard, bytes_left):
    cut(shard, end_of(shard, "first.png") + bytes_left)
    with pytest.raises(
        OSError, match=r"photos-000\.tar: the shard is cut off.* within the header after first\.png"
    ):
        Photographs([shard])


def test_a_cut_right_after_a_header_is_told(shard):
    cut(shard, end_of(shard, "first.png") + 512)
    with pytest.raises(OSError, match=r"photos-000\.tar: the shard is cut off.*within second\.png"):
        Photographs([shard])


@pytest.mark.parametrize("missing", [1, 400])
def test_a_cut_within_the_last_photograph_is_told(shard, missing):
    cut(shard, end_of(shard, "third.png") - missing)
    with pytest.raises(OSError, match=r"photos-000\.tar: the shard is cut off.*within third\.png"):
        Photographs([shard])


@pytest.mark.parametrize("name", ["first.png", "third.png"])
def test_a_cut_between_photographs_is_told_by_the_missing_end_mark(shard, name):
    cut(shard, end_of(shard, name))
    with pytest.raises(
        OSError, match=rf"photos-000\.tar: the shard is cut off.*after {name}, with no end mark"
    ):
        Photographs([shard])


@pytest.mark.parametrize("size", [0, 1, 511])
def test_a_cut_within_the_first_header_is_told(shard, size):
    cut(shard, size)
    with pytest.raises(OSError, match=r"photos-000\.tar: the shard is cut off.*its first header"):
        Photographs([shard])


def test_a_cut_within_a_long_name_is_told(tmp_path):
    path = tmp_path / "photos-000.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(tarfile.TarInfo("short.png"))
        tar.addfile(tarfile.TarInfo("long" * 60 + ".png"))
    cut(path, 512 + 512 + 100)  # the name lies in a member of its own
    with pytest.raises(OSError, match=r"photos-000\.tar: the shard is cut off.*short\.png"):
        Photographs([path])


def test_a_damaged_header_is_told_and_where_it_is(shard):
    start = end_of(shard, "first.png")
    with open(shard, "r+b") as file:
        file.seek(start)
        file.write(b"\xaa" * 512)
    with pytest.raises(
        OSError, match=rf"photos-000\.tar: the shard is damaged: .*first\.png, at byte {start}"
    ):
        Photographs([shard])


def test_compressed_shards_are_told(shard):
    shard.write_bytes(gzip.compress(os.urandom(2000)))
    with pytest.raises(OSError, match=r"photos-000\.tar: not an uncompressed tar shard"):
        Photographs([shard])


def test_one_shard_that_is_cut_off_is_found_among_others(shard, tmp_path):
    other = tmp_path / "photos-001.tar"
    other.write_bytes(shard.read_bytes()[:-11_000])
    with pytest.raises(OSError, match=r"photos-001\.tar: the shard is cut off"):
        Photographs([tmp_path])


def test_a_size_below_zero_is_told(shard):
    content = bytearray(shard.read_bytes())
    begin = end_of(shard, "first.png")
    content[begin + 124 : begin + 136] = (-512).to_bytes(12, "big", signed=True)
    content[begin + 148 : begin + 156] = b" " * 8
    total = sum(content[begin : begin + 512])
    content[begin + 148 : begin + 156] = f"{total:06o}\0 ".encode()
    shard.write_bytes(content)
    with pytest.raises(OSError, match=r"the shard is damaged: second\.png is said to have -512"):
        Photographs([shard])
