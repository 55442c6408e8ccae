"""Findings of the doctor's examinations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    state: str  # "ok", "note" or "bad"
    text: str
