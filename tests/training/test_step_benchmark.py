"""What ``benchmarks/training_step.py`` counts."""

import runpy
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "training_step.py"
COUNTED = runpy.run_path(str(BENCHMARK))["counted"]


def step_of(layer):
    def step():
        seen = torch.randn(2, 12, 8, 8, requires_grad=True)
        layer(seen).sum().backward()

    return step


def test_a_grouped_convolutions_backward_pass_counts_twice_its_forward_pass():
    # 2 photos, 8 x 8 places, 12 channels, 9 weights each; multiplications and additions.
    forward = 2 * 2 * 64 * 12 * 9
    assert COUNTED(step_of(nn.Conv2d(12, 12, 3, padding=1, groups=12))) == 3 * forward


@pytest.mark.parametrize(
    "layer",
    [nn.Conv2d(12, 20, 3, stride=2), nn.Conv2d(12, 5, 1), nn.ConvTranspose2d(12, 20, 4, stride=2)],
)
def test_other_convolutions_count_as_pytorch_counts_them(layer):
    with FlopCounterMode(display=False) as counter:
        step_of(layer)()
    assert COUNTED(step_of(layer)) == counter.get_total_flops()
