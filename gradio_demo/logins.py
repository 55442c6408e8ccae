"""A brake on wrong passwords: each makes the next try from its address wait longer."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FREE = 3  # wrong ones that cost no time
_LONGEST = 30.0  # seconds between two tries, and that a try may be kept waiting
_FORGOTTEN = 900.0  # seconds after which wrong ones are forgotten
_MOST = 10_000  # addresses that are remembered
_PATHS = ("/login", "/login/")


@dataclass(slots=True)
class _Tries:
    """The wrong tries of one address, and the time of the next."""

    count: int = 0
    due: float = 0.0


def _after(count: int) -> float:
    """Compute the seconds to the next try, after so many wrong ones."""
    return 0.0 if count < _FREE else min(2.0 ** min(count - _FREE, 16), _LONGEST)


class Tries:
    """Wrong tries by address.

    Args:
        clock: seconds, of whatever beginning.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: dict[str, _Tries] = {}

    def pause(self, address: str) -> float | None:
        """Compute the seconds to wait before a try; None refuses it, as too many are waiting.

        It counts as wrong until :meth:`right`, so that trying many at once gains nothing.
        """
        now = self._clock()
        if len(self._tries) > _MOST:
            self._forget(now)
        tries = self._tries.setdefault(address, _Tries())
        if now > tries.due + _FORGOTTEN:
            tries.count = 0
        due = max(now, tries.due)
        if due - now > _LONGEST:
            return None
        tries.count += 1
        tries.due = due + _after(tries.count)
        return due - now

    def right(self, address: str) -> None:
        """Forget the wrong ones of an address."""
        self._tries.pop(address, None)

    def _forget(self, now: float) -> None:
        old = [address for address, tries in self._tries.items() if now > tries.due + _LONGEST]
        for address in old or list(self._tries)[: _MOST // 2]:
            del self._tries[address]


class SlowLogins:
    """ASGI middleware in front of the login.

    Args:
        app: checks the password.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.tries = Tries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on when its turn comes."""
        if scope["type"] != "http" or scope["path"] not in _PATHS or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        address = _neighbourhood((scope.get("client") or ("",))[0])
        pause = self.tries.pause(address)
        if pause is None:
            words = "Too many wrong passwords; wait a moment."
            later = {"Retry-After": str(math.ceil(_LONGEST))}
            await PlainTextResponse(words, 429, later)(scope, receive, send)
            return
        await asyncio.sleep(pause)

        async def hand(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                self.tries.right(address)
            await send(message)

        await self.app(scope, receive, hand)


def _neighbourhood(address: str) -> str:
    """Reduce an IPv6 address to the network of one household; leave others as they are."""
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if version == 6 else address
