"""The end of a visit: some time after the last connection of its page.

The connection may be back, or the page reloaded, within the minutes of the settings. A program's
visit ends after seconds.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gradio_demo.tokens import HEADER
from gradio_demo.visits import Visits

_HEARTBEAT = "/gradio_api/heartbeat/"
_GRACE = 3.0  # seconds in which a connection that broke may come back


class Presence:
    """ASGI middleware that watches the connections of pages.

    Args:
        app: that keeps the connections.
        visits: who are told.
        cancel: called with a visit that ends, before they are.
    """

    def __init__(
        self, app: ASGIApp, visits: Visits, cancel: Callable[[str], Awaitable[None]]
    ) -> None:
        self.app = app
        self.visits = visits
        self.cancel = cancel
        self._connections: Counter[str] = Counter()
        self._ending: dict[str, asyncio.Task[None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and note how long it lasts."""
        if scope["type"] != "http" or not scope["path"].startswith(_HEARTBEAT):
            await self.app(scope, receive, send)
            return
        visit = unquote(scope["path"].removeprefix(_HEARTBEAT))
        self._connections[visit] += 1
        ending = self._ending.pop(visit, None)
        if ending is not None:
            ending.cancel()
        self.visits.begin(visit, Headers(scope=scope).get(HEADER))
        try:
            await self.app(scope, receive, send)
        finally:
            self._connections[visit] -= 1
            if not self._connections[visit]:
                del self._connections[visit]
                self._ending[visit] = asyncio.get_running_loop().create_task(self._end(visit))

    async def _end(self, visit: str) -> None:
        await asyncio.sleep(_GRACE)
        await self.cancel(visit)
        await asyncio.sleep(self.visits.seconds_kept(visit))
        self._ending.pop(visit, None)  # from here on it ends, whoever comes back
        await asyncio.to_thread(self.visits.end, visit)
