"""Checks that the settings of a run agree with one another."""

from __future__ import annotations

from typing import Any

from colorize_core.training.settings import SettingError


def check_agreement(config: Any) -> None:
    """Refuse settings that do not go with one another.

    Args:
        config: a :class:`~colorize_core.training.config.TrainingConfig`, which imports this.

    Raises:
        SettingError: naming one of them, and what it does not go with.
    """
    if config.batch % config.accumulate:
        raise SettingError(
            "accumulate", f"must divide the batch, {config.batch}; got {config.accumulate}"
        )
    if len(config.betas) != 2:
        raise SettingError("betas", f"must be two numbers; got {config.betas!r}")
    if len(config.drop_at) != len(config.drop_to):
        raise SettingError("drop_at", "and drop_to must be of one length")
    _check_losses(config)
    _check_crops(config)
    _check_validation(config)


def _check_losses(config: Any) -> None:
    for name in ("distance", "recognition"):
        if getattr(config, name) and config.loss == "mse":
            raise SettingError(name, "goes with a distribution over colours, not with mse")


def _check_crops(config: Any) -> None:
    if config.window > config.crop:
        raise SettingError(
            "window", f"must be at most the crop, {config.crop}; got {config.window}"
        )
    if config.window and (config.distance or config.recognition):
        raise SettingError("window", "does not go with distance or recognition, which see all")
    if config.smallest_crop > config.largest_crop:
        raise SettingError(
            "smallest_crop",
            f"must be at most the largest_crop, {config.largest_crop}; got {config.smallest_crop}",
        )


def _check_validation(config: Any) -> None:
    if config.held_out and config.validation:
        raise SettingError(
            "held_out", "takes the place of validation photographs: give one of both"
        )
    if (config.patience or config.keep == "best") and not (config.held_out or config.validation):
        raise SettingError(
            "patience" if config.patience else "keep",
            "needs photographs to validate with: give held_out or validation",
        )
