"""The training loop, top to bottom.

    colorize train PHOTOS --validation PHOTOS --run runs/first
    torchrun --nproc-per-node 2 -m colorize_core.cli.app -- train PHOTOS --run runs/first

A run lives in one folder: ``latest.safetensors`` (everything needed to go on), sample grids,
learning curves, where it is asked for the best weights so far, and, at the end,
``MODEL.safetensors`` for use. Started again, it resumes, on as
many ranks as it is then given. On a CPU with one loader process, a run that was killed and resumed
ends with the very same weights as one that was not.

``beginning`` says where a run starts, ``step`` what it does with a batch, ``distributed`` how
several processes train as one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from colorize_core.data import CropStream, SeenCrops
from colorize_core.locks import locked
from colorize_core.training.beginning import (
    begin,
    make_appearance,
    make_loss,
    network_of,
    optimizer_of,
    photographs_of,
    stream_of,
)
from colorize_core.training.best import Best
from colorize_core.training.checkpoints import LATEST, save_checkpoint
from colorize_core.training.config import TrainingConfig
from colorize_core.training.distributed import RankBatches, Ranks, join_ranks
from colorize_core.training.export import export, weights_path
from colorize_core.training.gates import Gates
from colorize_core.training.logs import RunLogs
from colorize_core.training.step import Step, in_half
from colorize_core.training.stopping import (
    Asked,
    StoppedRunError,
    leave_signals_to_the_parent,
    never,
)
from colorize_core.training.validation import Validation

Report = Callable[["Progress"], None]
_log = logging.getLogger(__name__)
_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run tells the outside after every step, and as step 0 of what comes before.

    ``notes`` are sentences for people to read: warnings, the sanity check's result, and what has
    changed since the run was started first.
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


def train(config: TrainingConfig, report: Report = log_notes, asked: Asked = never) -> Path:
    """Train, or go on training, and return the path of the final weights.

    Processes that torchrun starts train as one: every one of them calls this.

    Args:
        config: the run. Where its folder holds a checkpoint, the run goes on from there.
        report: called on rank 0 after every step, with figures when the run has just been
            validated.
        asked: looked at after every step, on every rank: whether the run is to end now.

    Raises:
        StoppedRunError: it was asked to end, and has written a checkpoint.
        FileNotFoundError: there are no photographs, or no file of the prior.
        ValueError: the checkpoint in the folder belongs to another network or a later version, or
            is damaged; photographs to validate with are among those to train on; the prior's file
            is none; the sanity check failed; the settings do not go together.
        FloatingPointError: the loss or a weight is not finite; the last checkpoint is as it was.
        OSError: photographs cannot be read, or the run's files not written; the last checkpoint is
            as it was.
        HeldError: another process trains in the folder; it is named.
        ConnectionError: another rank has ended before its time.
    """
    with join_ranks(config.device) as ranks, _taken(config, ranks):
        return _train(config, report, ranks, asked)


@contextmanager
def _taken(config: TrainingConfig, ranks: Ranks) -> Iterator[None]:
    """Keep other processes out of the run's folder: they would write over each other's files."""
    if not ranks.leads:
        yield
        return
    missing = [path for path in (config.folder, *config.folder.parents) if not path.exists()]
    config.folder.mkdir(parents=True, exist_ok=True)
    refusal = f"{config.folder}: the run is being trained by"
    try:
        with locked(config.folder / _LOCK, refusal=refusal):
            yield
    finally:
        if missing and [path.name for path in config.folder.iterdir()] == [_LOCK]:
            (config.folder / _LOCK).unlink()  # nothing has come of it, as without photographs
            with suppress(OSError):  # others may have put something beside it
                for path in missing:
                    path.rmdir()


def _train(config: TrainingConfig, report: Report, ranks: Ranks, asked: Asked) -> Path:
    ranks.share(config.batch, config.accumulate)
    torch.manual_seed(config.seed)
    photographs, to_validate = photographs_of(config, check=ranks.leads)
    stream = stream_of(config, photographs)
    network = network_of(config, ranks.device)
    optimizer = optimizer_of(config, network)

    def note(sentence: str, loss: float) -> None:
        report(Progress(0, config.steps, loss, 0, notes=(sentence,)))

    begun = begin(config, network, optimizer, stream, ranks, note)
    parallel = ranks.parallel(network, all_used=config.hints > 0 or not network.takes_hints)
    loss_of = make_loss(config, begun.prior, ranks.device)
    half = in_half(config, ranks.device)
    appearance = make_appearance(config, begun.prior, ranks.device, half)
    take_step = Step(config, network, parallel, optimizer, loss_of, ranks, appearance)
    checkpoint = config.folder / LATEST
    gates = Gates(config, begun.prior, checkpoint)
    average, validation, logs = begun.average, None, None
    best = Best(config, begun.resumed) if ranks.leads else None
    if ranks.leads:
        logs = RunLogs(config.folder, begun.resumed)
        validation = Validation(config, to_validate, ranks.device) if to_validate else None

    done = begun.step
    ends = ranks.any(bool(best and best.is_long_ago(done)))
    batches = () if ends else gates.timed(batches_of(stream, config, ranks, begun.step))
    for step, (rgb, lightness) in zip(range(begun.step, config.steps), batches, strict=False):
        loss, ab = take_step(step, rgb, lightness)
        done = step + 1
        gates.after_step(done, loss, ab)
        stops = done < config.steps and ranks.any(asked())
        validates = bool(to_validate) and _due(done, config.validate_every, config.steps)
        saves = _due(done, config.checkpoint_every, config.steps) or stops
        if average and logs and best:  # rank 0; the others have nothing to keep
            average.update(network, step)
            figures = None
            if validates and validation and not stops:  # it takes long
                figures = validation(average.state, config.folder / "samples" / f"{done:07d}.png")
                gates.after_validation(done, figures)
                best.take(done, figures, average.state)
                ends = best.is_long_ago(done) and done < config.steps
                logs.write("validation", figures, done)
            if done % 10 == 0:
                rate = optimizer.param_groups[-1]["lr"]
                logs.write("training", {"loss": loss, "rate": rate}, done)
            if saves or ends:
                gates.before_checkpoint(done, network)
                save_checkpoint(
                    checkpoint,
                    network,
                    average.state,
                    optimizer,
                    begun.prior,
                    done,
                    config.to_json(),
                )
            notes = gates.take_notes() + ((best.farewell,) if ends else ())
            report(Progress(done, config.steps, loss, done * config.batch, figures, notes))
        if validates or saves:
            ranks.wait()
        if stops:
            if logs:
                logs.close()
            raise StoppedRunError(done, checkpoint)
        if validates and ranks.any(ends):
            break

    if average and logs and best:
        logs.close()
        step, state = best.chosen(done, average.state)
        export(config, state, begun.prior, len(photographs), ranks.count, step)
    ranks.wait()
    return weights_path(config)


def batches_of(stream: CropStream, config: TrainingConfig, ranks: Ranks, start: int) -> DataLoader:
    """A rank's share of the run's batches from a step on, decoded ahead by loader processes.

    Each is the crops, uint8 ``(batch / ranks, 3, crop, crop)``, sRGB, and the lightness that is
    seen, float32 ``(batch / ranks, 1, crop, crop)``, in 0..100.
    """
    return DataLoader(
        SeenCrops(stream, config.ageing),
        batch_sampler=RankBatches(ranks, config.batch, start, config.steps),
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
        pin_memory=torch.cuda.is_available(),
        worker_init_fn=leave_signals_to_the_parent,
    )


def _due(done: int, every: int, steps: int) -> bool:
    return done % every == 0 or done == steps
