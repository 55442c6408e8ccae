"""Which photograph comes when."""

import tarfile
from collections import Counter
from itertools import pairwise

import pytest
from PIL import Image

from colorize_core.data import CropStream, Photographs, Share

MANY = 8000


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """3 faces, 5 streets, 40 others; red says which kind a photo is of, green which it is."""
    folder = tmp_path_factory.mktemp("places")
    for red, (kind, count) in enumerate((("faces", 3), ("streets", 5), ("others", 40))):
        (folder / kind).mkdir()
        for green in range(count):
            Image.new("RGB", (8, 8), (red, green, 0)).save(folder / kind / f"{green}.png")
    return Photographs([folder])


def drawn(places, *shares, numbers=range(MANY), seed=0):
    """The kind and the number of the photo of each crop."""
    stream = CropStream(places, 8, seed=seed, shares=[Share.parse(share) for share in shares])
    names = [places.relative_name(stream.drawing(number)) for number in numbers]
    return [tuple(name.split("/")[-2:]) for name in names]


@pytest.mark.parametrize(
    ("text", "patterns", "part"),
    [
        ("faces*=0.25", ("faces*",), 0.25),
        ("faces*, street-?=.1", ("faces*", "street-?"), 0.1),
        ("a=b*=0.5", ("a=b*",), 0.5),
    ],
)
def test_shares_are_read(text, patterns, part):
    assert Share.parse(text) == Share(patterns, part)


@pytest.mark.parametrize("text", ["faces", "=0.5", "faces=", "faces=0", "faces=1", "faces=x", ""])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(ValueError, match="a share is PATTERN=PART"):
        Share.parse(text)


def test_kinds_get_their_shares_and_the_others_the_rest(places):
    kinds = Counter(kind for kind, _ in drawn(places, "faces=0.3", "streets=0.25"))
    assert kinds == {"faces": 0.3 * MANY, "streets": 0.25 * MANY, "others": 0.45 * MANY}


def test_a_share_may_have_several_patterns(places):
    kinds = Counter(kind for kind, _ in drawn(places, "faces,streets=0.4"))
    assert kinds["others"] == 0.6 * MANY
    assert kinds["faces"] / kinds["streets"] == pytest.approx(3 / 5, abs=0.01)


def test_the_photos_of_a_kind_come_equally_often(places):
    counts = Counter(drawn(places, "faces=0.3"))
    for kind in ("faces", "streets", "others"):
        of_kind = [count for (one, _), count in counts.items() if one == kind]
        assert max(of_kind) - min(of_kind) <= 1


def test_shares_of_everything_are_of_each_other(places):
    kinds = Counter(kind for kind, _ in drawn(places, "faces=0.2", "streets=0.2", "others=0.4"))
    assert kinds == {"faces": MANY / 4, "streets": MANY / 4, "others": MANY / 2}


def test_kinds_are_mixed(places):
    kinds = [kind for kind, _ in drawn(places, "faces=0.5", numbers=range(200))]
    changes = sum(one != other for one, other in pairwise(kinds))
    assert 60 < changes < 140


def test_what_comes_when_follows_from_seed_and_number_alone(places):
    forwards = drawn(places, "faces=0.3", numbers=range(990, 1010))
    backwards = drawn(places, "faces=0.3", numbers=reversed(range(990, 1010)))
    assert forwards == backwards[::-1]
    assert forwards != drawn(places, "faces=0.3", numbers=range(990, 1010), seed=1)


def test_names_of_shards_count(tmp_path):
    for name, count in (("faces-000.tar", 2), ("places-000.tar", 6)):
        with tarfile.open(tmp_path / name, "w") as shard:
            for number in range(count):
                shard.addfile(tarfile.TarInfo(f"{number}.png"))
    photographs = Photographs([tmp_path])
    stream = CropStream(photographs, 8, shares=[Share.parse("faces-*=0.5")])
    names = [photographs.relative_name(stream.drawing(number)) for number in range(1000)]
    assert sum(name.startswith("faces-000.tar/") for name in names) == 500


@pytest.mark.parametrize(
    ("shares", "reason"),
    [
        (["cats=0.5"], "no photograph is of the kind cats"),
        (["faces=0.5", "f*=0.2"], r"no photograph is of the kind f\*"),
        (["faces=0.5", "streets=0.5"], "add up to less than 1"),
        (["faces=0.8", "streets=0.8"], "add up to less than 1"),
    ],
)
def test_shares_that_do_not_fit_the_photos_are_refused(places, shares, reason):
    with pytest.raises(ValueError, match=reason):
        drawn(places, *shares)


def test_a_broken_photo_is_replaced_by_one_of_its_kind(tmp_path):
    for kind, count in (("faces", 3), ("others", 5)):
        (tmp_path / kind).mkdir()
        for number in range(count):
            Image.new("RGB", (8, 8), (200 if kind == "faces" else 0,) * 3).save(
                tmp_path / kind / f"{number}.png"
            )
    (tmp_path / "faces" / "1.png").write_bytes(b"broken")
    stream = CropStream(Photographs([tmp_path]), 8, shares=[Share.parse("faces=0.5")])
    assert sum(int(stream[number][0, 0, 0]) == 200 for number in range(1000)) == 500
