"""A network that several processes train in seconds, and a command line that knows it.

    torchrun --nproc-per-node 2 tests/training/tiny_network.py -- train PHOTOS --model tiny

Where TROUBLE is set, as in ``1:raise`` or ``1:kill``, that rank fails at its fifth step; where
PAUSE is set, every step takes so many seconds longer.
"""

import os
import signal
import sys
import time
from pathlib import Path

import torch
from torch import nn

from colorize_core.models.network import Network
from colorize_core.models.registry import MODELS, ModelEntry

FAILS_AT = 5


class Tiny(nn.Module, Network):
    """Three convolutions, hints, and a layer that is not trained, as ``eccv16`` has one."""

    stride = 4
    multiple = 8
    takes_hints = True

    def __init__(self, outputs=313):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(1, 8, 3, 2, padding=1), self.norm(), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(8, 16, 3, 2, padding=1), nn.ReLU())
        self.hint = nn.Conv2d(3, 16, 4, 4)
        self.head = nn.Conv2d(16, outputs, 1)
        self.spare = nn.Conv2d(outputs, 2, 1)
        self.calls = 0

    def norm(self):
        return nn.Identity()

    def forward(self, lightness, hints=None):
        self.calls += self.training
        if self.training:
            time.sleep(float(os.environ.get("PAUSE", "0")))
        rank, _, trouble = os.environ.get("TROUBLE", "none").partition(":")
        if rank == os.environ.get("RANK", "0") and self.training and self.calls == FAILS_AT:
            if trouble == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise ValueError("this network has had enough")
        features = self.second(self.first((lightness - 50) / 100))
        if hints is not None:
            features = features + self.hint(hints / 100)
        return self.head(features)

    def initialise(self):
        """Leave PyTorch's own."""

    def parameter_groups(self, rate, encoder_rate):
        trained = [p for name, p in self.named_parameters() if not name.startswith("spare")]
        return [{"params": trained, "lr": rate}]


class TinyNorm(Tiny):
    """The same with BatchNorm."""

    def norm(self):
        return nn.BatchNorm2d(8)


def entry(name, kind):
    module = f"{Path(__file__).stem}:{kind}"
    return ModelEntry(name, "", module, True, "", "first.0.weight", "head.weight")


class TinyCopy(Tiny):
    """The same, but without hints its layer for them takes no part, as in ``lite``."""

    def forward(self, lightness, hints=None):
        if hints is not None and not hints[:, 2].any():
            hints = None
        return super().forward(lightness, hints)


ENTRIES = {"tiny": entry("tiny", "Tiny"), "tiny-norm": entry("tiny-norm", "TinyNorm")}
ENTRIES["tiny-copy"] = entry("tiny-copy", "TinyCopy")


if __name__ == "__main__":
    from colorize_core.cli.app import main

    torch.set_num_threads(1)
    sys.path.insert(0, str(Path(__file__).parent))
    MODELS.update(ENTRIES)
    main()
