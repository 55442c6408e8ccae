"""How a run begins, or begins again: its photographs, its first weights, prior and state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.color.lab import rgb_to_lab
from colorize_core.color.rebalance import class_weights
from colorize_core.data import CropStream, Photographs, Share, shared_photographs
from colorize_core.models.files import check_finite
from colorize_core.models.loading import averaged_weights, read_weights, weights_file
from colorize_core.models.registry import REGRESSION_OUTPUTS, build_network
from colorize_core.models.window import ALIGNMENT
from colorize_core.training.appearance import Appearance
from colorize_core.training.average import MovingAverage
from colorize_core.training.checkpoints import (
    LATEST,
    load_checkpoint,
    load_optimizer,
    optimizer_state,
)
from colorize_core.training.config import TrainingConfig
from colorize_core.training.distributed import Ranks
from colorize_core.training.initialisation import lsuv
from colorize_core.training.losses import ClassificationLoss, RegressionLoss
from colorize_core.training.prior import measure_prior, read_prior
from colorize_core.training.sanity import overfit_one_batch

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a run stands when it starts.

    Attributes:
        step: that comes next; 0 in a new run.
        prior: over the bins, ``(313,)``, sums to 1.
        average: of the weights; on rank 0 only, which alone needs it.
        resumed: whether the run goes on from a checkpoint.
    """

    step: int
    prior: Tensor
    average: MovingAverage | None = None
    resumed: bool = False


def photographs_of(
    config: TrainingConfig, check: bool = True
) -> tuple[Photographs, Photographs | None]:
    """The photographs to train on, and those to validate with, if there are to be any.

    Args:
        config: of the run.
        check: whether to look for photographs that are in both; it takes a while.

    Raises:
        FileNotFoundError: a place does not exist, or holds no photographs.
        ValueError: a photograph is in both; the first few are named.
    """
    photographs = Photographs(config.photos)
    validation = None
    if config.held_out:
        photographs, validation = photographs.split(config.held_out)
    elif config.validation:
        validation = Photographs(config.validation)
    shared = shared_photographs(photographs, validation) if validation and check else []
    if shared:
        more = f" and {len(shared) - _NAMED} more" if len(shared) > _NAMED else ""
        advice = "let --held-out N keep N of PHOTOS for validation instead"
        if config.held_out:
            advice = "let colorize prepare leave out copies"
        raise ValueError(
            f"{len(shared)} of the photographs to validate with are also among those to train on, "
            f"so the figures would flatter: {', '.join(shared[:_NAMED])}{more}. Take them out of "
            f"one, or {advice}"
        )
    return photographs, validation


def stream_of(config: TrainingConfig, photographs: Photographs) -> CropStream:
    """The crops that a run learns from."""
    shares = [Share.parse(share) for share in config.shares]
    return CropStream(
        photographs, config.crop, config.smallest_crop, config.seed, config.largest_crop, shares
    )


def network_of(config: TrainingConfig, device: torch.device) -> Any:
    """The run's network with random weights. Parameters that it does not train are frozen.

    Raises:
        ValueError: it does not go with the loss or the size of the crops.
    """
    network = build_network(config.model, REGRESSION_OUTPUTS if config.loss == "mse" else BIN_COUNT)
    if config.crop % network.multiple:
        raise ValueError(
            f"crop must be a multiple of {network.multiple} for {config.model}; got {config.crop}"
        )
    if config.window and not network.takes_window:
        raise ValueError(f"{config.model} is trained on whole crops: it takes no window")
    if config.window % ALIGNMENT:
        raise ValueError(f"window must be a multiple of {ALIGNMENT}; got {config.window}")
    groups = network.parameter_groups(config.rate, config.encoder_rate)
    trained = {id(parameter) for group in groups for parameter in group["params"]}
    for parameter in network.parameters():
        parameter.requires_grad_(id(parameter) in trained)
    return network.to(device, memory_format=torch.channels_last)


def optimizer_of(config: TrainingConfig, network: Any) -> torch.optim.Optimizer:
    """The run's optimizer. Each group's ``initial_lr`` is its rate at the end of the warm-up."""
    groups = network.parameter_groups(config.rate, config.encoder_rate)
    for group in groups:
        group["initial_lr"] = group["lr"]
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, betas=config.betas, weight_decay=config.weight_decay)


def make_loss(
    config: TrainingConfig, prior: Tensor, device: torch.device
) -> ClassificationLoss | RegressionLoss:
    """The configured loss; ``plain`` is ``rebalanced`` with every class weighing the same."""
    if config.loss == "mse":
        return RegressionLoss()
    alpha = config.alpha if config.loss == "rebalanced" else 0.0
    return ClassificationLoss(class_weights(prior, config.gamma, alpha), config.neighbours, device)


def make_appearance(
    config: TrainingConfig, prior: Tensor, device: torch.device, half: bool
) -> Appearance | None:
    """What the run asks of the decoded colours; None for nothing.

    Raises:
        ImportError: it asks a classifier, whose wheels are not installed.
    """
    if not (config.distance or config.recognition):
        return None
    weights = class_weights(prior, config.gamma, config.alpha)
    return Appearance(config.distance, config.recognition, weights, device, half)


def begin(
    config: TrainingConfig,
    network: Any,
    optimizer: torch.optim.Optimizer,
    stream: CropStream,
    ranks: Ranks,
    note: Callable[[str, float], None],
) -> Beginning:
    """Give a run its weights and its state: from its checkpoint, or new ones.

    Rank 0 reads and measures; the others are told. Their weights come with
    :meth:`Ranks.parallel`.

    Args:
        config: of the run.
        network: its weights are set on rank 0.
        optimizer: its state is set.
        stream: of crops, from which first weights and prior are measured.
        ranks: that train together.
        note: takes sentences for people, and the sanity check's loss (else 0).

    Raises:
        FileNotFoundError: there is no file of the prior, or of the weights to start from.
        ValueError: a file is not what it should be; the sanity check failed.
        OSError: eight photographs in a row cannot be read.
    """
    begun = None
    if ranks.leads:
        checkpoint = config.folder / LATEST
        if checkpoint.is_file():
            begun = _resumed(config, network, optimizer, checkpoint, note)
        else:
            begun = _new(config, network, stream, ranks.device, note)
    tensors = None
    if begun:
        tensors = {"step": torch.tensor(begun.step), "prior": begun.prior}
        if ranks.count > 1:
            tensors |= optimizer_state(optimizer)
    told = ranks.from_leader(tensors)
    if begun:
        return begun
    step, prior = told.pop("step"), told.pop("prior")
    load_optimizer(optimizer, told)
    return Beginning(int(step), prior)


def _resumed(
    config: TrainingConfig,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    checkpoint: Path,
    note: Callable[[str, float], None],
) -> Beginning:
    average = MovingAverage(network, config.ema)
    step, prior, changes = load_checkpoint(checkpoint, network, average.state, optimizer, config)
    if changes:
        listed = ", ".join(f"{name} {now} (was {was})" for name, (was, now) in changes.items())
        note(f"goes on from step {step} with other settings: {listed}", 0.0)
    return Beginning(step, prior, average, resumed=True)


def _new(
    config: TrainingConfig,
    network: nn.Module,
    stream: CropStream,
    device: torch.device,
    note: Callable[[str, float], None],
) -> Beginning:
    _first_weights(network, config, stream, device)
    if config.prior:
        prior = read_prior(Path(config.prior))
    else:
        prior = measure_prior(stream, config.prior_photos, config.neighbours)
    if config.sanity:
        sanity = overfit_one_batch(network, stream, make_loss(config, prior, device), device)
        note(sanity.sentence, sanity.loss)
        sanity.check()
    return Beginning(0, prior, MovingAverage(network, config.ema))


def _first_weights(
    network: nn.Module, config: TrainingConfig, stream: CropStream, device: torch.device
) -> None:
    """Given weights, pretrained ones, or such as are fitted to the data."""
    if config.start_from:
        _take_weights(network, config)
        return
    network.initialise()  # type: ignore[operator]
    if network.pretrained_encoder is None:
        batch = torch.stack([stream[number] for number in range(8)]).to(device)
        lsuv(network, rgb_to_lab(batch.float() / 255.0)[:, :1])


def _take_weights(network: nn.Module, config: TrainingConfig) -> None:
    """Those that the run starts from: a model's by name, a file's, or a checkpoint's average."""
    path = weights_file(config.start_from or "")
    weights = averaged_weights(read_weights(path))
    check_finite(weights, path)
    try:
        missing, unexpected = network.load_state_dict(weights, strict=False)
    except RuntimeError:  # sizes differ
        unexpected = list(weights)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        outputs = "ab" if config.loss == "mse" else "a distribution over colours"
        raise ValueError(
            f"{path}: weights of another network than {config.model} with {outputs} as its output"
        )
