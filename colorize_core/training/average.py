"""An exponential moving average of a network's state."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class MovingAverage:
    """The average of weights and BatchNorm statistics over recent steps.

    Args:
        network: whose state is averaged.
        decay: share of the average that a step keeps. Early on it is smaller, so that the
            random start is soon forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state: dict[str, Tensor] = {
            name: tensor.detach().clone() for name, tensor in network.state_dict().items()
        }

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the state after a step."""
        decay = min(self.decay, (1 + step) / (10 + step))
        averages, tensors = [], []
        for name, tensor in network.state_dict().items():
            average = self.state[name]
            if average.is_floating_point():
                averages.append(average)
                tensors.append(tensor)
            else:
                average.copy_(tensor)
        get_ema_multi_avg_fn(decay)(averages, tensors, None)  # at once: a GPU waits for no loop
