"""The summary of ``colorize photo``: how much was done, what was skipped, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from colorize_core.engine.options import ColorPhotos
from colorize_core.engine.planning import Plan
from colorize_core.engine.tasks import Outcome
from colorize_core.photo.kinds import ADVICE

_MOST_SUFFIXES = 6


@dataclass(slots=True)
class Tally:
    """Outcomes, counted.

    Attributes:
        done: what was written.
        before: what was there already.
        errors: how many failed.
        stale: of what was there already, the first of each kind, and how many there are.
        in_color: the photos that were in colour already.
    """

    done: list[Path] = field(default_factory=list)
    before: list[Path] = field(default_factory=list)
    errors: int = 0
    stale: dict[str, list[Path]] = field(default_factory=dict)
    in_color: list[Path] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        if outcome.error:
            self.errors += 1
        elif outcome.target is not None and outcome.done_before:
            self.before.append(outcome.target)
            if outcome.stale:
                self.stale.setdefault(outcome.stale, []).append(outcome.target)
        elif outcome.target is not None:
            self.done += outcome.parts or [outcome.target]
            if outcome.in_color:
                self.in_color.append(outcome.source)

    def __str__(self) -> str:
        before = f", {len(self.before)} done already" if self.before else ""
        return f"{len(self.done)} colorized, {self.errors} failed{before}"


def remarks(
    plan: Plan, tally: Tally, color_photos: ColorPhotos = "recolour", masked: bool = False
) -> list[str]:
    """Write lines about photos in colour, outputs that are stale, and files passed over."""
    lines = _in_color(tally.in_color, color_photos, masked) if tally.in_color else []
    for kind, targets in tally.stale.items():
        many = len(targets) > 1
        past, present = ("were", "are") if many else ("was", "is")
        verb = past if kind.startswith("made") else present
        them = f"{len(targets)} outputs {verb}" if many else f"1 output {verb}"
        again, kinds = ("them", kind.replace("its photo", "their photos")) if many else ("it", kind)
        lines.append(f"Note: {them} {kinds}: {_such_as(targets)}; --overwrite makes {again} again")
    if plan.own_outputs:
        lines.append(
            "Left as they are: outputs of earlier runs beside their photos "
            f"({_listed(plan.own_outputs)})"
        )
    return lines + _passed_over(plan)


def _in_color(photos: list[Path], color_photos: ColorPhotos, masked: bool) -> list[str]:
    """Give the line that says what became of photos that were in colour already."""
    many = len(photos) > 1
    them = f"{len(photos)} photos were" if many else "1 photo was"
    their, they = ("their", "them") if many else ("its", "it")
    where = " where the mask is white" if masked else ""
    became = {
        "recolour": f"{their} colours were replaced{where}; --colour-photos leave or mix keeps "
        "them",
        "leave": f"left {they} so",
        "mix": f"kept {their} colours, and colorized what is grey{where}",
    }
    return [f"Note: {them} in colour already: {_such_as(photos)}; {became[color_photos]}"]


def _passed_over(plan: Plan) -> list[str]:
    """Give a line for each kind that there is advice for, and one for all other files."""
    kinds: dict[str, list[Path]] = {}
    for item in plan.passed_over:
        kinds.setdefault(item.kind if item.kind in ADVICE else "", []).append(item.path)
    others = kinds.pop("", [])
    lines = [
        f"Passed over: {kind} ({_listed(paths)}): {ADVICE[kind]}" for kind, paths in kinds.items()
    ]
    if others:
        lines.append(f"Passed over: what is no photograph ({_listed(others)})")
    return lines


def _listed(paths: list[Path]) -> str:
    """Give a file's name, or how many files there are of each suffix."""
    if len(paths) == 1:
        return paths[0].name
    suffixes = Counter(path.suffix.lower() or "without suffix" for path in paths)
    listed = [f"{count} {suffix}" for suffix, count in suffixes.most_common(_MOST_SUFFIXES)]
    return ", ".join([*listed, "..."] if len(suffixes) > _MOST_SUFFIXES else listed)


def _such_as(paths: list[Path]) -> str:
    return str(paths[0]) if len(paths) == 1 else f"such as {paths[0]}"
