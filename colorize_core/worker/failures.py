"""Errors in the words of a message to the caller: the reason, and what to do.

A host may say them in another language: so a text and what is to be filled in go out apart.
"""

from __future__ import annotations

from typing import Any

from colorize_core.worker.answers import N_

_ANOTHER_MODEL = N_("choose another model")


class TellingError(ValueError):
    """An error in a text that callers may translate.

    Args:
        text: the reason, with ``{fields}``.
        advice: what to do, likewise.
        fields: what belongs in there: texts and numbers.
    """

    def __init__(self, text: str, advice: str, **fields: str | int) -> None:
        super().__init__(text.format_map(fields))
        self.text = text
        self.advice = advice
        self.fields = fields


def failure(kind: str, message: str, advice: str, **fields: str | int) -> dict[str, Any]:
    """Make an ``error`` message, of texts with ``{fields}``."""
    return {
        "reply": "error",
        "kind": kind,
        "message": message,
        "advice": advice,
        "fields": fields,
    }


def explain(error: BaseException) -> dict[str, Any]:
    """Make an ``error`` message of an exception, with advice."""
    if lacks_memory(error):
        return failure(
            "memory",
            N_("there is not enough memory for this layer"),
            N_("close other programs, or scale the picture down"),
        )
    if isinstance(error, TellingError):
        return failure("options", error.text, error.advice, **error.fields)
    reason = first_line(error)
    if type(error).__name__ == "TimeLimitError":
        advice = N_("choose a smaller size, or close other programs")
        return failure("internal", "{reason}", advice, reason=reason)
    if isinstance(error, FileNotFoundError):
        return failure("options", "{reason}", _ANOTHER_MODEL, reason=reason)
    if isinstance(error, (ValueError, TypeError)):
        return failure("options", "{reason}", N_("change it and try again"), reason=reason)
    return failure("internal", N_("the engine failed: {reason}"), N_("see the log"), reason=reason)


def unusable(model: str, error: Exception) -> TellingError:
    """Make the error of a model that cannot be loaded, or not be worked with."""
    text = N_("the model {model} cannot be used: {reason}")
    return TellingError(text, _ANOTHER_MODEL, model=model, reason=first_line(error))


def first_line(error: BaseException) -> str:
    """Give the first line that an error says."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def lacks_memory(error: BaseException) -> bool:
    """Tell whether there was not enough memory, the device's or the machine's."""
    text = str(error).lower()
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "out of memory" in text
        or "can't allocate memory" in text
    )
