import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorize_core.data import Photographs, evenly

NAMES = ("b.png", "a.jpg", "deep/er/c.webp")


@pytest.fixture
def album(tmp_path) -> Path:
    """Three photographs at several depths, and a file that is none."""
    folder = tmp_path / "album"
    for seed, name in enumerate(NAMES):
        pixels = np.random.default_rng(seed).integers(0, 256, (20, 30, 3), dtype=np.uint8)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / name)
    (folder / "notes.txt").write_text("no photograph")
    return folder


@pytest.fixture
def shard(album, tmp_path) -> Path:
    path = tmp_path / "shard.tar"
    with tarfile.open(path, "w") as tar:
        tar.add(album, "album")
    return path


def decoded(photographs: Photographs) -> dict[str, np.ndarray]:
    return {Path(entry.name).name: np.asarray(photographs.open(entry)) for entry in photographs}


def test_folders_are_searched_to_every_depth(album):
    assert {Path(entry.path) for entry in Photographs([album])} == {album / n for n in NAMES}


def test_all_photographs_of_a_shard_are_found(shard):
    assert len(Photographs([shard])) == len(NAMES)


@pytest.mark.parametrize("place", ["album", "shard"])
def test_photographs_have_the_pixels_of_their_files(request, album, place):
    photographs = decoded(Photographs([request.getfixturevalue(place)]))
    for name in NAMES:
        with Image.open(album / name) as image:
            np.testing.assert_array_equal(photographs[Path(name).name], np.asarray(image))


def test_shards_in_folders_are_found(shard):
    # The folder holds the album and the shard with the same three.
    assert len(Photographs([shard.parent])) == 2 * len(NAMES)


def test_several_places_add_up(album, shard):
    assert len(Photographs([album, shard, album / "a.jpg"])) == 2 * len(NAMES) + 1


def test_the_order_is_always_the_same(album):
    assert Photographs([album]).entries == Photographs([album]).entries


def test_grey_photographs_become_rgb(tmp_path):
    Image.new("L", (4, 4), 7).save(tmp_path / "x.png")
    photographs = Photographs([tmp_path])
    assert photographs.open(photographs[0]).mode == "RGB"


def test_missing_places_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere: no such file or folder"):
        Photographs([tmp_path / "nowhere"])


def test_places_without_photographs_are_named(tmp_path):
    (tmp_path / "notes.txt").write_text("no photograph")
    with pytest.raises(FileNotFoundError, match=f"no photographs in {tmp_path}"):
        Photographs([tmp_path])


def test_shards_without_photographs_are_named(tmp_path):
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("notes.txt"), io.BytesIO())
    with pytest.raises(FileNotFoundError, match=r"no photographs in .*x\.tar"):
        Photographs([tmp_path / "x.tar"])


def test_broken_photographs_are_named(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"no photograph")
    photographs = Photographs([tmp_path])
    with pytest.raises(OSError, match=r"x\.jpg"):
        photographs.open(photographs[0])


@pytest.mark.parametrize("count", [None, 10, 11])
def test_all_are_taken_where_there_are_no_more(count):
    assert evenly(range(10), count) == list(range(10))


def test_a_choice_is_spread_over_all_of_them():
    assert evenly(range(10), 4) == [0, 2, 5, 7]
