"""Which networks there are, where their weights come from, and under what licence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from colorize_core.color.gamut import BIN_COUNT

WEIGHTS_FOLDER = Path(__file__).resolve().parent.parent / "weights"
REGRESSION_OUTPUTS = 2
DEFAULT_SIZE = 256  # short side, in pixels, that a network sees unless its sidecar says other


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """What is known of a network before anything of it is loaded."""

    name: str
    summary: str
    build: Callable[[int], nn.Module]
    takes_hints: bool
    paper: str

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


def _build_lite(outputs: int) -> nn.Module:
    from colorize_core.models.lite import Lite

    return Lite(outputs)


def _build_eccv16(outputs: int) -> nn.Module:
    from colorize_core.models.eccv16 import Eccv16

    return Eccv16(outputs)


MODELS: dict[str, ModelEntry] = {
    entry.name: entry
    for entry in (
        ModelEntry(
            "lite",
            "compact U-Net on EfficientNet-Lite0; weights included; takes colour hints",
            _build_lite,
            takes_hints=True,
            paper="Tan and Le 2019 (encoder); Zhang et al. 2016 (classes), 2017 (hints)",
        ),
        ModelEntry(
            "eccv16",
            "the paper's network, 32 million parameters; train it or bring weights",
            _build_eccv16,
            takes_hints=False,
            paper="Zhang, Isola and Efros, Colorful Image Colorization, ECCV 2016",
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
