"""Data-dependent initialisation for networks that start from nothing.

Without it, training ``eccv16`` from scratch is known to stay near the prior's entropy and to
paint everything in one colour. LSUV (Mishkin and Matas, "All you need is a good init", 2016) in
its simple form: run a batch through, and scale each convolution so that its output has unit
variance.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


@torch.no_grad()
def lsuv(network: nn.Module, lightness: Tensor, tolerance: float = 0.05, rounds: int = 5) -> None:
    """Scale every convolution that the network runs, in the order in which it runs them.

    Args:
        network: called as ``network(lightness)``.
        lightness: a batch of real photographs, ``(N, 1, H, W)``.
        tolerance: how far from 1 the standard deviation of an output may stay.
        rounds: most rescalings of one convolution.
    """
    order: list[nn.Module] = []
    handles = [
        module.register_forward_pre_hook(lambda module, _: order.append(module))
        for module in network.modules()
        if isinstance(module, _CONVOLUTIONS)
    ]
    network(lightness)
    for handle in handles:
        handle.remove()
    for module in order:
        for _ in range(rounds):
            deviation = _output_deviation(network, module, lightness)
            if abs(deviation - 1.0) < tolerance or deviation < 1e-8:
                break
            module.weight.div_(deviation)  # type: ignore[union-attr, operator]


def _output_deviation(network: nn.Module, module: nn.Module, lightness: Tensor) -> float:
    deviations: list[float] = []
    handle = module.register_forward_hook(
        lambda _module, _inputs, output: deviations.append(float(output.std()))
    )
    try:
        network(lightness)
    finally:
        handle.remove()
    return deviations[-1]
