"""Headers of every answer: run the studio's own scripts alone, and never in a frame."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Iterable

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
# Gradio makes functions of the scripts of its parts (eval) and styles elements as it goes.
_PAGE = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' {scripts}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-src 'none'; "
    "frame-ancestors 'none'"
)


def scripts_of(page: str) -> list[str]:
    """Find the texts of the scripts within a page or its head."""
    return _INLINE.findall(page)


def page_policy(scripts: Iterable[str]) -> str:
    """Write the page's content security policy: of scripts within it, only these run."""
    hashes = {
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    }
    return _PAGE.format(scripts=" ".join(f"'sha256-{one}'" for one in sorted(hashes)))


class SafeHeaders:
    """ASGI middleware for the headers.

    Args:
        app: the answering one.
        first: an element for the beginning of the page's head.
        later: scripts added by the page itself.
    """

    def __init__(self, app: ASGIApp, first: str = "", later: Iterable[str] = ()) -> None:
        self.app = app
        self.first = first.encode()
        self.later = list(later)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and its answer back with the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body: list[bytes] = []
        taken = Headers(scope=scope).get("accept-encoding", "")
        if scope["path"] == "/":  # compressed here, once its scripts have been read
            headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
            scope = {**scope, "headers": headers}

        async def hand(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                headers["Content-Security-Policy"] = _NOTHING
                if not _is_page(message, scope):
                    await send(message)
            elif start is not None and _is_page(start, scope):
                body.append(message.get("body", b""))
                if message.get("more_body"):
                    return
                page = b"".join(body).replace(b"<head>", b"<head>" + self.first, 1)
                found = scripts_of(page.decode("utf-8", "replace"))
                headers = MutableHeaders(scope=start)
                headers.add_vary_header("Accept-Encoding")
                page, encoding = _compressed(page, taken)
                if encoding:
                    headers["Content-Encoding"] = encoding
                if page:  # none is there where only the headers are asked for
                    headers["Content-Length"] = str(len(page))
                headers["Content-Security-Policy"] = page_policy([*found, *self.later])
                await send(start)
                await send({**message, "body": page})
            else:
                await send(message)

        await self.app(scope, receive, hand)


def _compressed(page: bytes, taken: str) -> tuple[bytes, str]:
    """Compress a page as its browser can read it: the page, and the encoding's name or nothing.

    It has the same scripts several times, too far apart for gzip to see. Browsers take Brotli by
    HTTPS and from their own machine.
    """
    names = [name.partition(";")[0].strip() for name in taken.lower().split(",")]
    if page and "br" in names:
        return brotli.compress(page, brotli.MODE_TEXT, quality=5), "br"
    if page and "gzip" in names:
        return gzip.compress(page), "gzip"
    return page, ""


def _is_page(start: Message, scope: Scope) -> bool:
    kind = MutableHeaders(scope=start).get("content-type", "")
    return scope["path"] == "/" and kind.startswith("text/html")
