import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.engine import Colorizer
from colorize_core.models import MODELS, ModelEntry, Network, build_network, model_entry
from colorize_core.models.files import export_weights
from colorize_core.models.loading import load_model
from colorize_core.models.registry import no_classes, no_hints

every_model = pytest.mark.parametrize("name", MODELS)


class Toy(nn.Module, Network):
    """The least that a network is."""

    stride = 4
    multiple = 4

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.only = nn.Conv2d(1, outputs, 4, 4)

    def forward(self, lightness, hints=None):
        if hints is not None:
            raise ValueError("no hints")
        return self.only(lightness / 100)

    def initialise(self):
        """Leave PyTorch's own."""

    def parameter_groups(self, rate, encoder_rate):
        return [{"params": list(self.parameters()), "lr": rate}]


TOY = ModelEntry(
    "toy",
    "for tests",
    f"{__name__}:Toy",
    takes_hints=False,
    paper="none",
    mark="only.weight",
    last="only.weight",
)


def outputs_of(entry: ModelEntry) -> int:
    return BIN_COUNT if entry.classifies else 2


def test_lite_and_eccv16_are_registered():
    assert {"lite", "eccv16"} <= MODELS.keys()


def test_entries_carry_the_names_they_are_registered_under():
    assert all(entry.name == name for name, entry in MODELS.items())


@pytest.mark.parametrize("find", [model_entry, build_network])
def test_unknown_names_are_refused_with_the_names_there_are(find):
    with pytest.raises(ValueError, match=r"'vgg'.*lite.*eccv16"):
        find("vgg")


def goes_from_build_to_a_photo(entry: ModelEntry, folder: Path) -> None:
    """Whether a network can be built, saved, known again by its file, and colorize."""
    torch.manual_seed(0)
    network = entry.build(outputs_of(entry)).eval()
    path = folder / "weights.safetensors"
    export_weights(path, network.state_dict(), {})
    loaded = load_model(path)
    assert loaded.name == entry.name
    assert type(loaded.network) is type(network)
    photo = np.random.default_rng(0).integers(0, 256, (45, 70), np.uint8)
    assert Colorizer(path, "cpu")(photo).shape == (45, 70, 3)


@every_model
def test_every_network_goes_from_build_to_a_photo(name, tmp_path):
    goes_from_build_to_a_photo(MODELS[name], tmp_path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mark": "nosuch.weight"}, "nosuch.weight or only.weight are no tensors of it"),
        ({"last": "nosuch.weight"}, "only.weight or nosuch.weight are no tensors of it"),
        ({"takes_hints": True}, "takes_hints is False in it, True here"),
        ({"network": "torch.nn:Identity"}, "it has no stride; it has no multiple"),
    ],
)
def test_an_entry_that_is_wrong_does_not_come_so_far(change, reason, tmp_path, monkeypatch):
    entry = replace(TOY, **change)
    monkeypatch.setitem(MODELS, "toy", entry)
    with pytest.raises(TypeError, match=reason):
        goes_from_build_to_a_photo(entry, tmp_path)


def test_a_mark_that_another_network_has_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setitem(MODELS, "eccv16", replace(TOY, name="eccv16"))
    monkeypatch.setitem(MODELS, "toy", TOY)
    with pytest.raises(AssertionError):
        goes_from_build_to_a_photo(TOY, tmp_path)


def test_a_toy_of_one_class_and_one_entry_is_a_model_like_any_other(tmp_path, monkeypatch):
    monkeypatch.setitem(MODELS, "toy", TOY)
    goes_from_build_to_a_photo(TOY, tmp_path)
    assert TOY.build(2).pretrained_encoder is None
    assert re.search(r"lite, eccv16\b.*\btoy\b.* have$", no_classes())


@every_model
def test_the_output_has_the_stride_that_is_said(name):
    network = build_network(name, outputs_of(MODELS[name])).eval()
    height, width = 2 * network.multiple, 3 * network.multiple
    with torch.inference_mode():
        output = network(torch.full((1, 1, height, width), 50.0))
    assert output.shape[1:] == (
        outputs_of(MODELS[name]),
        height // network.stride,
        width // network.stride,
    )


@every_model
def test_hints_are_taken_or_refused_as_is_said(name):
    network = build_network(name, 2).eval()
    side = network.multiple
    hints = torch.zeros(1, 3, side, side)
    hints[:, :, side // 2, side // 2] = torch.tensor([40.0, -30.0, 1.0])
    with torch.inference_mode():
        if network.takes_hints:
            network(torch.full((1, 1, side, side), 50.0), hints)
            return
        with pytest.raises(ValueError, match=f"{name} takes no colour hints"):
            network(torch.full((1, 1, side, side), 50.0), hints)


@every_model
def test_classes_are_given_or_refused_as_is_said(name):
    if MODELS[name].classifies:
        build_network(name, BIN_COUNT)
        return
    with pytest.raises(ValueError, match="gives no classes"):
        build_network(name, BIN_COUNT)


@every_model
def test_pretrained_layers_learn_at_the_encoders_rate_and_others_do_not(name):
    network = build_network(name, 2)
    slow = {
        id(parameter)
        for group in network.parameter_groups(1e-3, 1e-4)
        for parameter in group["params"]
        if group["lr"] == 1e-4
    }
    encoder = network.pretrained_encoder
    assert slow == (set() if encoder is None else {id(p) for p in encoder.parameters()})


def test_messages_name_the_models_that_can(monkeypatch):
    for name in MODELS.keys() - {"lite", "eccv16", "siggraph17", "resnet"}:
        monkeypatch.delitem(MODELS, name)
    assert no_hints("eccv16").endswith("eccv16 takes no colour hints; lite and siggraph17 do")
    assert no_classes().endswith("lite and eccv16 have")
