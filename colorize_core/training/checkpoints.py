"""Checkpoints: the whole state of a run in one safetensors file, written atomically.

Nothing in it is executable. Weights alone, for use, are written by
:func:`colorize_core.models.files.export_weights`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from colorize_core.models.earlier import up_to_date
from colorize_core.models.files import check_finite, read_tensors, write_tensors
from colorize_core.remedies import Remedy
from colorize_core.training.config import KEPT, TrainingConfig

LATEST = "latest.safetensors"
_FORMAT = "colorize-checkpoint-"
_VERSION = 1
_ADVICE = "move it away to start the run anew, or train in another folder"


class OtherRunError(ValueError):
    """A refusal to go on with other settings; the message says which, and why."""

    remedy = Remedy.OTHER_RUN


def save_checkpoint(
    path: Path,
    network: nn.Module,
    ema: dict[str, Tensor],
    optimizer: torch.optim.Optimizer,
    prior: Tensor,
    step: int,
    config: str,
) -> None:
    """Write everything that a run needs to go on as if it had never stopped.

    Raises:
        OSError: it cannot be written; the last checkpoint is as it was.
    """
    tensors = {f"network/{name}": tensor for name, tensor in network.state_dict().items()}
    tensors |= {f"ema/{name}": tensor for name, tensor in ema.items()}
    tensors |= {f"optimizer/{name}": value for name, value in optimizer_state(optimizer).items()}
    tensors["prior"] = prior
    metadata = {"format": f"{_FORMAT}{_VERSION}", "step": str(step), "config": config}
    write_tensors(path, tensors, metadata, sealed=True)


def load_checkpoint(
    path: Path,
    network: nn.Module,
    ema: dict[str, Tensor],
    optimizer: torch.optim.Optimizer,
    config: TrainingConfig,
) -> tuple[int, Tensor, dict[str, tuple[Any, Any]]]:
    """Put a run's state back.

    Args:
        path: of the checkpoint.
        network: takes its weights.
        ema: takes the averaged ones.
        optimizer: takes its state, and keeps its own rates.
        config: with which the run is to go on.

    Returns:
        The step that comes next, the prior over the bins, and the settings that have changed:
        name -> (then, now).

    Raises:
        ValueError: the file is damaged, no checkpoint of this project, or from a later version of
            it.
        OtherRunError: the run cannot go on with such settings.
    """
    try:
        tensors, metadata = read_tensors(path)
        check_finite(tensors, path)
    except ValueError as error:
        raise ValueError(f"{error}: {_ADVICE}") from error
    _check_format(path, metadata.get("format", ""))
    try:
        step, earlier = int(metadata["step"]), dict(json.loads(metadata["config"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: a damaged checkpoint ({error!r}): {_ADVICE}") from error
    changes = config.changes_since(earlier)
    for name in KEPT:
        if name in changes:
            then, now = changes[name]
            raise OtherRunError(
                f"{path}: a run with {name} {then} cannot go on with {now}: {KEPT[name]}"
            )
    parts: dict[str, dict[str, Tensor]] = {"network": {}, "ema": {}, "optimizer": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition("/")
        if part in parts:
            parts[part][rest] = tensor
    try:
        network.load_state_dict(up_to_date(parts["network"]), strict=True)
        averages = up_to_date(parts["ema"])
        for name, average in ema.items():
            average.copy_(averages[name])
        load_optimizer(optimizer, parts["optimizer"])
        return step, tensors["prior"], changes
    except (RuntimeError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path}: holds another network than this {config.model}, or not all of it "
            f"({str(error).splitlines()[0]}): {_ADVICE}"
        ) from error


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """List what an optimizer remembers, named ``parameter/field``; parameters have numbers."""
    return {
        f"{number}/{field}": tensor
        for number, state in optimizer.state_dict()["state"].items()
        for field, tensor in state.items()
    }


def load_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Give an optimizer what :func:`optimizer_state` took from another of the same parameters.

    Raises:
        ValueError: they are of other parameters.
    """
    groups = optimizer.state_dict()["param_groups"]
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        number, _, field = name.partition("/")
        if int(number) >= len(parameters) or (
            tensor.ndim and tensor.shape != parameters[int(number)].shape
        ):
            raise ValueError(f"the optimizer's {name} is of another parameter")
        state.setdefault(int(number), {})[field] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _check_format(path: Path, name: str) -> None:
    version = name.removeprefix(_FORMAT)
    if not name.startswith(_FORMAT) or not version.isdecimal():
        raise ValueError(f"{path}: not a training checkpoint: {_ADVICE}")
    if int(version) > _VERSION:
        raise ValueError(
            f"{path}: a checkpoint in format {version}, from a later version of colorize; this one "
            f"reads format {_VERSION}. Update colorize to go on with this run"
        )
