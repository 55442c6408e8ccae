"""Uploads, each in a folder of its own, deleted when the upload breaks off.

Gradio's own door keeps a file under the hash of its content: two visitors with the same photo would
share it, and half a file would stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from gradio.route_utils import MultiPartException, upload_fn
from gradio.routes import App, file_upload_statuses
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Message

from gradio_demo.budget import Budget
from gradio_demo.refusals import Refusal
from gradio_demo.tokens import HEADER
from gradio_demo.visits import Visits

PATH = "/gradio_api/upload"
VISIT_HEADER = "x-colorize-visit"  # the page says whose it is; programs say so when they use it


def uploading(
    visits: Visits, most_bytes: int, budget: Budget
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Make the handler of uploads.

    Args:
        visits: their owners.
        most_bytes: of one file.
        budget: of all files together.
    """

    async def upload(request: Request) -> Response:
        if not is_let_in(request):
            return JSONResponse({"detail": "Not authenticated"}, 401)
        visit = request.headers.get(VISIT_HEADER) or None
        try:
            if visit is not None:
                visits.begin(visit, request.headers.get(HEADER))
            folder = visits.new_folder(visit)
        except Refusal as refusal:
            return PlainTextResponse(str(refusal), 410)
        name = request.query_params.get("upload_id")
        done = False
        try:
            with budget.coming(folder):
                sent = await _within(budget, folder, request)
                paths, _, _ = await upload_fn(
                    *(sent, str(folder), most_bytes, name, True),
                    file_upload_statuses if name else None,
                )
            with visits.writing(folder / "sent"):
                pass  # the visit may have ended meanwhile
            done = bool(paths)
            return JSONResponse(paths)
        except _FullError as error:
            await _drain(request, most_bytes)
            return PlainTextResponse(error.message, 507)
        except MultiPartException as error:
            large = "allowed size" in error.message
            words = too_large(most_bytes) if large else error.message
            return PlainTextResponse(words, 413 if large else 400)
        except Refusal as refusal:
            return PlainTextResponse(str(refusal), 410)
        except ClientDisconnect:
            return PlainTextResponse("Broken off.", 400)  # which nobody is there to read
        except (HTTPException, OSError, KeyError, TypeError, ValueError) as error:
            # A name that cannot be one, no parts, or no room on the disk.
            status = 507 if isinstance(error, OSError) else 400
            return PlainTextResponse("The files could not be taken.", status)
        finally:
            if not done:
                visits.drop(folder)

    return upload


class _FullError(MultiPartException):
    """There is no room for an upload: Gradio's parser closes its files at errors of this kind."""


async def _within(budget: Budget, folder: Path, request: Request) -> Request:
    """Reserve room for an upload, now as far as its length is said, else as it comes.

    Raises:
        _FullError: there is not enough. So does reading the request.
    """
    length = request.headers.get("content-length", "")
    said = int(length) if length.isdecimal() else 0

    async def receive() -> Message:
        try:
            return await counting()
        except Refusal as refusal:
            raise _FullError(str(refusal)) from None

    try:
        await asyncio.to_thread(budget.reserve, folder, said)
    except Refusal as refusal:
        raise _FullError(str(refusal)) from None
    counting = budget.counting(folder, said, request.receive)
    return Request(request.scope, receive)


async def _drain(request: Request, most_bytes: int) -> None:
    """Read what is still sent: browsers hear no answer before they have sent it."""
    size, more = 0, True
    while more and size <= most_bytes:
        message = await request.receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)


def too_large(most_bytes: int) -> str:
    """Say that a file is too large."""
    return (
        f"A file is larger than the {most_bytes / 2**20:g} MB of this studio "
        "(--most-megabytes raises that); make it smaller, or use: colorize photo"
    )


def is_let_in(request: Request) -> bool:
    """Tell whether no password is asked for, or this visitor has given it."""
    app: App = request.app
    if app.auth is None:
        return True
    cookies = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return any(app.tokens.get(request.cookies.get(name)) is not None for name in cookies)
