"""The prior over the 313 bins: measured on photographs, kept in a file, summed up in numbers.

``colorize prior`` and the training loop measure with the same function.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from colorize_core.atomic import write_bytes
from colorize_core.color.encoding import SoftEncoder
from colorize_core.color.gamut import BIN_COUNT, ab_bins
from colorize_core.color.lab import rgb_to_lab
from colorize_core.color.rebalance import prior_of
from colorize_core.data import CropStream
from colorize_core.training.losses import at_stride, colorful

_FORMAT = "colorize-prior-1"


def measure_prior(
    stream: CropStream,
    crops: int,
    neighbours: int,
    near_grey: bool = True,
    track: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> Tensor:
    """Average the soft-encoded colours of the stream's first crops (section 2.2).

    Args:
        stream: of crops; they are encoded at stride 4, as targets are.
        crops: how many are looked at.
        neighbours: bins per colour.
        near_grey: whether crops without any |a| or |b| above 5 count too. The loss never sees
            them; counting them moves mass to the middle of the plane.
        track: wraps the crops' numbers, for a progress bar.

    Returns:
        float64 ``(313,)``, sums to 1. Every crop counts the same.

    Raises:
        ValueError: near-grey crops do not count, and there are no others.
        OSError: eight photographs in a row cannot be read.
    """
    encoder = SoftEncoder(neighbours)
    prior = torch.zeros(BIN_COUNT, dtype=torch.float64)
    for number in track(range(crops)):
        ab = rgb_to_lab(stream[number][None].float() / 255.0)[:, 1:]
        if near_grey or bool(colorful(ab)):
            prior += prior_of(*encoder(at_stride(ab, ab[..., ::4])))
    if not prior.any():
        raise ValueError(f"all of the first {crops} crops are near-grey; a prior needs colour")
    return prior / prior.sum()


def entropy(distribution: Tensor) -> float:
    """Compute the entropy in nats of masses ``(313,)`` of any scale: 0..ln 313 = 5.746."""
    masses = distribution.double()
    return torch.special.entr(masses / masses.sum()).sum().item()


def mass_near_grey(prior: Tensor, limit: float = 20.0) -> float:
    """Measure a prior's share, 0..1, on bins with |a| and |b| at most ``limit``.

    In a copy of the published prior it is 0.78 for 20.
    """
    near = (ab_bins().abs() <= limit).all(1)
    return (prior[near].sum() / prior.sum()).item()


def write_prior(path: Path, prior: Tensor, about: dict[str, str | int | float]) -> None:
    """Write a prior, normalized to sum 1, in the order of :func:`ab_bins` (by a, then b).

    A file ``.npy`` is a NumPy array, float64 ``(313,)``. Any other is JSON: an object with
    ``format``, the entries of ``about``, and ``prior``, a list of 313 numbers.

    Args:
        path: of the file; written whole or not at all.
        prior: ``(313,)``, non-negative.
        about: how it was measured; only JSON keeps it.
    """
    masses = (prior.double() / prior.double().sum()).tolist()
    if path.suffix.lower() == ".npy":
        content = io.BytesIO()
        np.save(content, np.array(masses), allow_pickle=False)
        write_bytes(path, content.getvalue())
    else:
        record = {"format": _FORMAT, **about, "prior": masses}
        write_bytes(path, (json.dumps(record, indent=2) + "\n").encode())


def read_prior(path: Path) -> Tensor:
    """Read what :func:`write_prior` wrote, or any ``.npy`` of 313 masses in that order.

    Returns:
        float64 ``(313,)``, normalized to sum 1.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file holds no prior; the message names it.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; colorize prior makes one")
    try:
        if path.suffix.lower() == ".npy":
            values = np.load(path, allow_pickle=False)
        else:
            values = json.loads(path.read_text("utf-8"))["prior"]
        masses = torch.from_numpy(np.array(values, dtype=np.float64))
    except (ValueError, KeyError, TypeError, EOFError) as error:
        raise ValueError(f"{path}: holds no prior: {error!r}") from error
    if masses.shape != (BIN_COUNT,):
        raise ValueError(f"{path}: expected {BIN_COUNT} numbers, got shape {tuple(masses.shape)}")
    if not bool(masses.isfinite().all()) or bool((masses < 0).any()) or not bool(masses.any()):
        raise ValueError(f"{path}: a prior's masses are finite, none negative, and not all zero")
    return masses / masses.sum()
