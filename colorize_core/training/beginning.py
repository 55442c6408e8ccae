"""Beginning and resuming a run: its photographs, its first weights, prior and state."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from colorize_core.color.gamut import BIN_COUNT
from colorize_core.color.lab import rgb_to_lab
from colorize_core.data import CropStream, Photographs, Share, shared_photographs
from colorize_core.models.earlier import up_to_date
from colorize_core.models.files import check_finite
from colorize_core.models.loading import averaged_weights, read_weights, weights_file
from colorize_core.models.registry import REGRESSION_OUTPUTS, build_network
from colorize_core.remedies import Remedy
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
from colorize_core.training.losses import make_loss
from colorize_core.training.prior import measure_prior, read_prior
from colorize_core.training.sanity import overfit_one_batch
from colorize_core.training.settings import SettingError

_NAMED = 5


class SharedPhotographsError(ValueError):
    """Photographs to validate with that are also trained on; the first few are named.

    Args:
        shared: their names.
        held_out: whether they are copies of some that were held out, not others that were given.
    """

    def __init__(self, shared: list[str], held_out: bool) -> None:
        more = f" and {len(shared) - _NAMED} more" if len(shared) > _NAMED else ""
        super().__init__(
            f"{len(shared)} of the photographs to validate with are also among those to train on, "
            f"so the figures would flatter: {', '.join(shared[:_NAMED])}{more}. Take them out of "
            f"{'the photographs' if held_out else 'one of the two'}"
        )
        self.remedy = Remedy.NO_COPIES if held_out else Remedy.HOLD_OUT


@dataclass(frozen=True, slots=True)
class Beginning:
    """The place where a run stands when it starts.

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
    """Find the photographs to train on, and those to validate with, if there are to be any.

    Args:
        config: of the run.
        check: whether to look for photographs that are in both; it takes a while.

    Raises:
        FileNotFoundError: a place does not exist, or holds no photographs.
        SharedPhotographsError: a photograph is in both.
    """
    photographs = Photographs(config.photos)
    validation = None
    if config.held_out:
        photographs, validation = photographs.split(config.held_out)
    elif config.validation:
        validation = Photographs(config.validation)
    shared = shared_photographs(photographs, validation) if validation and check else []
    if shared:
        raise SharedPhotographsError(shared, held_out=bool(config.held_out))
    return photographs, validation


def stream_of(config: TrainingConfig, photographs: Photographs) -> CropStream:
    """Make the stream of crops that a run learns from."""
    shares = [Share.parse(share) for share in config.shares]
    return CropStream(
        photographs, config.crop, config.smallest_crop, config.seed, config.largest_crop, shares
    )


def network_of(config: TrainingConfig, device: torch.device) -> Any:
    """Build the run's network with random weights; what it does not train is frozen.

    Of networks that come in several sizes it takes that of the weights that it starts from.

    Raises:
        ValueError: it does not go with the loss or the size of the crops.
    """
    outputs = REGRESSION_OUTPUTS if config.loss == "mse" else BIN_COUNT
    network = build_network(config.model, outputs, _given_weights(config))
    if config.crop % network.multiple:
        raise SettingError(
            "crop",
            f"must be a multiple of {network.multiple} for {config.model}; got {config.crop}",
        )
    if config.window and not network.takes_window:
        raise SettingError("window", f"does not go with {config.model}, which sees whole crops")
    if config.references and not network.takes_references:
        raise SettingError("references", f"do not go with {config.model}, which copies no colours")
    for name in ("drop_path", "dropout"):
        if getattr(config, name) and not network.takes_regularisation:
            raise SettingError(name, f"does not go with {config.model}, which leaves nothing out")
    if config.calm and not (network.takes_calm and config.loss != "mse"):
        raise SettingError("calm", f"does not go with {config.model} and {config.loss} loss")
    network.regularise(config.drop_path, config.dropout)
    groups = network.parameter_groups(config.rate, config.encoder_rate)
    trained = {id(parameter) for group in groups for parameter in group["params"]}
    for parameter in network.parameters():
        parameter.requires_grad_(id(parameter) in trained)
    return network.to(device, memory_format=torch.channels_last)


def _given_weights(config: TrainingConfig) -> dict[str, Tensor] | None:
    """Look at the weights that a run starts from; what is wrong with them is told later."""
    checkpoint = config.folder / LATEST
    with suppress(OSError, ValueError):
        if checkpoint.is_file():
            return averaged_weights(read_weights(checkpoint))
        if config.start_from:
            return averaged_weights(read_weights(weights_file(config.start_from)))
    return None


def optimizer_of(config: TrainingConfig, network: Any) -> torch.optim.Optimizer:
    """Make the optimizer; each group's ``initial_lr`` is its rate at the end of the warm-up."""
    groups = network.parameter_groups(config.rate, config.encoder_rate)
    for group in groups:
        group["initial_lr"] = group["lr"]
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, betas=config.betas, weight_decay=config.weight_decay)


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
    network: Any, config: TrainingConfig, stream: CropStream, device: torch.device
) -> None:
    """Set given weights, pretrained ones, or such as are fitted to the data."""
    if config.start_from:
        _take_weights(network, config)
        return
    network.initialise()
    if network.pretrained_encoder is None:
        batch = torch.stack([stream[number] for number in range(8)]).to(device)
        lsuv(network, rgb_to_lab(batch.float() / 255.0)[:, :1])


def _take_weights(network: nn.Module, config: TrainingConfig) -> None:
    """Set the weights to start from: a model's by name, a file's, or a checkpoint's average."""
    path = weights_file(config.start_from or "")
    weights = up_to_date(averaged_weights(read_weights(path)))
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
