"""Learning rates as a function of the step alone, so that a resumed run needs no memory."""

from __future__ import annotations

import math

import torch

from colorize_core.training.config import TrainingConfig


def set_rates(optimizer: torch.optim.Optimizer, config: TrainingConfig, step: int) -> None:
    """Set the rates of a step: each group's ``initial_lr`` is its rate after the warm-up."""
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] * rate_factor(config, step)


def rate_factor(config: TrainingConfig, step: int) -> float:
    """Tell what the configured rates are multiplied by at a step: a warm-up, then as chosen."""
    if step < config.warm_up:
        return (step + 1) / config.warm_up
    progress = (step - config.warm_up) / max(1, config.steps - config.warm_up)
    if config.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    if config.schedule == "trapezoid":
        left = (config.steps - step) / max(1.0, config.cool_down * config.steps)
        return min(1.0, left)
    factor = 1.0
    for share, lower in zip(config.drop_at, config.drop_to, strict=True):
        if step / config.steps >= share:
            factor = lower
    return factor
