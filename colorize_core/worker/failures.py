"""Errors in the words of a message to the caller: the reason, and what to do."""

from __future__ import annotations

from typing import Any


def failure(kind: str, message: str, advice: str) -> dict[str, Any]:
    """Make an ``error`` message."""
    return {"reply": "error", "kind": kind, "message": message, "advice": advice}


def explain(error: BaseException) -> dict[str, Any]:
    """Make an ``error`` message of an exception, with advice."""
    if lacks_memory(error):
        return failure(
            "memory",
            "there is not enough memory for this layer",
            "close other programs, or scale the picture down",
        )
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    if type(error).__name__ == "TimeLimitError":
        return failure("internal", reason, "choose a smaller size, or close other programs")
    if isinstance(error, FileNotFoundError):
        return failure("options", reason, "choose another model")
    if isinstance(error, (ValueError, TypeError)):
        return failure("options", reason, "change it and try again")
    return failure("internal", f"the engine failed: {reason}", "see the log")


def lacks_memory(error: BaseException) -> bool:
    """Tell whether there was not enough memory, the device's or the machine's."""
    text = str(error).lower()
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "out of memory" in text
        or "can't allocate memory" in text
    )
