"""What tests of several networks need."""

from __future__ import annotations

from torch import nn


def randomise_norms(network: nn.Module) -> None:
    """Give BatchNorm statistics and parameters that matter."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.2)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
