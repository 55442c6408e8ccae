"""The networks there are, what each can do, and where their weights come from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.models.network import Network, missing_parts
from colorize_core.sharing.published import PUBLISHED, Published

WEIGHTS_FOLDER = Path(__file__).resolve().parent.parent / "weights"
REGRESSION_OUTPUTS = 2
DEFAULT_SIZE = 256  # short side, in pixels, that a network sees unless its sidecar says other
DEFAULT_SMALLEST = 64  # of smaller photos, likewise: one that was blown up has a blur of its own


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A network as it is known before anything of it is loaded.

    Attributes:
        network: where its class is, as ``module:class``.
        takes_hints: whether colour hints change its answer.
        mark: a tensor that only this network has.
        last: the weight whose first dimension is its outputs.
        classifies: whether it can give a distribution over the bins; else it regresses ab only.
    """

    name: str
    summary: str
    network: str
    takes_hints: bool
    paper: str
    mark: str
    last: str
    classifies: bool = True

    def build(self, outputs: int, weights: Mapping[str, Tensor] | None = None) -> Network:
        """Make the network with random weights, of so many outputs.

        Args:
            outputs: 313 for logits over the bins, 2 for regression.
            weights: that it is to take later, for those that come in several sizes.

        Raises:
            ValueError: it does not have so many.
            TypeError: it does not keep to the contract, or is not as the entry says; the message
                says where.
        """
        module, _, kind = self.network.partition(":")
        network_class = getattr(import_module(module), kind)
        fitting = getattr(network_class, "fitting", None) if weights else None
        network = fitting(outputs, weights) if fitting else network_class(outputs)
        wrong = [f"it has no {name}" for name in missing_parts(network)]
        if not wrong and network.takes_hints != self.takes_hints:
            wrong.append(f"takes_hints is {network.takes_hints} in it, {self.takes_hints} here")
        if not wrong and self.outputs_of(network.state_dict()) != outputs:
            wrong.append(f"{self.mark} or {self.last} are no tensors of it, or not of {outputs}")
        if wrong:
            raise TypeError(f"the model {self.name}, {self.network}: {'; '.join(wrong)}")
        return network

    def outputs_of(self, weights: dict[str, Tensor]) -> int | None:
        """Count the outputs that weights are for; None where they are another network's."""
        if self.mark not in weights or self.last not in weights:
            return None
        last = weights[self.last]
        outputs = last.shape[0] if last.ndim else 0
        return outputs if outputs in (BIN_COUNT, REGRESSION_OUTPUTS) else None

    @property
    def weights(self) -> Path:
        """Where the weights that ship with the package are, if they do."""
        return WEIGHTS_FOLDER / f"{self.name}.safetensors"

    @property
    def sidecar(self) -> Path:
        """The description that lies beside the weights."""
        return self.weights.with_suffix(".json")

    @property
    def ships(self) -> bool:
        """Whether weights come with the package."""
        return self.weights.is_file()

    @property
    def published(self) -> Published | None:
        """The weights that its paper's authors published, if they can be fetched."""
        return PUBLISHED.get(self.name)


MODELS: dict[str, ModelEntry] = {
    entry.name: entry
    for entry in (
        ModelEntry(
            "lite",
            "compact U-Net on EfficientNet-Lite2; weights included; takes colour hints",
            "colorize_core.models.lite:Lite",
            takes_hints=True,
            paper="Tan and Le 2019 (encoder); Zhang et al. 2016 (classes), 2017 (hints)",
            mark="encoder._conv_stem.weight",
            last="head.weight",
        ),
        ModelEntry(
            "eccv16",
            "the paper's network, 32 million parameters; train it or fetch the authors'",
            "colorize_core.models.eccv16:Eccv16",
            takes_hints=False,
            paper="Zhang, Isola and Efros, Colorful Image Colorization, ECCV 2016",
            mark="model1.0.weight",
            last="model8.6.weight",
        ),
        ModelEntry(
            "siggraph17",
            "regression with colour hints, 34 million parameters; train it or fetch the authors'",
            "colorize_core.models.siggraph17:Siggraph17",
            takes_hints=True,
            paper="Zhang et al., Real-Time User-Guided Image Colorization, SIGGRAPH 2017",
            mark="model8up.0.weight",
            last="model_out.0.weight",
            classifies=False,
        ),
        ModelEntry(
            "resnet",
            "a small regressor on half a ResNet-18, for comparison; train it",
            "colorize_core.models.resnet:ResNetRegressor",
            takes_hints=False,
            paper="He et al. 2016 (trunk); after an article by Melas-Kyriazi, 2018",
            mark="layer2.0.downsample.0.weight",
            last="out.weight",
            classifies=False,
        ),
    )
}


def model_entry(name: str) -> ModelEntry:
    """Find the entry of a name.

    Raises:
        ValueError: there is none; the message lists those that are.
    """
    try:
        return MODELS[name]
    except KeyError:
        raise ValueError(f"no model named {name!r}; there are {', '.join(MODELS)}") from None


def build_network(
    name: str, outputs: int = BIN_COUNT, weights: Mapping[str, Tensor] | None = None
) -> Network:
    """Make a network with random weights.

    Args:
        name: of a registered model.
        outputs: 313 for logits over the bins, 2 for regression.
        weights: that it is to take later, for models that come in several sizes.

    Raises:
        ValueError: there is no such model, or it does not have so many outputs.
    """
    return model_entry(name).build(outputs, weights)


def no_hints(name: str) -> str:
    """Say that a model takes no hints, and which do."""
    return f"the model {name} takes no colour hints; {_listed('takes_hints')} do"


def no_references(name: str) -> str:
    """Say that a model cannot copy colours from other photos."""
    return f"the model {name} cannot copy the colours of another photo"


def no_classes() -> str:
    """Say that a model has no distribution of colours, and which have."""
    have = _listed("classifies")
    return f"the model regresses ab: it has no distribution of colours; {have} have"


def _listed(ability: str) -> str:
    """List the models that have an ability, as people do."""
    names = [entry.name for entry in MODELS.values() if getattr(entry, ability)]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def read_sidecar(path: Path) -> dict[str, Any]:
    """Read what a sidecar says: nothing where there is none.

    Raises:
        ValueError: the file is not a JSON object; the message names it.
    """
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected a JSON object")
    return content


def sidecar_of(weights: Path) -> Path:
    """Tell where the sidecar of weights lies: on a hub it is called ``config.json``."""
    beside = weights.with_suffix(".json")
    hubs = weights.with_name("config.json")
    return hubs if weights.name == "model.safetensors" and not beside.is_file() else beside


def parameter_count(network: nn.Module) -> int:
    """Count parameters, trained or not."""
    return sum(parameter.numel() for parameter in network.parameters())
