"""Checkpoints: the whole state of a run in one safetensors file, written atomically.

Nothing in it is executable. Weights alone, for use, are written by
:func:`colorize_core.models.files.export_weights`.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from colorize_core.models.files import read_tensors, write_tensors

LATEST = "latest.safetensors"
_FORMAT = "colorize-checkpoint-1"


def save_checkpoint(
    path: Path,
    network: nn.Module,
    ema: dict[str, Tensor],
    optimizer: torch.optim.Optimizer,
    prior: Tensor,
    step: int,
    config: str,
) -> None:
    """Write everything that a run needs to go on as if it had never stopped."""
    tensors = {f"network/{name}": tensor for name, tensor in network.state_dict().items()}
    tensors |= {f"ema/{name}": tensor for name, tensor in ema.items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{number}/{name}": tensor for name, tensor in state.items()}
    tensors["prior"] = prior
    write_tensors(path, tensors, {"format": _FORMAT, "step": str(step), "config": config})


def load_checkpoint(
    path: Path,
    network: nn.Module,
    ema: dict[str, Tensor],
    optimizer: torch.optim.Optimizer,
) -> tuple[int, Tensor]:
    """Put a run's state back.

    Returns:
        The step that comes next and the prior over the bins.

    Raises:
        ValueError: the file is no checkpoint of this project or of another network.
    """
    tensors, metadata = read_tensors(path)
    if metadata.get("format") != _FORMAT:
        raise ValueError(f"{path}: not a training checkpoint")
    parts: dict[str, dict[str, Tensor]] = {"network": {}, "ema": {}, "optimizer": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition("/")
        if part in parts:
            parts[part][rest] = tensor
    try:
        network.load_state_dict(parts["network"], strict=True)
    except RuntimeError as error:
        raise ValueError(f"{path}: holds another network: {error}") from error
    for name, average in ema.items():
        average.copy_(parts["ema"][name])
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in parts["optimizer"].items():
        number, _, field = name.partition("/")
        state.setdefault(int(number), {})[field] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    return int(metadata["step"]), tensors["prior"]


def checkpoint_config(path: Path) -> str:
    """The configuration, as JSON, of the run that wrote a checkpoint."""
    return read_tensors(path)[1]["config"]
