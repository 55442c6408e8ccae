import pytest

from colorize_core.models import MODELS, build_network, model_entry


def test_lite_and_eccv16_are_registered():
    assert {"lite", "eccv16"} <= MODELS.keys()


def test_entries_carry_the_names_they_are_registered_under():
    assert all(entry.name == name for name, entry in MODELS.items())


@pytest.mark.parametrize("find", [model_entry, build_network])
def test_unknown_names_are_refused_with_the_names_there_are(find):
    with pytest.raises(ValueError, match=r"'vgg'.*lite.*eccv16"):
        find("vgg")


@pytest.mark.parametrize("name", MODELS)
def test_entry_and_network_agree_on_hints(name):
    assert model_entry(name).takes_hints == build_network(name, 2).takes_hints
