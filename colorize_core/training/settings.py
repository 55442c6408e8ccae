"""Settings that are told once: what one means, its unit, and the values that make sense.

A dataclass keeps a :class:`Setting` in the metadata of each field. Its values are checked against
it, the command line makes its options of it, and the documentation its table.
"""

from __future__ import annotations

import math
import os
from dataclasses import MISSING, Field, dataclass, field, fields
from numbers import Integral, Real
from typing import Any

_KEY = "setting"
_NUMBERS: dict[type, type] = {int: Integral, float: Real}
_TYPE_NAMES = {bool: "True or False", int: "a whole number", float: "a number", str: "a text"}


class SettingError(ValueError):
    """A setting that cannot be meant.

    Attributes:
        name: of the setting.
        said: what is wrong with it, to follow the name.
    """

    def __init__(self, name: str, said: str) -> None:
        super().__init__(f"{name} {said}")
        self.name = name
        self.said = said

    def __reduce__(self) -> tuple:
        """Come back whole from another process, which gives the first argument alone."""
        return type(self), (self.name, self.said)


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers that make sense: always finite ones.

    Attributes:
        least: the smallest, or what they must be above where ``open_least``; None for any.
        most: the largest, or what they must be below where ``open_most``; None for any.
        open_least: whether ``least`` itself is excluded.
        open_most: whether ``most`` itself is excluded.
        multiple: what they must be multiples of; 0 for any.
    """

    least: float | None = None
    most: float | None = None
    open_least: bool = False
    open_most: bool = False
    multiple: int = 0

    def __str__(self) -> str:
        said = []
        if self.least is not None:
            said.append(f"{'above' if self.open_least else 'at least'} {self.least}")
        if self.most is not None:
            said.append(f"{'below' if self.open_most else 'at most'} {self.most}")
        if self.multiple:
            said.append(f"a multiple of {self.multiple}")
        return " and ".join(said) or "finite"

    def __contains__(self, number: float) -> bool:
        least = -math.inf if self.least is None else self.least
        most = math.inf if self.most is None else self.most
        return (
            math.isfinite(number)
            and (number > least if self.open_least else number >= least)
            and (number < most if self.open_most else number <= most)
            and not (self.multiple and number % self.multiple)
        )


ANY = Range()
NOT_NEGATIVE = Range(0)
COUNT = Range(1)
SHARE = Range(0, 1)
POSITIVE_SHARE = Range(0, 1, open_least=True)
DECAY = Range(0, 1, open_most=True)


@dataclass(frozen=True, slots=True)
class Setting:
    """The meaning of a setting, whatever its value.

    Attributes:
        help: what it means, a sentence or two for people.
        values: the numbers, or the texts, that make sense.
        unit: of its numbers, as ``pixels``; empty for numbers without one.
        unset: a number outside the range that leaves the choice to the program.
        option: its name on the command line, where that is not made of the field's; empty for
            settings of Python alone.
        metavar: stands for the value in the command line's help.
        machine: whether it belongs to the machine and says nothing of what comes out.
        kept: why it cannot change within a run; empty where it can.
    """

    help: str
    values: Range | tuple[str, ...] = ANY
    unit: str = ""
    unset: float | None = None
    option: str | None = None
    metavar: str | None = None
    machine: bool = False
    kept: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """The texts that it may be; none for any, and for numbers."""
        return () if isinstance(self.values, Range) else self.values


def setting(
    default: Any,
    help: str,  # noqa: A002
    values: Range | tuple[str, ...] = ANY,
    unit: str = "",
    **about: Any,
) -> Any:
    """Make a dataclass's field.

    Args:
        default: its value unless another is given; a list is copied, MISSING is none.
        help: as of :class:`Setting`, as everything that follows.
        values: the numbers, or the texts, that make sense.
        unit: of the numbers.
        about: everything else.
    """
    metadata = {_KEY: Setting(help, values, unit, **about)}
    if isinstance(default, list):
        return field(default_factory=default.copy, metadata=metadata)
    return field(default=default, metadata=metadata)


def settings_of(kind: Any) -> dict[str, Setting]:
    """List a dataclass's settings by the names of their fields."""
    return {item.name: item.metadata[_KEY] for item in fields(kind) if _KEY in item.metadata}


def kind_of(item: Field) -> type:
    """Tell the type of a field's values by its default; one that has none is a list."""
    if item.default_factory is not MISSING:
        return type(item.default_factory())
    if item.default is MISSING:
        return list
    return str if item.default is None else type(item.default)


def check_settings(instance: Any) -> None:
    """Refuse values that cannot be meant.

    Raises:
        SettingError: naming the first such field, what it may be, and its value.
    """
    for item in fields(instance):
        value = getattr(instance, item.name)
        if _KEY in item.metadata and not (value is None and item.default is None):
            wanted = _wanted(kind_of(item), item.metadata[_KEY], value)
            if wanted:
                raise SettingError(item.name, f"must be {wanted}; got {value!r}")


def _wanted(kind: type, setting: Setting, value: Any) -> str:
    """Tell what a setting may be, where it is not; nothing where it is."""
    values = setting.values
    if kind is list:
        sound = isinstance(value, list) and all(isinstance(text, str) for text in value)
        return "" if sound else "a list of texts"
    if not isinstance(values, Range):
        return "" if value in values else f"one of {', '.join(values)}"
    if kind is tuple:
        sound = isinstance(value, tuple) and all(
            _is(float, part) and part in values for part in value
        )
        return "" if sound else f"numbers, each {values}"
    if not _is(kind, value):
        return _TYPE_NAMES[kind]
    sound = kind in (bool, str) or value == setting.unset or value in values
    return "" if sound else str(values)


def _is(kind: type, value: Any) -> bool:
    """Tell whether a value will do for a type: numbers of NumPy's, too, and whole ones for any."""
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    return isinstance(value, _NUMBERS.get(kind, kind))


def as_text(value: Any) -> Any:
    """Turn paths, and those in lists, into texts; everything else stays as it is."""
    if isinstance(value, list):
        return [as_text(one) for one in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value
