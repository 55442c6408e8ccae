"""Model cards, as hubs show them: a README that begins with what programs read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from colorize_core.atomic import write_bytes

CARD = "README.md"
MADE = "<!-- Made by colorize. Without this line, what you change here is kept. -->"
_LICENCES = {
    *("apache-2.0", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-nc-4.0"),
    *("cc-by-nc-sa-4.0", "cc-by-sa-4.0", "gpl-3.0", "mit", "openrail"),
}  # those of a hub's names for licences that weights may come under
_METRICS = {
    "auc_raw_above_grey": "AuC above grey, raw, percentage points",
    "auc_rebalanced_above_grey": "AuC above grey, rebalanced, percentage points",
    "chroma_of_truth": "chroma, as a share of the truth's",
    "psnr": "PSNR, dB",
    "psnr_1_hint": "PSNR with 1 true hint, dB",
    "psnr_10_hints": "PSNR with 10 true hints, dB",
    "recognised": "recognised by a classifier, %",
}
_TEXT = """\
# {title}

Weights of Colorize's network `{model}`: plausible colour for
black-and-white photographs.

```
colorize photo old.jpg -m hf:OWNER/NAME
```

**For** giving old photographs plausible colour, to look at or as the first step of a retoucher's
work. **Not for** anything in which the colours are evidence: a colorized photo says nothing about
the true colours of skin, clothes, flags or goods. Where you publish it, say that it is colorized.
"""


def card_of(sidecar: Mapping[str, Any], title: str = "") -> str:
    """Write the model card of weights.

    Args:
        sidecar: of the weights: model, recipe, and if they are known licence, data and figures.
        title: of the page; the model's name, unless given.
    """
    model = str(sidecar.get("model", "colorize"))
    parts = ["---", *_metadata(sidecar, title or model), "---", ""]
    parts.append(_TEXT.format(title=title or model, model=model))
    parts += [*_training(sidecar), *_figures(sidecar), MADE, ""]
    return "\n".join(parts)


def write_card(folder: Path, sidecar: Mapping[str, Any]) -> None:
    """Write the card beside weights, unless people have written one of their own.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / CARD
    if not path.is_file() or MADE in path.read_text("utf-8", "replace"):
        write_bytes(path, card_of(sidecar).encode())


def figures_of(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Take the figures for a sidecar from what ``colorize evaluate`` has written as JSON.

    Raises:
        ValueError: it is no such thing.
    """
    try:
        grey, ours, truth = (evaluation[one] for one in ("grey", "colorized", "truth"))
        figures = {
            "photos": evaluation["photos"],
            "auc_raw_above_grey": ours["auc_raw"] - grey["auc_raw"],
            "auc_rebalanced_above_grey": ours["auc_rebalanced"] - grey["auc_rebalanced"],
            "chroma_of_truth": ours["chroma"] / max(1e-9, truth["chroma"]),
            "psnr": ours["psnr"],
            "recognised": ours["recognised"],
        }
    except (KeyError, TypeError) as error:
        raise ValueError(f"not figures of an evaluation: {error} is missing") from error
    rounded = {key: round(one, 2) for key, one in figures.items() if one is not None}
    return {"half": evaluation.get("half"), "size": evaluation.get("size"), "photos": rounded}


def _metadata(sidecar: Mapping[str, Any], title: str) -> list[str]:
    """Give the lines that programs read: YAML, of which JSON is a part."""
    said: dict[str, Any] = {
        "library_name": "colorize",
        "pipeline_tag": "image-to-image",
        "license": licence_id(sidecar.get("licence")),
        "tags": ["colorization", str(sidecar.get("model", ""))],
    }
    if data := sidecar.get("data"):
        said["datasets"] = [_plain(name) for name in data]
    if results := _results(sidecar):
        said["model-index"] = [{"name": title, "results": results}]
    return [f"{key}: {json.dumps(value)}" for key, value in said.items()]


def licence_id(licence: str | None) -> str:
    """Give a hub's name of a licence: ``unknown`` where none is stated."""
    if not licence:
        return "unknown"
    plain = re.split(r"[;,(]", licence)[0].strip().lower().replace(" ", "-")
    return plain if plain in _LICENCES else "other"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _groups(sidecar: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    figures = sidecar.get("figures") or {}
    return {name: group for name, group in figures.items() if isinstance(group, dict)}


def _results(sidecar: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "task": {"type": "image-to-image", "name": "colorization"},
            "dataset": {"type": "image", "name": f"{name} ({group.get('photos')})"},
            "metrics": [
                {"type": key, "name": _METRICS[key], "value": group[key]}
                for key in _METRICS
                if key in group
            ],
        }
        for name, group in _groups(sidecar).items()
    ]


def _training(sidecar: Mapping[str, Any]) -> list[str]:
    recipe = sidecar.get("recipe") or {}
    facts = {
        "photographs": sidecar.get("photographs"),
        "data": ", ".join(sidecar.get("data") or []),
        "licence": sidecar.get("licence") or "not stated",
        "started from": (sidecar.get("started from") or {}).get("what"),
        "steps": recipe.get("steps"),
        "batch": recipe.get("batch"),
        "loss": recipe.get("loss"),
        "decoded at T": sidecar.get("temperature"),
        "sees a short side of, pixels": sidecar.get("size"),
    }
    rows = [f"| {name} | {value} |" for name, value in facts.items() if value]
    return ["## Training", "", "| | |", "|---|---|", *rows, ""]


def _figures(sidecar: Mapping[str, Any]) -> list[str]:
    groups = _groups(sidecar)
    if not groups:
        return []
    names = [key for key in _METRICS if any(key in group for group in groups.values())]
    rows = [
        f"| {name} | {group.get('photos', '')} | "
        + " | ".join(str(group.get(key, "")) for key in names)
        + " |"
        for name, group in groups.items()
    ]
    heading = " | ".join(_METRICS[key] for key in names)
    size = (sidecar.get("figures") or {}).get("size")
    how = f"Short side {size} pixels, without hints unless it says so." if size else ""
    return [
        *("## Figures", "", how, ""),
        f"| | photos | {heading} |",
        "|---" * (len(names) + 2) + "|",
        *rows,
        "",
    ]
