"""One line in the log for each request that makes no sense, in place of whole tracebacks.

Anybody can send nonsense, and as often as they like. The studio's own handlers tell their errors
themselves; what else comes up comes from Gradio's look at a request.
"""

from __future__ import annotations

import logging
import sys
import traceback
from types import SimpleNamespace

from gradio import queueing, routes
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LONGEST = 160  # characters of a line's parts
_log = logging.getLogger(__name__)


class OneLine:
    """ASGI middleware around everything; an error ends here, as a line of the log.

    Args:
        app: answers requests, also those it then raises for.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        unfinished = False

        async def watched(message: Message) -> None:
            nonlocal unfinished
            unfinished = message["type"] == "http.response.start" or message.get("more_body", False)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            request = f"{scope.get('method', '')} {scope.get('path', '')}"
            _log.error("%s: %s", _short(request), line_of(error))
            if unfinished:
                await send({"type": "http.response.body", "body": b""})


def line_of(error: BaseException) -> str:
    """Describe an error in one line, with its place in the code."""
    places = traceback.extract_tb(error.__traceback__)
    place = f" ({places[-1].filename}:{places[-1].lineno})" if places else ""
    return f"{type(error).__name__}: {_short(str(error))}{place}"


def quiet_gradio() -> None:
    """Have Gradio, too, print a line for an error in place of a traceback."""
    for module in (queueing, routes):
        module.traceback = SimpleNamespace(print_exc=_print_line)  # type: ignore[attr-defined]


def _print_line() -> None:
    error = sys.exc_info()[1]
    if error is not None:
        _log.error("a request failed: %s", line_of(error))


def _short(words: str) -> str:
    line = words.splitlines()[0] if words else ""
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
