"""Tensors on disk: safetensors only, because a file of weights must not be able to run code."""

from __future__ import annotations

import hashlib
import itertools
import pickletools
import zipfile
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from colorize_core.atomic import replacing

_CHECKSUM = "checksum"


def write_tensors(
    path: Path, tensors: dict[str, Tensor], metadata: dict[str, str], sealed: bool = False
) -> None:
    """Write a safetensors file atomically.

    Args:
        path: of the file.
        tensors: by name.
        metadata: what the file is to say of itself.
        sealed: whether it carries a checksum of its tensors, against which they are then read.

    Raises:
        OSError: it cannot be written: the disk is full, say. The message names it; whatever was
            there before is as it was.
    """
    kept = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    if sealed:
        metadata = {**metadata, _CHECKSUM: _checksum(kept)}
    try:
        # The library writes to a temporary file of its own first, beside what it is told to write.
        with replacing(path, in_folder=True) as temporary:
            save_file(kept, temporary, metadata)
    except (SafetensorError, OSError) as error:
        needed = sum(tensor.nbytes for tensor in kept.values()) / 2**20
        survives = "; the file that was there is as it was" if path.exists() else ""
        raise OSError(f"{path}: cannot write its {needed:.0f} MiB: {error}{survives}") from error


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read all tensors of a safetensors file, and its metadata.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is something else, or damaged; the message says which.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except SafetensorError as error:
        raise ValueError(f"{path}: {_reason(path)} ({error})") from error
    if _CHECKSUM in metadata and metadata[_CHECKSUM] != _checksum(tensors):
        raise ValueError(f"{path}: damaged: its tensors are not those that were written")
    return tensors, metadata


def check_finite(tensors: dict[str, Tensor], path: Path) -> None:
    """Refuse tensors that hold anything but finite numbers: such weights paint photos black.

    Raises:
        ValueError: the message names the file and the first such tensor.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and tensor.numel():
            # In a tenth of the time that isfinite() takes; NaN is both extremes.
            if not torch.stack(torch.aminmax(tensor)).isfinite().all():
                raise ValueError(f"{path}: damaged: {name} holds numbers that are not finite")
        elif tensor.is_complex():
            raise ValueError(f"{path}: damaged: {name} holds complex numbers")


def export_weights(path: Path, weights: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write weights for use: floats as fp16 where they fit, BatchNorm's counters left out."""
    kept = {
        name: tensor.half() if _fits_half(tensor) else tensor
        for name, tensor in weights.items()
        if not name.endswith("num_batches_tracked")
    }
    write_tensors(path, kept, metadata)


def _checksum(tensors: dict[str, Tensor]) -> str:
    """Take the SHA-256 of names, types, shapes and bytes."""
    total = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return f"sha256:{total.hexdigest()}"


def _fits_half(tensor: Tensor) -> bool:
    """Tell whether fp16 holds it: a variance of BatchNorm as infinity would silence its channel."""
    return tensor.is_floating_point() and bool(tensor.half().isfinite().all())


def _reason(path: Path) -> str:
    with open(path, "rb") as file:
        start = file.read(1 << 16)
    if zipfile.is_zipfile(path) or _begins_as_a_pickle(start):
        return "pickled, so it could run code when loaded; convert it to safetensors first"
    return "not a safetensors file, or a damaged one"


def _begins_as_a_pickle(start: bytes) -> bool:
    """Tell whether the first instructions are a pickle's; the first byte alone proves nothing.

    The length with which safetensors begin may well have that byte.
    """
    try:
        instructions = [one.name for one, *_ in itertools.islice(pickletools.genops(start), 3)]
    except ValueError:
        return False
    return instructions[:1] == ["PROTO"] and start[8:9] != b"{"
