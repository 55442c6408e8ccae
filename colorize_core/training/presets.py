"""Settings that belong together: a published run, and runs on few photographs."""

from __future__ import annotations

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    # Zhang, Isola and Efros 2016, section 3: Adam, 3e-5, then 1e-5 from step 200,000 and 3e-6 from
    # 375,000 of about 450,000. (The released solver divides by 10 at 225,000 and 450,000 and stops
    # at 500,000.) Photos of 256 pixels, of which 176 are seen: the share 0.6875.
    "eccv16-paper": {
        "model": "eccv16",
        "loss": "rebalanced",
        "steps": 450_000,
        "batch": 40,
        "crop": 176,
        "smallest_crop": 176 / 256,
        "largest_crop": 176 / 256,
        "rate": 3e-5,
        "optimizer": "adam",
        "weight_decay": 1e-3,
        "schedule": "steps",
        "drop_at": (200 / 450, 375 / 450),
        "drop_to": (1 / 3, 0.1),
        "warm_up": 0,
        "clip": 0.0,
        "gamma": 0.5,
        "alpha": 1.0,
        "neighbours": 10,
        "hints": 0.0,
        "ema": 0.0,
        "temperature": 0.38,
        "size": 256,
    },
    # Some hundred photos: from weights that know the world already, a short run with low rates,
    # looked at often, of which the best weights are kept.
    "few-photos": {
        "start_from": "lite",
        "held_out": 20,
        "steps": 300,
        "batch": 16,
        "rate": 2e-4,
        "encoder_rate": 5e-5,
        "alpha": 0.8,
        "ageing": 0.5,
        "ema": 0.99,
        "prior_photos": 1000,
        "validate_every": 25,
        "validation_photos": 64,
        "checkpoint_every": 25,
        "keep": "best",
        "patience": 4,
    },
}

# What weights are tuned for, so that those which start from them are too.
_TUNED = ("temperature", "size")


def completed(name: str | None, given: dict[str, Any]) -> dict[str, Any]:
    """Put settings that are given in the place of a preset's own.

    Where weights to start from are given, what they were tuned for comes before the defaults.

    Args:
        name: of the preset; None, or one that there is not, for none.
        given: settings by their names.

    Raises:
        ValueError: there is no model of that name to start from.
        FileNotFoundError: no weights come with the model to start from.
    """
    settings = PRESETS.get(name or "", {})
    if given.get("validation"):
        settings = {setting: settings[setting] for setting in settings if setting != "held_out"}
    chosen = settings | given
    if chosen.get("start_from"):
        # Here, because the command line's help is made from this file, without PyTorch.
        from colorize_core.models.loading import weights_file
        from colorize_core.models.registry import read_sidecar, sidecar_of

        tuned = read_sidecar(sidecar_of(weights_file(chosen["start_from"])))
        chosen = {name: tuned[name] for name in _TUNED if name in tuned} | chosen
    return chosen
