"""Missing parts of a picture, in words."""

from __future__ import annotations

from dataclasses import dataclass

from colorize_core.photo.photo import DamagedError


@dataclass(frozen=True, slots=True)
class Damage:
    """The missing or broken part of a picture.

    Attributes:
        rows: from the top that are in order; None where that cannot be told.
        height: rows that there should be.
        is_cut: whether the file ends there; else what follows is wrong.
    """

    rows: int | None
    height: int
    is_cut: bool

    def __str__(self) -> str:
        what = "truncated" if self.is_cut else "damaged"
        if self.rows is None:
            return f"is {what}: not all of its {self.height} rows are in order"
        are = "there" if self.is_cut else "in order"
        return f"is {what}: {self.rows} of its {self.height} rows are {are}"


def worst_of(one: Damage | None, other: Damage | None) -> Damage | None:
    """Choose of two that of which fewer rows are in order."""
    if one is None or other is None:
        return one or other
    if one.rows is None or other.rows is None:
        return one if one.rows is not None else other
    return one if one.rows <= other.rows else other


def refuse_unless(damaged: bool, damage: Damage | None) -> None:
    """Refuse what is damaged, unless damaged photos are wanted.

    Raises:
        DamagedError: it is, and they are not.
    """
    if damage is not None and not damaged:
        raise DamagedError(str(damage))
