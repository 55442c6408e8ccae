"""The weights of a run for use, and beside them how they came about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import Tensor

from colorize_core.atomic import write_bytes
from colorize_core.color.rebalance import log_rarity
from colorize_core.models.files import export_weights
from colorize_core.models.loading import weights_file
from colorize_core.models.registry import model_entry, read_sidecar, sidecar_of
from colorize_core.sharing.card import write_card
from colorize_core.training.config import TrainingConfig


def weights_path(config: TrainingConfig) -> Path:
    """Tell where a run's weights for use are, when it has ended."""
    return config.folder / f"{config.model}.safetensors"


def export(
    config: TrainingConfig,
    state: dict[str, Tensor],
    prior: Tensor,
    photographs: int,
    ranks: int,
    step: int,
) -> Path:
    """Write the averaged weights for use, and beside them how they came about, and a model card.

    Rebalancing that the run asks for on top of the loss's goes into the last layer's bias, and what
    of it is to be taken back on soft photos beside it.

    Args:
        config: of the run.
        state: of its network.
        prior: over the bins, ``(313,)``.
        photographs: how many it was trained on.
        ranks: how many processes trained together in the end. Between CPUs, each normalizes with
            its own crops, so it is part of the recipe.
        step: after which the weights were so; before the run's last one, where it kept its best
            or stopped early.
    """
    bias = model_entry(config.model).last.replace("weight", "bias")
    rarity = log_rarity(prior)
    if config.shift and config.loss != "mse":
        state = state | {bias: state[bias] + config.shift * rarity.to(state[bias])}
    if config.calm:
        state = state | {"calm": -config.calm * (rarity - rarity.mean()).to(state["calm"])}
    weights = weights_path(config)
    description: dict[str, Any] = {
        "model": config.model,
        "temperature": config.temperature,
        "size": config.size,
        "photographs": photographs,
        "step": step,
        "recipe": config.recipe() | {"ranks": ranks},
    }
    if config.start_from:
        description["started from"] = _origin(weights_file(config.start_from))
    write_bytes(weights.with_suffix(".json"), (json.dumps(description, indent=2) + "\n").encode())
    export_weights(weights, state, {"model": config.model})
    write_card(config.folder, description)
    return weights


def _origin(start: Path) -> dict[str, Any]:
    """Tell what is known of the weights that a run started from; their own origin included."""
    earlier = read_sidecar(sidecar_of(start))
    known = {name: earlier[name] for name in ("recipe", "started from") if name in earlier}
    return {"what": start.name} | known
