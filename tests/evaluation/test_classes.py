"""What photos show by their names."""

import pytest

from colorize_core.data.index import Entry
from colorize_core.evaluation.classes import class_of, classes_of, imagenet_classes, kind_of

TABBY = Entry("/photos/n02123045.webp", "n02123045.webp")


def member(name, shard="/val/objects-000.tar"):
    return Entry(shard, name, 512, 1000)


def test_there_are_a_thousand_classes_in_the_order_of_their_ids():
    classes = imagenet_classes()
    assert list(classes.values()) == list(range(1000))
    assert list(classes) == sorted(classes)


# Of the challenge's own list (ILSVRC2012), as the classifier's authors print them.
@pytest.mark.parametrize(
    ("wordnet", "number"),
    [
        ("n01440764", 0),  # tench
        ("n02123045", 281),  # tabby
        ("n02510455", 388),  # giant panda
        ("n03000684", 491),  # chain saw
        ("n07753592", 954),  # banana
        ("n15075141", 999),  # toilet tissue
    ],
)
def test_known_classes_have_their_numbers(wordnet, number):
    assert class_of(member(f"{wordnet}.webp")) == number


@pytest.mark.parametrize(
    "entry",
    [
        TABBY,
        Entry("/val/n02123045_17.JPEG", "n02123045_17.JPEG"),
        Entry("/val/n02123045/ILSVRC2012_val_00000017.JPEG", "ILSVRC2012_val_00000017.JPEG"),
        member("n02123045/17.jpg"),
        member("17.jpg", "/train/n02123045.tar"),
    ],
)
def test_a_class_is_found_in_the_name_or_the_folder(entry):
    assert class_of(entry) == 281


@pytest.mark.parametrize("name", ["cat.jpg", "n021230451.jpg", "n00000001.jpg", "n02123.jpg"])
def test_other_names_say_no_class(name):
    assert class_of(member(name, "/val/x.tar")) is None


def test_one_photo_without_a_class_leaves_all_without_unless_they_are_needed():
    entries = [TABBY, member("cat.jpg")]
    assert classes_of(entries) is None
    with pytest.raises(ValueError, match=r"objects-000.tar \(cat.jpg\).*WordNet"):
        classes_of(entries, needed=True)


@pytest.mark.parametrize(
    ("name", "shard", "kind"),
    [
        ("faces-0012.webp", "people-000.tar", "faces"),
        ("old_man 3.jpg", "x.tar", "old_man"),
        ("street/0007.jpg", "x.tar", "street"),
        ("0007.jpg", "places-001.tar", "places"),
        ("n01484850.webp", "objects-000.tar", "objects"),
        ("12.jpg", "34.tar", "12.jpg"),
    ],
)
def test_a_kind_is_what_names_begin_with(name, shard, kind):
    assert kind_of(member(name, f"/val/{shard}")) == kind
