"""The networks, and the registry that finds them by name.

A network is called with lightness and hints and gives logits; decoding is the engine's.
"""

from colorize_core.models.network import Network
from colorize_core.models.registry import MODELS, ModelEntry, build_network, model_entry

__all__ = ["MODELS", "ModelEntry", "Network", "build_network", "model_entry"]
