"""The networks, and the registry that finds them by name.

A network is called with lightness and hints and gives logits; decoding is the engine's.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from colorize_core.models.loading import LoadedModel, load_model
from colorize_core.models.network import Network
from colorize_core.models.registry import MODELS, ModelEntry, build_network, model_entry

if TYPE_CHECKING:
    from colorize_core.models.eccv16 import Eccv16
    from colorize_core.models.lite import Lite
    from colorize_core.models.resnet import ResNetRegressor
    from colorize_core.models.siggraph17 import Siggraph17

__all__ = [
    "MODELS",
    "Eccv16",
    "Lite",
    "LoadedModel",
    "ModelEntry",
    "Network",
    "ResNetRegressor",
    "Siggraph17",
    "build_network",
    "load_model",
    "model_entry",
]


def __getattr__(name: str) -> Any:
    """Import a network's class when it is first used."""
    for entry in MODELS.values():
        module, _, kind = entry.network.partition(":")
        if kind == name:
            return getattr(import_module(module), kind)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
