"""Several processes that train as one: what torchrun starts, and what they tell each other.

    torchrun --nproc-per-node 2 -m colorize_core.cli.app -- train PHOTOS --run runs/first

(The lone ``--`` keeps torchrun from taking ``--run`` for an abbreviation of its own options.)

Each process is a rank. All hold the same weights; every rank works on its slice of each batch, and
PyTorch's DistributedDataParallel averages their gradients: over NCCL between GPUs, one GPU a rank,
and over Gloo between CPUs. Rank 0 leads: it alone measures, validates, writes and reports, and the
others wait for it. A process that nothing but itself has started is the one rank of its run, and
nothing here does anything then.

BatchNorm normalizes with the statistics of what one process sees at a time. Between GPUs it is
therefore replaced by PyTorch's SyncBatchNorm, whose statistics are those of all ranks. That does
not exist for CPUs: there each rank normalizes with its own slice, and the running statistics that
are kept are those of rank 0, whose buffers go to all ranks before each step.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import Sampler

from colorize_core.engine.device import pick_device
from colorize_core.training.settings import SettingError

# How long ranks wait while rank 0 measures the prior, validates or writes. Where rank 0 ends
# instead, the others notice at once.
PATIENCE = timedelta(hours=6)


def leads() -> bool:
    """Tell whether this process is rank 0 of those that torchrun started, or the only one."""
    return int(os.environ.get("RANK", "0")) == 0


@dataclass(frozen=True, slots=True)
class Ranks:
    """The processes that train together, seen from one of them.

    Attributes:
        device: where this one computes.
        rank: its number, from 0.
        count: how many there are.
        control: the group, over Gloo, in which they wait for rank 0; None where there is one.
    """

    device: torch.device
    rank: int = 0
    count: int = 1
    control: dist.ProcessGroup | None = None

    @property
    def leads(self) -> bool:
        """Whether this is rank 0."""
        return self.rank == 0

    def share(self, batch: int, accumulate: int) -> int:
        """Tell how many crops of a batch are this rank's.

        Raises:
            SettingError: the batch cannot be divided into so many equal parts.
        """
        if batch % (self.count * accumulate):
            raise SettingError(
                "batch",
                f"must be a multiple of {self.count * accumulate}, so that {self.count} ranks can "
                f"share it in {accumulate} parts; got {batch}",
            )
        return batch // self.count

    def numbers(self, step: int, batch: int) -> range:
        """List the numbers of this rank's crops at a step, in the order of the run's crops."""
        share = batch // self.count
        first = step * batch + self.rank * share
        return range(first, first + share)

    def parallel(self, network: nn.Module, all_used: bool = True) -> nn.Module:
        """Give the network rank 0's weights, and gradients that become those of all ranks.

        The network itself stays the one to read weights from. Call this when nothing but the
        training itself is left to do with it.

        Args:
            network: on :attr:`device`.
            all_used: whether every parameter that learns takes part in every step.
        """
        if self.count == 1:
            return network
        if self.device.type == "cuda":
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return DistributedDataParallel(
            network,
            device_ids=[self.device.index] if self.device.type == "cuda" else None,
            find_unused_parameters=not all_used,
        )

    def sum(self, value: Tensor) -> Tensor:
        """Sum a tensor over all ranks, on every rank."""
        if self.count == 1:
            return value
        value = value.clone()
        dist.all_reduce(value)
        return value

    def any(self, mine: bool) -> bool:
        """Tell every rank whether it is so on one of them at least."""
        if self.count == 1:
            return mine
        flag = torch.tensor([mine], dtype=torch.int32)
        dist.all_reduce(flag, dist.ReduceOp.MAX, group=self.control)
        return bool(flag.item())

    def from_leader(self, tensors: dict[str, Tensor] | None) -> dict[str, Tensor]:
        """Give rank 0's tensors to every rank, on its CPU. Other ranks pass None, and wait."""
        if self.count == 1:
            return tensors or {}
        outlines = [{n: (t.shape, t.dtype) for n, t in (tensors or {}).items()}]
        dist.broadcast_object_list(outlines, group=self.control)
        shared = {}
        for name, (shape, dtype) in outlines[0].items():
            mine = torch.empty(shape, dtype=dtype) if tensors is None else tensors[name].cpu()
            shared[name] = mine.contiguous()
            dist.broadcast(shared[name], 0, group=self.control)
        return shared

    def wait(self) -> None:
        """Wait until all ranks have come here; for rank 0 with patience."""
        if self.count > 1:
            dist.barrier(group=self.control)


@contextmanager
def join_ranks(device: str) -> Iterator[Ranks]:
    """Join the ranks that torchrun has started with this one, or none.

    Args:
        device: as for :func:`colorize_core.engine.device.pick_device`. With several ranks, each
            takes the GPU of its number on its machine.

    Raises:
        ValueError: the device does not exist, or cannot be used by several ranks.
        ConnectionError: another rank has ended before its time.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Ranks(pick_device(device))
        return
    rank, local = (int(os.environ[name]) for name in ("RANK", "LOCAL_RANK"))
    chosen = _device_of(device, local)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Ranks(chosen, rank, count, dist.new_group(backend="gloo", timeout=PATIENCE))
    except RuntimeError as error:
        if not _is_lost_connection(error):
            raise
        raise ConnectionError(
            f"rank {rank} of {count} stops, because another rank has; that one says why "
            f"({str(error).splitlines()[0].partition('. ')[0]})"
        ) from error
    # Not after a failure: parting from ranks that wait for each other could take long.
    dist.destroy_process_group()


class RankBatches(Sampler[list[int]]):
    """The numbers of one rank's crops, a list for each step of a run from ``start`` on.

    Together the ranks take the crops ``step * batch`` to ``(step + 1) * batch - 1`` of each step,
    however many ranks there are, so that a run can go on with another number of them.
    """

    def __init__(self, ranks: Ranks, batch: int, start: int, steps: int) -> None:
        self.ranks = ranks
        self.batch = batch
        self.range = range(start, steps)

    def __len__(self) -> int:
        return len(self.range)

    def __iter__(self) -> Iterator[list[int]]:
        for step in self.range:
            yield list(self.ranks.numbers(step, self.batch))


def gradients_shared(parallel: nn.Module, now: bool) -> AbstractContextManager:
    """Let a backward pass share its gradients among the ranks now, or keep them for later."""
    if now or not isinstance(parallel, DistributedDataParallel):
        return nullcontext()
    return parallel.no_sync()


def _device_of(name: str, local: int) -> torch.device:
    """Find the device of a rank: the GPU of its number on this machine, or the CPU."""
    kind, _, number = name.partition(":")
    if number or kind not in ("auto", "cpu", "cuda"):
        raise SettingError(
            "device",
            f"must be auto, cpu or cuda for several ranks, each on the GPU of its number; "
            f"got {name!r}",
        )
    if kind == "cpu" or (kind == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    gpus = torch.cuda.device_count()
    if local >= gpus:
        raise ValueError(
            f"rank {local} of this machine finds {gpus} GPUs, and each rank needs one: start no "
            f"more ranks than that, or train on the CPU"
        )
    torch.cuda.set_device(local)
    return pick_device(f"cuda:{local}")


def _is_lost_connection(error: RuntimeError) -> bool:
    """Tell whether a rank's counterpart has gone; Gloo has no type of its own for it."""
    said = str(error).lower()
    return isinstance(error, dist.DistError) or "connection" in said or "gloo" in said
