"""The end of a visit: with the last connection of its page."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

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
        self._ending: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and note how long it lasts."""
        if scope["type"] != "http" or not scope["path"].startswith(_HEARTBEAT):
            await self.app(scope, receive, send)
            return
        visit = unquote(scope["path"].removeprefix(_HEARTBEAT))
        self._connections[visit] += 1
        self.visits.begin(visit)
        try:
            await self.app(scope, receive, send)
        finally:
            self._connections[visit] -= 1
            if not self._connections[visit]:
                del self._connections[visit]
                task = asyncio.get_running_loop().create_task(self._end(visit))
                self._ending.add(task)  # a loop holds its tasks but weakly
                task.add_done_callback(self._ending.discard)

    async def _end(self, visit: str) -> None:
        await asyncio.sleep(_GRACE)
        if visit not in self._connections:
            await self.cancel(visit)
            await asyncio.to_thread(self.visits.end, visit)
