"""How a CPU's cores train fastest: as threads of one process, or as ranks of one thread each.

    python benchmarks/training_ranks.py [--model lite] [--batch 32] [--crop 128] [--rounds 3]

Two ranks of one thread and one rank of two threads take the same steps, gradients, clip and step,
on random crops that are already decoded, in turn, each in processes of its own. What the ranks tell
each other is part of it. Run it on a quiet machine, and again beside another busy process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

WARM = 2  # steps that are not timed
TIMED = 5
LAUNCH = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]


def main() -> None:
    """Print crops a second of both, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="lite")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--crop", type=int, default=128)
    parser.add_argument("--window", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args([word for word in sys.argv[1:] if word != "--"])
    if "RANK" in os.environ:
        inside(arguments)
        return
    ways = {"two ranks of one thread": (2, 1), "one rank of two threads": (1, 2)}
    best = dict.fromkeys(ways, 0.0)
    for _ in range(arguments.rounds):  # in turn, so that what else the machine does falls on both
        for way, (ranks, threads) in ways.items():
            best[way] = max(best[way], measured(ranks, threads))
    for way, speed in best.items():
        print(f"{way}: {speed:.1f} crops a second")
    by_ranks, by_threads = best.values()
    print(f"ranks are {by_ranks / by_threads:.2f} times as fast as threads")


def measured(ranks: int, threads: int) -> float:
    """Measure crops a second of so many ranks with so many threads each."""
    command = [sys.executable, *LAUNCH, str(ranks), __file__, "--", *sys.argv[1:]]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def inside(arguments: argparse.Namespace) -> None:
    """Take the steps as one of the ranks; the first prints crops a second."""
    from colorize_core.threads import wait_calmly

    wait_calmly()
    import torch
    from torch import nn

    from colorize_core.color import rgb_to_lightness, uniform_prior
    from colorize_core.training.beginning import network_of, optimizer_of
    from colorize_core.training.config import TrainingConfig
    from colorize_core.training.distributed import join_ranks
    from colorize_core.training.gradients import Gradients

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    config = TrainingConfig(
        ["random"],
        model=arguments.model,
        batch=arguments.batch,
        crop=arguments.crop,
        window=arguments.window,
    )
    with join_ranks("cpu") as ranks:
        torch.manual_seed(0)
        network = network_of(config, ranks.device)
        optimizer = optimizer_of(config, network)
        gradients = Gradients(config, network, uniform_prior(), ranks)
        share = ranks.share(config.batch, config.accumulate)
        rgb = torch.randint(0, 256, (share, 3, config.crop, config.crop), dtype=torch.uint8)
        lightness = rgb_to_lightness(rgb.float() / 255.0)
        started = 0.0
        for step in range(WARM + TIMED):
            if step == WARM:
                ranks.wait()
                started = time.perf_counter()
            gradients(step, rgb, lightness)
            nn.utils.clip_grad_norm_(network.parameters(), config.clip)
            optimizer.step()
        ranks.wait()
        if ranks.leads:
            print(TIMED * config.batch / (time.perf_counter() - started))


if __name__ == "__main__":
    main()
