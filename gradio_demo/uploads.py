"""Uploads, each in a folder of its own, deleted when the upload breaks off.

Gradio's own door keeps a file under the hash of its content: two visitors with the same photo would
share it, and half a file would stay.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from gradio.route_utils import MultiPartException, upload_fn
from gradio.routes import App, file_upload_statuses
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from gradio_demo.refusals import Refusal
from gradio_demo.tokens import HEADER
from gradio_demo.visits import Visits

PATH = "/gradio_api/upload"
VISIT_HEADER = "x-colorize-visit"  # the page says whose it is; programs say so when they use it


def uploading(
    visits: Visits, most_bytes: int
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Make the handler of uploads.

    Args:
        visits: their owners.
        most_bytes: of one file.
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
            paths, _, _ = await upload_fn(
                request, str(folder), most_bytes, name, True, file_upload_statuses if name else None
            )
            with visits.writing(folder / "sent"):
                pass  # the visit may have ended meanwhile
            done = bool(paths)
            return JSONResponse(paths)
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
