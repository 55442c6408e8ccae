"""The training loop, top to bottom.

    colorize train PHOTOS --validation PHOTOS --run runs/first
    torchrun --nproc-per-node 2 -m colorize_core.cli.app -- train PHOTOS --run runs/first

A run lives in one folder: ``latest.safetensors`` (everything needed to go on), sample grids,
learning curves, where it is asked for the best weights so far, and, at the end,
``MODEL.safetensors`` for use. Started again, it resumes, on as many ranks as it is then given. On a
CPU with one loader process and the same number of threads, a run that was killed and resumed ends
with the very same weights as one that was not.

``beginning`` says where a run starts, ``gradients`` what a batch asks of the weights, ``keeping``
what becomes of them, ``distributed`` how several processes train as one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader

from colorize_core.data import CropStream, ReferencedCrops, SeenCrops, batched
from colorize_core.locks import locked
from colorize_core.threads import free_cores
from colorize_core.training.beginning import (
    begin,
    network_of,
    optimizer_of,
    photographs_of,
    stream_of,
)
from colorize_core.training.checkpoints import LATEST
from colorize_core.training.config import TrainingConfig
from colorize_core.training.distributed import RankBatches, Ranks, join_ranks
from colorize_core.training.export import weights_path
from colorize_core.training.gates import Gates
from colorize_core.training.gradients import Gradients
from colorize_core.training.keeping import Keeper
from colorize_core.training.reports import StepReport, TakeReport, log_notes
from colorize_core.training.schedule import set_rates
from colorize_core.training.stopping import (
    Asked,
    StoppedRunError,
    leave_signals_to_the_parent,
    never,
)

_LOCK = ".lock"


def train(config: TrainingConfig, report: TakeReport = log_notes, asked: Asked = never) -> Path:
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
    with join_ranks(config.device) as ranks, _taken(config, ranks), _threads(config, report):
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


@contextmanager
def _threads(config: TrainingConfig, report: TakeReport) -> Iterator[None]:
    """Compute with as many threads as are asked for, or else as have a core to themselves.

    Threads wait for each other at every layer, so one whose core is taken holds up all.
    """
    before = torch.get_num_threads()
    count = config.threads
    if not count:
        count = before
        if before > 1 and "OMP_NUM_THREADS" not in os.environ:
            count = min(before, free_cores())
    if not config.threads and count < before:
        said = f"computes with {count} of {before} threads: other processes use the other cores"
        report(StepReport(0, config.steps, 0.0, 0, notes=(said,)))
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _train(config: TrainingConfig, report: TakeReport, ranks: Ranks, asked: Asked) -> Path:
    ranks.share(config.batch, config.accumulate)
    torch.manual_seed(config.seed)
    photographs, to_validate = photographs_of(config, check=ranks.leads)
    stream = stream_of(config, photographs)
    network = network_of(config, ranks.device)
    optimizer = optimizer_of(config, network)

    def note(sentence: str, loss: float) -> None:
        report(StepReport(0, config.steps, loss, 0, notes=(sentence,)))

    begun = begin(config, network, optimizer, stream, ranks, note)
    gradients = Gradients(config, network, begun.prior, ranks)
    gates = Gates(config, begun.prior, config.folder / LATEST)
    keeper = None
    if begun.average:  # on rank 0
        keeper = Keeper(
            config,
            network,
            optimizer,
            begun.average,
            begun,
            to_validate,
            gates,
            report,
            ranks.device,
        )

    done = begun.step
    through = ranks.any(bool(keeper and keeper.is_through))
    batches = () if through else gates.timed(batches_of(stream, config, ranks, done))
    for step, batch in zip(range(done, config.steps), batches, strict=False):
        set_rates(optimizer, config, step)
        computed, ab = gradients(step, *batch)
        if config.clip:
            nn.utils.clip_grad_norm_(network.parameters(), config.clip)
        optimizer.step()

        done, loss = step + 1, computed.item()
        gates.after_step(done, loss, ab)
        stops = done < config.steps and ranks.any(asked())
        validates = bool(to_validate) and _due(done, config.validate_every, config.steps)
        saves = _due(done, config.checkpoint_every, config.steps) or stops
        if keeper:
            keeper.average.update(network, step)
            figures = None
            if validates and not stops:  # it takes long
                figures = keeper.validate(done)
            if saves or keeper.is_through:
                keeper.save(done)
            keeper.tell(done, loss, figures)
        if validates or saves:
            ranks.wait()
        if stops:
            if keeper:
                keeper.close()
            raise StoppedRunError(done, config.folder / LATEST)
        if validates and ranks.any(bool(keeper and keeper.is_through)):
            break

    if keeper:
        keeper.finish(done, len(photographs), ranks.count)
    ranks.wait()
    return weights_path(config)


def batches_of(stream: CropStream, config: TrainingConfig, ranks: Ranks, start: int) -> DataLoader:
    """Load a rank's share of the run's batches from a step on, decoded ahead by other processes.

    Each batch is the crops, uint8 ``(batch / ranks, 3, crop, crop)``, sRGB, and the lightness that
    is seen, float32 ``(batch / ranks, 1, crop, crop)``, in 0..100; with references, a
    :class:`~colorize_core.data.second_views.ReferencedBatch`.
    """
    crops = SeenCrops(stream, config.ageing)
    return DataLoader(
        ReferencedCrops(crops, config.references) if config.references else crops,
        collate_fn=batched if config.references else None,
        batch_sampler=RankBatches(ranks, config.batch, start, config.steps),
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
        pin_memory=torch.cuda.is_available(),
        worker_init_fn=leave_signals_to_the_parent,
    )


def _due(done: int, every: int, steps: int) -> bool:
    return done % every == 0 or done == steps
