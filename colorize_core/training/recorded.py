"""Settings of a run as files hold them: JSON, and the recipe of the weights."""

from __future__ import annotations

import json
from dataclasses import Field, asdict, fields
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from colorize_core.training.settings import kind_of, settings_of

_Own = TypeVar("_Own", bound="Recorded")


class Recorded:
    """A base for dataclasses whose fields are settings."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def to_json(self) -> str:
        """Write the settings as JSON, for checkpoints and sidecars."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls: type[_Own], text: str) -> _Own:
        """Read the run that :meth:`to_json` wrote.

        Raises:
            ValueError: a field is unknown; it is named.
        """
        values = json.loads(text)
        unknown = set(values) - {item.name for item in fields(cls)}
        if unknown:
            raise ValueError(f"unknown training settings: {', '.join(sorted(unknown))}")
        tuples = {item.name for item in fields(cls) if kind_of(item) is tuple}
        values |= {name: tuple(values[name]) for name in tuples & values.keys()}
        return cls(**values)

    def recipe(self) -> dict[str, Any]:
        """List what made the weights what they are: all settings but those of one machine.

        Of a prior that was given, the file's name stays, and no count of photos.
        """
        of_machine = self.of_machine()
        recipe = {name: value for name, value in asdict(self).items() if name not in of_machine}
        given = recipe.pop("prior")
        if given:
            recipe |= {"prior": Path(given).name, "prior_photos": None}
        return recipe

    def changes_since(self, earlier: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Compare with the settings that a checkpoint holds: name -> (then, now) of what differs.

        Settings of one machine are passed over, and those that the checkpoint does not know.
        """
        now = json.loads(self.to_json())
        for name in (*self.of_machine(), "preset", "prior"):
            now.pop(name, None)
        return {
            name: (then, now[name])
            for name, then in earlier.items()
            if name in now and now[name] != then
        }

    @classmethod
    def of_machine(cls) -> tuple[str, ...]:
        """List the settings of one machine; they do not shape the weights."""
        return tuple(name for name, setting in settings_of(cls).items() if setting.machine)
