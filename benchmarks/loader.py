"""Speed and memory of the loader: is it fast enough, do a million photographs stay out of memory?

    python benchmarks/loader.py PHOTOS [--entries 1000000] [--crops 20000] [--steps 10]

First, the photographs are indexed so often that there are at least so many entries, and crops of
64 pixels are drawn evenly from all of them, in this process and in a loader's. Resident memory is
that after the first crops and the most that was seen later, in MiB; of a loader process, of the
pages that it does not share as well.

Then the loader alone, with one and two processes, against the training steps of ``lite`` (crops
of 128 pixels, batches of 32), measured in turn. A ratio above 1 means that the network never
waits; on a machine without a GPU, both want the same cores.
"""

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Dataset

from colorize_core.color import rgb_to_lab
from colorize_core.color.gamut import BIN_COUNT
from colorize_core.data import CropStream, Photographs
from colorize_core.models import build_network
from colorize_core.training.losses import ClassificationLoss

CROP, BATCH = 128, 32
SETTLED = 1000  # crops after which memory counts as that of the start
ROUNDS = 3


class Watched(Dataset):
    """A stream whose items are what memory the process that drew them has."""

    def __init__(self, stream: CropStream) -> None:
        self.stream = stream

    def __getitem__(self, number: int) -> tuple[float, float]:
        self.stream[number]
        return memory()


def memory() -> tuple[float, float]:
    """Measure resident memory of this process, all and unshared, MiB."""
    resident, shared = map(int, Path("/proc/self/statm").read_text().split()[1:3])
    page = os.sysconf("SC_PAGE_SIZE") / 2**20
    return resident * page, (resident - shared) * page


def indexed(places: list[str], entries: int) -> Photographs:
    """Repeat the photographs until there are so many."""
    once = len(Photographs(places))
    before, started = memory()[0], time.perf_counter()
    photographs = Photographs(places * -(-entries // once))
    seconds = time.perf_counter() - started
    print(
        f"{len(photographs)} entries of {once} photos: {memory()[0] - before:.0f} MiB, "
        f"{seconds:.1f} s"
    )
    return photographs


def growth(name: str, readings: Iterator[tuple[float, float]]) -> None:
    """Print memory at the start and at most."""
    seen = list(readings)
    for what, values in zip(("resident", "unshared"), zip(*seen, strict=True), strict=True):
        start, most = max(values[:SETTLED]), max(values)
        print(
            f"{name}, {what}: {start:.0f} MiB after {SETTLED} crops, {most:.0f} MiB at most of "
            f"{len(seen)}; {most / start:.3f} times"
        )


def stay_small(photographs: Photographs, crops: int) -> None:
    """Draw crops from all over the first epoch and watch the memory."""
    watched = Watched(CropStream(photographs, 64))
    numbers = [number * len(photographs) // crops for number in range(crops)]
    growth("this process", (watched[number] for number in numbers))
    loader = DataLoader(watched, None, sampler=numbers, num_workers=1, prefetch_factor=4)
    growth("a loader process", ((float(first), float(second)) for first, second in loader))


def loaded(stream: CropStream, workers: int, crops: int) -> float:
    """Measure the loader alone, without its start: crops a second."""
    loader = DataLoader(
        stream, BATCH, sampler=range(crops + BATCH), num_workers=workers, prefetch_factor=4
    )
    batches = iter(loader)
    next(batches)
    started = time.perf_counter()
    seen = sum(len(batch) for batch in batches)
    return seen / (time.perf_counter() - started)


def trained(steps: int) -> float:
    """Measure the network's training steps alone: crops a second."""
    torch.manual_seed(0)
    network = build_network("lite").to(memory_format=torch.channels_last).train()
    loss_of = ClassificationLoss(torch.ones(BIN_COUNT), neighbours=10)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    rgb = torch.rand(BATCH, 3, CROP, CROP)
    for step in range(-1, steps):
        if step == 0:
            started = time.perf_counter()
        lab = rgb_to_lab(rgb)
        lightness = lab[:, :1].contiguous(memory_format=torch.channels_last)
        loss = loss_of(network(lightness), lab[:, 1:])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    return steps * BATCH / (time.perf_counter() - started)


def keep_up(stream: CropStream, crops: int, steps: int) -> None:
    """Print the loader's speed, the network's, and their ratio."""
    fastest = {"1 process": 0.0, "2 processes": 0.0, "network": 0.0}
    for _ in range(ROUNDS):
        fastest["1 process"] = max(fastest["1 process"], loaded(stream, 1, crops))
        fastest["2 processes"] = max(fastest["2 processes"], loaded(stream, 2, crops))
        fastest["network"] = max(fastest["network"], trained(steps))
    network = fastest.pop("network")
    print(f"lite, {torch.get_num_threads()} threads: {network:.0f} crops/s, fastest of {ROUNDS}")
    for what, speed in fastest.items():
        print(f"loader, {what}: {speed:.0f} crops/s; {speed / network:.1f} times the network")


def main() -> None:
    """Measure memory, then speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--crops", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=10)
    arguments = parser.parse_args()
    photographs = indexed(arguments.photos, arguments.entries)
    stay_small(photographs, arguments.crops)
    keep_up(CropStream(photographs, CROP), 100 * BATCH, arguments.steps)


if __name__ == "__main__":
    main()
