"""How long a training step takes: bfloat16 beside float32, and beside what the device can do.

    python benchmarks/training_step.py [--model eccv16] [--batch 40] [--crop 176]

Both number formats run the loop's own step, in turn in one process, on random crops that are
already decoded. Their rate is set beside the device's peak, which is measured too: the fastest
product of two large square matrices in that format. Of operations, multiplications and additions
count separately, as PyTorch counts those of the convolutions, forward and backward.

Only CPUs that multiply in bfloat16 (AMX, AVX-512 BF16) gain from it; what this one has is printed.
"""

import argparse
import math
import time
from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from colorize_core.color import rgb_to_lightness, uniform_prior
from colorize_core.engine.device import describe_device, gains_from_bfloat16, pick_device
from colorize_core.models.registry import MODELS
from colorize_core.training.beginning import network_of, optimizer_of
from colorize_core.training.config import TrainingConfig
from colorize_core.training.distributed import Ranks
from colorize_core.training.gradients import Gradients

Shape = Sequence[int]
FORMATS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=MODELS, default="eccv16")
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--crop", type=int, default=176)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="auto")
    arguments = parser.parse_args()
    device = pick_device(arguments.device)
    print(f"{describe_device(device)}; {bfloat16_of(device)}")
    print(
        f"{arguments.model}, batch {arguments.batch}, crops of {arguments.crop} pixels, "
        f"fastest of {arguments.rounds}"
    )

    steps = {name: step_of(arguments, name, device) for name in FORMATS}
    operations = counted(steps["float32"])
    times = {name: float("inf") for name in FORMATS}
    peaks = dict.fromkeys(FORMATS, 0.0)
    for _ in range(arguments.rounds):  # in turn, so that what else the machine does falls on both
        for name, kind in FORMATS.items():
            times[name] = min(times[name], timed(steps[name], device))
            peaks[name] = max(peaks[name], matrix_peak(kind, device))
    print(f"{operations / 1e9:.0f} GFLOP a step")
    print("format     ms a step  photos/s  GFLOP/s  matrix peak  share of it")
    for name, seconds in times.items():
        rate = operations / seconds
        print(
            f"{name:9}  {1000 * seconds:9.1f}  {arguments.batch / seconds:8.1f}  "
            f"{rate / 1e9:7.0f}  {peaks[name] / 1e9:11.0f}  {rate / peaks[name]:10.0%}"
        )
    ratio = times["float32"] / times["bfloat16"]
    print(f"bfloat16 is {ratio:.2f} times as fast as float32")


def step_of(arguments: argparse.Namespace, precision: str, device: torch.device) -> Callable:
    """Take the loop's step on one batch: gradients, clip, step, at the rates after the warm-up."""
    config = TrainingConfig(
        ["random"],
        model=arguments.model,
        loss="mse" if arguments.model in ("siggraph17", "resnet") else "rebalanced",
        batch=arguments.batch,
        crop=arguments.crop,
        precision=precision,  # type: ignore[arg-type]
        hints=0.0,
    )
    torch.manual_seed(0)
    network = network_of(config, device)
    network.initialise()
    gradients = Gradients(config, network, uniform_prior(), Ranks(device))
    optimizer = optimizer_of(config, network)
    rgb = torch.randint(0, 256, (config.batch, 3, config.crop, config.crop), dtype=torch.uint8)
    lightness = rgb_to_lightness(rgb.float() / 255.0)
    rgb, lightness = rgb.to(device), lightness.to(device)

    def step() -> None:
        gradients(0, rgb, lightness)
        nn.utils.clip_grad_norm_(network.parameters(), config.clip)
        optimizer.step()

    return step


def counted(step: Callable) -> int:
    """Count operations of a step; running it also readies what is made on first use."""
    backward = {torch.ops.aten.convolution_backward: backward_of_convolution}
    with FlopCounterMode(display=False, custom_mapping=backward) as counter:
        step()
    return counter.get_total_flops()


def backward_of_convolution(
    grad_out: Shape,
    seen: Shape,
    weight: Shape,
    _bias: object,
    _stride: object,
    _padding: object,
    _dilation: object,
    transposed: bool,
    _output_padding: object,
    _groups: int,
    wanted: tuple[bool, bool, bool],
    **_: object,
) -> int:
    """Count operations of a convolution's gradients: each takes as many as its forward pass.

    Every product of an input and a weight, forward, has one for the gradient of each. PyTorch's own
    formula takes the gradient of a grouped convolution's weights for that of an ungrouped one,
    which for depthwise ones is as many times too much as there are channels.
    """
    places = seen[2:] if transposed else grad_out[2:]
    forward = 2 * grad_out[0] * math.prod(places) * math.prod(weight)
    return forward * sum(wanted[:2])


def matrix_peak(kind: torch.dtype, device: torch.device) -> float:
    """Measure a product of square matrices: operations a second."""
    side = 8192 if device.type == "cuda" else 2048
    first, second = (torch.randn(side, side, device=device).to(kind) for _ in range(2))
    torch.mm(first, second)
    return 2 * side**3 / min(timed(lambda: torch.mm(first, second), device) for _ in range(3))


def timed(run: Callable, device: torch.device) -> float:
    """Time a call, with all that it leaves to the device, in seconds."""
    synchronize(device)
    started = time.perf_counter()
    run()
    synchronize(device)
    return time.perf_counter() - started


def synchronize(device: torch.device) -> None:
    """Wait for the device."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def bfloat16_of(device: torch.device) -> str:
    """Say what the device has for bfloat16, and how the training loop uses it."""
    if device.type == "cpu":
        has = {
            "AMX": torch.cpu._is_amx_tile_supported(),
            "AVX-512 BF16": torch.cpu._is_avx512_bf16_supported(),
        }
        found = (
            ", ".join(name for name, there in has.items() if there)
            or "neither AMX nor AVX-512 BF16"
        )
    else:
        found = "a GPU"
    chosen = "bfloat16" if gains_from_bfloat16(device) else "float32"
    return f"{found}; the loop takes {chosen}"


if __name__ == "__main__":
    main()
