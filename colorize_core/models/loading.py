"""Loading of networks with their weights, by name or from a file.

Files are safetensors; PyTorch's own ``.pth`` is accepted where it holds tensors and nothing
else. What network a file belongs to, and how many outputs it has, is read off its tensors.
"""

from __future__ import annotations

import math
import os
import pickle
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from colorize_core.color.encoding import PAPER_TEMPERATURE
from colorize_core.models.earlier import up_to_date
from colorize_core.models.files import check_finite, read_tensors
from colorize_core.models.network import Network
from colorize_core.models.registry import (
    DEFAULT_SIZE,
    DEFAULT_SMALLEST,
    MODELS,
    build_network,
    model_entry,
    read_sidecar,
    sidecar_of,
)
from colorize_core.remedies import Remedy
from colorize_core.sharing.hub import HubName, hub_weights, is_hub_name


class NoWeightsError(FileNotFoundError):
    """A model comes without weights, and none were named."""

    remedy = Remedy.TRAIN


class NotFetchedError(NoWeightsError):
    """A model's authors have published weights, but they are not on this machine."""

    remedy = Remedy.FETCH


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A network with weights, and the settings it was tuned for.

    Attributes:
        name: of the registered model.
        network: called with lightness and hints.
        temperature: of the annealed mean.
        size: short side, in pixels, of what the network likes to see.
        smallest: short side to which smaller photos are blown up for it.
    """

    name: str
    network: Network = field(repr=False)
    temperature: float
    size: int
    smallest: int = DEFAULT_SMALLEST

    def side_for(self, own: int, most: int | None = None) -> int:
        """Choose the short side, in pixels, at which the network sees a photo.

        Args:
            own: the photo's short side.
            most: to see it at where it is no smaller; None takes :attr:`size`.
        """
        return min(most or self.size, max(own, self.smallest))


def load_model(model: str | os.PathLike[str]) -> LoadedModel:
    """Load a registered model that has weights here, or weights from a file or the hub.

    Raises:
        ValueError: no such model; or the file is damaged, holds code, or is of no known network;
            or what its sidecar says cannot be used.
        FileNotFoundError: there are no weights.
    """
    path = weights_file(model)
    weights = up_to_date(averaged_weights(read_weights(path)))
    name, outputs = identify(weights, path)
    network = _network_with(weights, name, outputs, path)
    sidecar = sidecar_of(path)
    chosen = read_sidecar(sidecar)
    temperature = chosen.get("temperature", PAPER_TEMPERATURE)
    size = chosen.get("size", DEFAULT_SIZE)
    if not _is_number(temperature) or not 0.0 < temperature <= 1.0:
        raise ValueError(
            f"{sidecar}: the temperature must be above 0 and at most 1; got {temperature!r}"
        )
    if not _is_number(size) or size != int(size) or not 32 <= size <= 2048:
        raise ValueError(f"{sidecar}: the size must be within 32..2048 pixels; got {size!r}")
    smallest = chosen.get("smallest", min(DEFAULT_SMALLEST, size))
    if not _is_number(smallest) or smallest != int(smallest) or not 32 <= smallest <= size:
        raise ValueError(
            f"{sidecar}: the smallest size must be within 32..{size}; got {smallest!r}"
        )
    return LoadedModel(name, network, float(temperature), int(size), int(smallest))


def weights_file(model: str | os.PathLike[str]) -> Path:
    """Find where the weights of a model lie; a path is given back.

    A name is a registered model's, whose authors' weights may have been fetched, or
    ``hf:OWNER/NAME[@REVISION]``, which is fetched from the hub unless it is on this machine.

    Raises:
        ValueError: no such model, or the hub holds no safetensors of that name.
        FileNotFoundError: no weights come with the model; the message says what to do.
        OSError: they cannot be fetched from the hub.
        ImportError: the hub's library is missing.
    """
    if isinstance(model, str) and is_hub_name(model):
        return hub_weights(model)
    if isinstance(model, str) and model in MODELS:
        entry = model_entry(model)
        if not entry.ships:
            if entry.published and entry.published.path.is_file():
                return entry.published.path
            if entry.published:
                raise NotFetchedError(
                    f"no weights for {model} come with this package, and its authors' have not "
                    "been fetched"
                )
            raise NoWeightsError(
                f"no weights for {model} come with this package; give the path of a weights file "
                "as the model instead, or train some"
            )
        return entry.weights
    path = Path(model)
    if not path.suffix:
        model_entry(str(model))  # raises: lists the names there are
    return path


def usable_models() -> list[tuple[str, bool]]:
    """List the registered models whose weights are on this machine, and whether they take hints."""
    found = []
    for name, entry in MODELS.items():
        try:
            there = weights_file(name).is_file()
        except FileNotFoundError:
            there = False
        if there:
            found.append((name, entry.takes_hints))
    return found


def short_name(model: str) -> str:
    """Give the name that people see: a registered one, a hub's without its owner, a file's."""
    if model in MODELS:
        return model
    return HubName.parse(model).name if is_hub_name(model) else Path(model).stem


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a weights file; nothing in it is ever executed.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, or holds more than tensors.
    """
    if path.suffix.lower() not in (".pth", ".pt"):
        return read_tensors(path)[0]
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"{path}: refused: it is damaged, or holds code that loading it would run"
        ) from error
    except Exception as error:  # broken pickles bring the reader to raise nearly anything
        reason = str(error) or type(error).__name__
        raise ValueError(f"{path}: damaged: {reason.splitlines()[0]}") from error
    if not isinstance(content, dict) or not all(isinstance(v, Tensor) for v in content.values()):
        raise ValueError(f"{path}: not a state dict of tensors")
    return content


def identify(weights: dict[str, Tensor], path: Path) -> tuple[str, int]:
    """Tell the name and number of outputs of the network of weights.

    Raises:
        ValueError: it is none of those that are registered.
    """
    for name, entry in MODELS.items():
        outputs = entry.outputs_of(weights)
        if outputs is not None:
            return name, outputs
    known = ", ".join(MODELS)
    raise ValueError(f"{path}: weights of another architecture; known are {known}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and type(value) is not bool and math.isfinite(value)


def averaged_weights(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Take the averaged weights of a training checkpoint; leave other weights as they are."""
    prefix = "ema/"
    averaged = {n.removeprefix(prefix): t for n, t in weights.items() if n.startswith(prefix)}
    return averaged or weights


def _network_with(weights: dict[str, Tensor], name: str, outputs: int, path: Path) -> Network:
    """Make the network, whose own first weights are never made: only their shapes are."""
    with torch.device("meta"):
        network = build_network(name, outputs, weights)
    wanted = network.state_dict()
    for key, tensor in wanted.items():
        if key.endswith("num_batches_tracked"):
            # zeros_like of a tensor without data would import sympy
            weights.setdefault(key, torch.zeros(tensor.shape, dtype=tensor.dtype))
    wrong = [k for k in wanted.keys() & weights.keys() if wanted[k].shape != weights[k].shape]
    wrong += wanted.keys() ^ weights.keys()
    if wrong:
        raise ValueError(
            f"{path}: not weights of this {name}: {len(wrong)} tensors differ, such as {wrong[0]}"
        )
    for key, tensor in wanted.items():
        if tensor.is_floating_point() and not weights[key].is_floating_point():
            raise ValueError(f"{path}: damaged: {key} holds {weights[key].dtype}, no real numbers")
    ready = {key: weights[key].to(tensor.dtype) for key, tensor in wanted.items()}
    check_finite(ready, path)
    network.load_state_dict(ready, assign=True)
    return network
