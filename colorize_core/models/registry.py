"""Which networks there are, where their weights come from, and under what licence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from torch import nn

from colorize_core.color.gamut import BIN_COUNT

WEIGHTS_FOLDER = Path(__file__).resolve().parent.parent / "weights"
REGRESSION_OUTPUTS = 2
DEFAULT_SIZE = 256  # short side, in pixels, that a network sees unless its sidecar says other


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """What is known of a network before anything of it is loaded.

    Attributes:
        network: where its class is, as ``module:class``.
        mark: a tensor that only this network has.
        last: the weight whose first dimension is its outputs.
    """

    name: str
    summary: str
    network: str
    takes_hints: bool
    paper: str
    mark: str
    last: str

    def build(self, outputs: int) -> Any:
        """The network with random weights, of so many outputs."""
        module, _, kind = self.network.partition(":")
        return getattr(import_module(module), kind)(outputs)

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


MODELS: dict[str, ModelEntry] = {
    entry.name: entry
    for entry in (
        ModelEntry(
            "lite",
            "compact U-Net on EfficientNet-Lite0; weights included; takes colour hints",
            "colorize_core.models.lite:Lite",
            takes_hints=True,
            paper="Tan and Le 2019 (encoder); Zhang et al. 2016 (classes), 2017 (hints)",
            mark="encoder._conv_stem.weight",
            last="head.weight",
        ),
        ModelEntry(
            "eccv16",
            "the paper's network, 32 million parameters; train it or bring weights",
            "colorize_core.models.eccv16:Eccv16",
            takes_hints=False,
            paper="Zhang, Isola and Efros, Colorful Image Colorization, ECCV 2016",
            mark="model1.0.weight",
            last="model8.6.weight",
        ),
        ModelEntry(
            "siggraph17",
            "regression with colour hints, 34 million parameters; train it or bring weights",
            "colorize_core.models.siggraph17:Siggraph17",
            takes_hints=True,
            paper="Zhang et al., Real-Time User-Guided Image Colorization, SIGGRAPH 2017",
            mark="model8up.0.weight",
            last="model_out.0.weight",
        ),
        ModelEntry(
            "resnet",
            "a small regressor on half a ResNet-18, for comparison; train it",
            "colorize_core.models.resnet:ResNetRegressor",
            takes_hints=False,
            paper="He et al. 2016 (trunk); after an article by Melas-Kyriazi, 2018",
            mark="layer2.0.downsample.0.weight",
            last="out.weight",
        ),
    )
}


def model_entry(name: str) -> ModelEntry:
    """The entry of a name.

    Raises:
        ValueError: there is none; the message lists those that are.
    """
    try:
        return MODELS[name]
    except KeyError:
        raise ValueError(f"no model named {name!r}; there are {', '.join(MODELS)}") from None


def build_network(name: str, outputs: int = BIN_COUNT) -> Any:
    """A network with random weights.

    Args:
        name: of a registered model.
        outputs: 313 for logits over the bins, 2 for regression.
    """
    return model_entry(name).build(outputs)


def read_sidecar(path: Path) -> dict[str, Any]:
    """What a sidecar says, or nothing where there is none.

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


def parameter_count(network: nn.Module) -> int:
    """Parameters, trained or not."""
    return sum(parameter.numel() for parameter in network.parameters())
