"""Gates before Gradio: the addresses that are answered, and the files they may name.

Gradio has more doors than a studio needs: some fetch any address of the internet, some keep a
visitor's page for good, some serve other files of the machine. Only those of the page and of
programs are open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gradio_demo.refusals import Refusal
from gradio_demo.tokens import HEADER
from gradio_demo.visits import Visits

_MOST_CALL = 8 * 2**20  # bytes of a call: files are not part of it
_FILE = "/gradio_api/file="
_CALLS = re.compile(r"/gradio_api/(queue/join|(call|run|api)/[\w/]+)/?")
_OPEN = re.compile(
    r"/"
    r"|/(config|theme\.css|robots\.txt|manifest\.json|favicon\.ico|login|logout|health)/?"
    r"|/words/[a-z]+\.json"
    r"|/(assets|static|svelte)/.+"
    r"|/gradio_api/(info|openapi\.json|login_check|user|app_id|startup-events|theme\.css)/?"
    r"|/gradio_api/(queue/(join|data|status)|cancel|reset|upload|upload_progress)/?"
    r"|/gradio_api/(call|run|api|heartbeat)/[\w/]+"
    rf"|{_FILE}.+",
    re.DOTALL,
)


class Gates:
    """ASGI middleware in front of everything; closed doors answer 404.

    Args:
        app: behind the gates.
        visits: owners of the files that requests name.
    """

    def __init__(self, app: ASGIApp, visits: Visits) -> None:
        self.app = app
        self.visits = visits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        if not _OPEN.fullmatch(path):
            await PlainTextResponse("Nothing is here.", 404)(scope, receive, send)
            return
        try:
            if path.startswith(_FILE):
                self.visits.serve(path.removeprefix(_FILE))
            elif scope["method"] == "POST" and _CALLS.fullmatch(path):
                body = await _whole(receive)
                self._claim(body, Headers(scope=scope).get(HEADER))
                receive = _again(body, receive)
        except _TooLongError:
            await PlainTextResponse("The call is too long.", 413)(scope, receive, send)
            return
        except Refusal as refusal:
            status = 403 if path.startswith(_FILE) else 400
            await JSONResponse({"detail": str(refusal)}, status)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _claim(self, body: bytes, token: str | None) -> None:
        """Have the calling visit own the files it names.

        Raises:
            Refusal: it names one that is not its own.
        """
        try:
            call = json.loads(body)
        except (ValueError, RecursionError):
            return  # which Gradio will tell
        visit = call.get("session_hash") if isinstance(call, dict) else None
        if isinstance(visit, str) and visit:
            self.visits.begin(visit, token)
        else:
            visit = None
        for named in _files_of(call):
            if visit is None:
                self.visits.file(named, None)
            else:
                self.visits.claim(named, visit)


class _TooLongError(Exception):
    """A call with more bytes than any sensible one."""


async def _whole(receive: Receive) -> bytes:
    """Read the body of a request.

    Raises:
        _TooLongError: it does not end.
    """
    parts, size = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > _MOST_CALL:
            raise _TooLongError
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Make a ``receive`` for a body already read, and for all messages after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _files_of(call: Any) -> Iterator[Any]:
    """Yield the files named anywhere in a call."""
    waiting = [call]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("path"), str):
                yield value["path"]
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
