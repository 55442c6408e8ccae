"""What this machine can do at most, and how near the engine comes to it."""

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from colorize_core.engine import Colorizer
from colorize_core.engine.inputs import photo_of_array
from colorize_core.engine.lightness import lightness_of_pixels

_SECONDS = 2.0  # that each thing is tried for
_MATRICES = (1024, 2048, 3072)
_COPIED = 1 << 28  # bytes: more than any cache
_LEAST_BYTES = 6  # a pixel's RGB read once and written once


def fastest(run: Callable[[], object], seconds: float = _SECONDS) -> float:
    """Time the fastest of many runs, in seconds; the first two warm up."""
    run()
    run()
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - started)
    return best


def machine() -> str:
    """Name processor, cores, memory and versions in a line."""
    name = platform.processor() or platform.machine()
    memory = 0.0
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        fields = {key.strip(): value.strip() for key, value in fields.items()}
        name = f"{fields['model name']} (family {fields['cpu family']}, model {fields['model']})"
        flags = fields["flags"].split()
        name += ", " + ", ".join(f for f in ("avx2", "avx512f", "amx_tile") if f in flags)
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    packages = ("torch", "numpy", "pillow", "scikit-image", "imagecodecs")
    return (
        f"{name}; {os.cpu_count()} cores, {torch.get_num_threads()} threads, {memory:.0f} GiB; "
        f"{platform.system()}, Python {platform.python_version()}, "
        + ", ".join(f"{package} {version(package)}" for package in packages)
    )


def matrix_rate() -> float:
    """Measure the fastest float32 matrix product: floating point operations a second.

    By either of the libraries that PyTorch has: the one behind ``mm``, which does not favour every
    maker's processors, and the one behind convolutions, of which one of 1 x 1 is such a product.
    """
    rates = []
    for side in _MATRICES:
        left, right, out = (torch.rand(side, side) for _ in range(3))
        product = fastest(lambda: torch.mm(left, right, out=out))  # noqa: B023
        channels = left.T[None, :, :, None].contiguous(memory_format=torch.channels_last)
        kernel = right.T[:, :, None, None].contiguous()
        convolution = fastest(lambda: F.conv2d(channels, kernel))  # noqa: B023
        rates.append(2 * side**3 / min(product, convolution))
    return max(rates)


def memory_rate() -> float:
    """Measure copying a large tensor with all threads: bytes a second, read and written."""
    source = torch.zeros(_COPIED // 4)
    target = torch.empty_like(source)
    return 2 * _COPIED / fastest(lambda: target.copy_(source))


@torch.inference_mode()
def limits(peer: torch.nn.Module, weights: Path) -> list[str]:
    """Write Markdown: the forward passes beside the matrix product, the rest beside copying."""
    product, copying = matrix_rate(), memory_rate()
    rows = [
        "| what | time | rate | limit, measured | share |",
        "|---|---|---|---|---|",
    ]
    lightness = 100.0 * torch.rand(1, 1, 256, 256)
    passes: dict[str, Callable[[torch.Tensor], object]] = {
        "forward, published code": peer,
        "forward, `eccv16`": Colorizer(weights, "cpu").network,
        "forward, `lite`": Colorizer("lite", "cpu").network,
    }
    for name, network in passes.items():
        with FlopCounterMode(display=False) as counter:
            network(lightness)
        seen = lightness.contiguous(memory_format=torch.channels_last)
        seconds = fastest(lambda: network(seen))  # noqa: B023
        rate = counter.get_total_flops() / seconds
        rows.append(
            f"| {name}, 256 x 256, {counter.get_total_flops() / 1e9:.1f} GFLOP"
            f" | {1000 * seconds:.0f} ms | {rate / 1e9:.0f} GFLOP/s"
            f" | sgemm {product / 1e9:.0f} GFLOP/s | {rate / product:.2f} |"
        )
    pixels = np.random.default_rng(0).integers(0, 256, (3000, 4000, 3), np.uint8)
    photo = photo_of_array(pixels)
    prediction = Colorizer("lite", "cpu").predict(photo)
    for name, run in {
        "L of 12 megapixels": lambda: lightness_of_pixels(photo.pixels),
        "picture of 12 megapixels": prediction.picture,
    }.items():
        seconds = fastest(run)
        rate = _LEAST_BYTES / 2 * pixels.size / 3 / seconds
        rows.append(
            f"| {name}, 3 bytes a pixel | {1000 * seconds:.0f} ms | {rate / 1e9:.2f} GB/s"
            f" | copying {copying / 1e9:.1f} GB/s | {rate / copying:.2f} |"
        )
    return rows
