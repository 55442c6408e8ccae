import io
import logging
import os
import pickle
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorize_core.data import Photographs, evenly
from colorize_core.data.index import Entry, IndexBuilder

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


def test_the_order_is_that_of_sorted_paths(tmp_path):
    # Runs resume by it. Folders come before files that continue their names, and hidden files,
    # capitals and digits each have their place.
    for name in (
        "a/z.jpg",
        "a.jpg",
        "a-b.png",
        "a b/c.webp",
        "B.JPG",
        "b/10.jpeg",
        "b/9.jpeg",
        ".hidden/x.bmp",
        ".y.png",
        "\u00e4.tif",
        "a/z/y.jpg",
        "x.jpg/in-a-folder.png",
        "no.txt",
        "jpg",
        ".jpg",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    suffixes = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".bmp"}
    expected = [
        str(path)
        for path in sorted(tmp_path.rglob("*"))
        if path.suffix.lower() in suffixes and path.is_file()
    ]
    assert [entry.path for entry in Photographs([tmp_path])] == expected
    assert len(expected) == 12


def test_paths_are_as_their_places_were_given(album, monkeypatch):
    monkeypatch.chdir(album)
    assert [entry.path for entry in Photographs(["."])] == ["a.jpg", "b.png", "deep/er/c.webp"]
    assert Photographs(["./a.jpg"])[0] == Entry("a.jpg", "a.jpg")
    assert Photographs(["deep"])[0] == Entry("deep/er/c.webp", "c.webp")


def test_linked_files_are_found_and_linked_folders_are_not_followed(album, tmp_path):
    folder = tmp_path / "links"
    folder.mkdir()
    (folder / "a.jpg").symlink_to(album / "a.jpg")
    (folder / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (folder / "deep").symlink_to(album / "deep", target_is_directory=True)
    assert [entry.name for entry in Photographs([folder])] == ["a.jpg"]


def test_names_that_are_no_text_are_found_and_opened(album):
    odd = os.fsencode(album) + b"/\xff.jpg"
    (album / "a.jpg").rename(Path(os.fsdecode(odd)))
    photographs = Photographs([album])
    names = [entry.path for entry in photographs]
    assert os.fsdecode(odd) in names
    assert photographs.open(photographs[names.index(os.fsdecode(odd))]).size == (30, 20)


def test_slices_and_negative_positions_are_those_of_a_list(album, shard):
    photographs = Photographs([album, shard])
    entries = list(photographs)
    assert photographs[1:5:2] == entries[1:5:2]
    assert photographs[-1] == entries[-1]
    with pytest.raises(IndexError):
        photographs[len(entries)]


def test_a_million_photographs_take_sixty_megabytes_at_most():
    builder = IndexBuilder()
    shard = builder.container("/somewhere/on/the/disk/photos-000.tar", "photos-000.tar")
    for number in range(20_000):
        builder.add(shard, f"photos-{number:06d}.webp", 512 * number, 400)
    index = builder.finished()
    assert len(pickle.dumps(index)) <= 60 * len(index)
    assert index.entry(19_999) == Entry(
        "/somewhere/on/the/disk/photos-000.tar", "photos-019999.webp", 512 * 19_999, 400
    )


def test_other_processes_get_the_same_photographs(album, shard):
    photographs = Photographs([album, shard])
    assert list(pickle.loads(pickle.dumps(photographs))) == list(photographs)


def test_folders_that_cannot_be_listed_are_told(album):
    script = (
        "import logging, sys; logging.basicConfig(); from colorize_core.data import Photographs; "
        "print(len(Photographs(sys.argv[1:])))"
    )
    (album / "deep").chmod(0)
    humbly = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    command = [*humbly, sys.executable, "-c", script, str(album)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (album / "deep").chmod(0o700)
    assert done.stdout.strip() == "2"
    assert f"{album / 'deep'}: left out, cannot be listed: Permission denied" in done.stderr


def test_nothing_is_said_where_all_folders_can_be_listed(album, caplog):
    with caplog.at_level(logging.WARNING):
        Photographs([album])
    assert not caplog.records


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


def test_a_shard_that_shrank_since_it_was_indexed_is_named(shard):
    photographs = Photographs([shard])
    os.truncate(shard, photographs[-1].offset + 10)
    with pytest.raises(OSError, match=r"shard\.tar \(album/.*\): ends after 10 of \d+ bytes"):
        photographs.open(photographs[-1])


@pytest.mark.parametrize("count", [None, 10, 11])
def test_all_are_taken_where_there_are_no_more(count):
    assert evenly(range(10), count) == list(range(10))


def test_a_choice_is_spread_over_all_of_them():
    assert evenly(range(10), 4) == [0, 2, 5, 7]


@pytest.mark.parametrize("name", ["photos.tar.gz", "photos.TGZ", "photos.tar.zst", "photos.zip"])
def test_a_compressed_archive_is_refused_with_what_to_do(tmp_path, name):
    (tmp_path / name).write_bytes(b"whatever")
    with pytest.raises(ValueError, match=rf"{name}: a compressed archive.*unpack it first"):
        Photographs([tmp_path / name])


@pytest.mark.parametrize(
    "address",
    ["https://example.org/photos.tar", "s3://bucket/photos", "gs://bucket/a.tar.gz", "hf://d/x"],
)
def test_an_address_is_refused_as_it_was_given_with_what_to_do(address):
    with pytest.raises(ValueError, match=rf"^{address}: an address.*download it first"):
        Photographs([address])


def test_a_folder_whose_name_looks_like_an_archives_or_an_addresss_is_a_folder(
    tmp_path, color_image, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    for folder in ("unpacked.tar.gz", "https:/example.org"):
        Path(folder).mkdir(parents=True)
        color_image.save(Path(folder, "a.png"))
    assert len(Photographs(["unpacked.tar.gz", "https://example.org"])) == 2
