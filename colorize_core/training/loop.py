"""The training loop, top to bottom.

    colorize train PHOTOS --validation PHOTOS --run runs/first

A run lives in one folder: ``latest.safetensors`` (everything needed to go on), sample grids,
learning curves and, at the end, ``MODEL.safetensors`` for use. Started again, it resumes. On a
CPU with one loader process, a run that was killed and resumed ends with the very same weights as
one that was not.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from colorize_core.atomic import write_bytes
from colorize_core.color.gamut import BIN_COUNT
from colorize_core.color.lab import rgb_to_lab
from colorize_core.color.rebalance import class_weights, log_rarity
from colorize_core.data import CropStream, Photographs, simulate_hints
from colorize_core.engine.device import gains_from_bfloat16, pick_device
from colorize_core.models.files import export_weights, read_tensors
from colorize_core.models.registry import REGRESSION_OUTPUTS, build_network, model_entry
from colorize_core.training.average import MovingAverage
from colorize_core.training.checkpoints import LATEST, load_checkpoint, save_checkpoint
from colorize_core.training.config import TrainingConfig
from colorize_core.training.gates import Gates
from colorize_core.training.initialisation import lsuv
from colorize_core.training.logs import RunLogs
from colorize_core.training.losses import ClassificationLoss, RegressionLoss
from colorize_core.training.prior import measure_prior, read_prior
from colorize_core.training.sanity import overfit_one_batch
from colorize_core.training.schedule import rate_factor
from colorize_core.training.validation import Validation

Report = Callable[["Progress"], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run tells the outside after every step, and as step 0 after a sanity check.

    ``notes`` are sentences for people to read: warnings, and the sanity check's result.
    """

    step: int
    steps: int
    loss: float
    photos: int
    figures: dict[str, float] | None = None
    notes: tuple[str, ...] = ()


def log_notes(progress: Progress) -> None:
    """Pass a run's notes to Python's logging, where no one else takes its reports."""
    for note in progress.notes:
        _log.warning(note)


def train(config: TrainingConfig, report: Report = log_notes) -> Path:
    """Train, or go on training, and return the path of the final weights.

    Args:
        config: the run. Where its folder holds a checkpoint, the run goes on from there.
        report: called after every step, with figures when the run has just been validated.

    Raises:
        FileNotFoundError: there are no photographs, or no file of the prior.
        ValueError: the checkpoint in the folder belongs to another network, or is damaged; the
            prior's file is none; the sanity check failed.
        FloatingPointError: the loss or a weight is not finite; the last checkpoint is as it was.
    """
    torch.manual_seed(config.seed)
    device = pick_device(config.device)
    stream = CropStream(
        Photographs(config.photos), config.crop, config.smallest_crop, seed=config.seed
    )
    regression = config.loss == "mse"
    network = build_network(config.model, REGRESSION_OUTPUTS if regression else BIN_COUNT)
    network.to(device, memory_format=torch.channels_last)
    checkpoint = config.folder / LATEST
    resumes = checkpoint.is_file()
    if not resumes:
        _start(network, config, stream, device)
    groups = network.parameter_groups(config.rate, config.encoder_rate)
    rates = [group["lr"] for group in groups]
    optimizer = _optimizer(config, groups)
    average = MovingAverage(network, config.ema)
    config.folder.mkdir(parents=True, exist_ok=True)
    if resumes:
        start, prior = load_checkpoint(checkpoint, network, average.state, optimizer)
    else:
        start, prior = 0, _prior(config, stream)
    loss_of = make_loss(config, prior, device)
    if config.sanity and not resumes:
        sanity = overfit_one_batch(network, stream, loss_of, device)
        report(Progress(0, config.steps, sanity.loss, 0, notes=(sanity.sentence,)))
        sanity.check()
    gates = Gates(config, prior, checkpoint)
    validation = Validation(config, device) if config.validation else None
    logs = RunLogs(config.folder, resumes)
    half = gains_from_bfloat16(device)

    batches = gates.timed(_batches(stream, config, start))
    for step, rgb in zip(range(start, config.steps), batches, strict=False):
        lab = rgb_to_lab(rgb.to(device, non_blocking=True).float() / 255.0)
        lightness, ab = lab[:, :1], lab[:, 1:]
        hints = None
        if network.takes_hints and config.hints > 0:
            drawn = torch.Generator().manual_seed(config.seed * 2**40 + step)
            hints = simulate_hints(ab, drawn, none_share=1 - config.hints)

        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * rate_factor(config, step)
        network.train()
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            output = network(lightness.contiguous(memory_format=torch.channels_last), hints)
        loss = loss_of(output, ab)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if config.clip:
            nn.utils.clip_grad_norm_(network.parameters(), config.clip)
        optimizer.step()
        average.update(network, step)

        done, value = step + 1, loss.item()
        gates.after_step(done, value, ab)
        figures = None
        if validation and (done % config.validate_every == 0 or done == config.steps):
            figures = validation(average.state, config.folder / "samples" / f"{done:07d}.png")
            gates.after_validation(done, figures)
            logs.write("validation", figures, done)
        if done % 10 == 0:
            logs.write("training", {"loss": value, "rate": group["lr"]}, done)
        if done % config.checkpoint_every == 0 or done == config.steps:
            gates.before_checkpoint(done, network)
            save_checkpoint(
                checkpoint, network, average.state, optimizer, prior, done, config.to_json()
            )
        notes = gates.take_notes()
        report(Progress(done, config.steps, value, done * config.batch, figures, notes))

    logs.close()
    return export(config, average.state, prior, len(stream.photographs))


def make_loss(config: TrainingConfig, prior: Tensor, device: torch.device):
    """The configured loss; ``plain`` is ``rebalanced`` with every class weighing the same."""
    if config.loss == "mse":
        return RegressionLoss()
    alpha = config.alpha if config.loss == "rebalanced" else 0.0
    return ClassificationLoss(class_weights(prior, config.gamma, alpha), config.neighbours, device)


def export(
    config: TrainingConfig, state: dict[str, Tensor], prior: Tensor, photographs: int
) -> Path:
    """Write the averaged weights for use, and beside them how they came about.

    Rebalancing that the run asks for on top of the loss's goes into the last layer's bias.
    """
    if config.shift and config.loss != "mse":
        bias = model_entry(config.model).last.replace("weight", "bias")
        rarity = log_rarity(prior).to(state[bias])
        state = state | {bias: state[bias] + config.shift * rarity}
    weights = config.folder / f"{config.model}.safetensors"
    description = {
        "model": config.model,
        "temperature": config.temperature,
        "size": config.size,
        "photographs": photographs,
        "recipe": config.recipe(),
    }
    write_bytes(weights.with_suffix(".json"), (json.dumps(description, indent=2) + "\n").encode())
    export_weights(weights, state, {"model": config.model})
    return weights


def _prior(config: TrainingConfig, stream: CropStream) -> Tensor:
    """A new run's prior: the given one, or the stream's."""
    if config.prior:
        return read_prior(Path(config.prior))
    return measure_prior(stream, config.prior_photos, config.neighbours)


def _start(
    network: nn.Module, config: TrainingConfig, stream: CropStream, device: torch.device
) -> None:
    """Give a new run its first weights: given ones, pretrained ones, or fitted to the data."""
    if config.start_from:
        weights, _ = read_tensors(Path(config.start_from))
        missing, unexpected = network.load_state_dict(weights, strict=False)
        if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
            raise ValueError(f"{config.start_from}: weights of another network than {config.model}")
        return
    network.initialise()  # type: ignore[operator]
    if not hasattr(network, "encoder"):
        batch = torch.stack([stream[number] for number in range(8)]).to(device)
        lsuv(network, rgb_to_lab(batch.float() / 255.0)[:, :1])


def _optimizer(config: TrainingConfig, groups: list[dict]) -> torch.optim.Optimizer:
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, betas=(0.9, 0.99), weight_decay=config.weight_decay)


def _batches(stream: CropStream, config: TrainingConfig, start: int):
    """Batches of the stream from a step on, decoded ahead by the loader's processes."""
    return DataLoader(
        stream,
        batch_size=config.batch,
        sampler=range(start * config.batch, config.steps * config.batch),
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
        pin_memory=torch.cuda.is_available(),
    )
