"""The device for computing, and its number format."""

from __future__ import annotations

import torch


def pick_device(name: str | torch.device = "auto") -> torch.device:
    """Pick the device of a name.

    Args:
        name: ``auto`` takes the first GPU that works and otherwise the CPU; else any name that
            PyTorch knows, such as ``cpu``, ``cuda``, ``cuda:1``, ``mps`` or ``xpu``.

    Raises:
        ValueError: the name is unknown or this machine has no such device.
    """
    if name == "auto":
        if torch.accelerator.is_available():
            found = torch.accelerator.current_accelerator()
            if found is not None:
                return found
        return torch.device("cpu")
    try:
        device = torch.device(name)
        torch.ones(1, device=device).item()
    except (RuntimeError, AssertionError, ImportError, TypeError) as error:
        reason = str(error).splitlines()[0].split(". ")[0]
        raise ValueError(f"device {str(name)!r} cannot be used here: {reason}") from error
    return device


def gains_from_bfloat16(device: torch.device) -> bool:
    """Tell whether bfloat16 makes convolutions faster: on GPUs, and CPUs that multiply in it.

    Those have AMX or AVX-512 BF16. Other CPUs emulate it, several times slower than float32.
    """
    if device.type == "cpu":
        return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return device.type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)


def describe_device(device: torch.device) -> str:
    """Describe a device in words, for people."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} ({device})"
    return {"cpu": f"CPU, {torch.get_num_threads()} threads"}.get(device.type, str(device))
