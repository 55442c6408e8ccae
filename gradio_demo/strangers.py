"""A guard against strangers: only requests to the studio's names, from its own pages or programs.

Any page of the internet can have a browser send requests to a studio on the same machine; and, with
a name of its own leading there (DNS rebinding), read the answers. Such requests name the page's
host or origin. Names can be redirected, addresses of digits cannot.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_DEFAULT_PORTS = {"http": 80, "https": 443}
_OWN_SITE = {"same-origin", "none"}  # of Sec-Fetch-Site; none: typed, or a bookmark


class Hosts:
    """The names of a studio.

    Args:
        listens: the address it listens on.
        names: others leading to it, such as a proxy's.
    """

    def __init__(self, listens: str, names: Iterable[str] = ()) -> None:
        self.named = {_plain(name) for name in names}
        own = _plain(listens.strip("[]"))
        self._own = {own}
        address = _address(own)
        self._any_address = address is not None and address.is_unspecified
        self._loopback = is_loopback(own) or self._any_address
        if self._any_address:
            machine = _plain(socket.gethostname())
            self._own |= {machine, f"{machine}.local"}

    def __contains__(self, name: str) -> bool:
        address = _address(name)
        if address is not None and self._any_address:
            return True
        return name in self._own | self.named or (self._loopback and is_loopback(name))


def is_loopback(name: str) -> bool:
    """Tell whether a name or address is this machine alone."""
    address = _address(name)
    return name == "localhost" if address is None else address.is_loopback


def name_and_port(authority: str, port: int | None = None) -> tuple[str, int | None] | None:
    """Split ``name:port``, in lower case; None where it makes no sense.

    Args:
        authority: as in the header Host.
        port: where it says none.
    """
    try:
        parts = urlsplit(f"//{authority}")
        found = parts.port
    except ValueError:
        return None
    if parts.netloc != authority or "@" in authority or not parts.hostname:
        return None
    return _plain(parts.hostname), port if found is None else found


class Strangers:
    """ASGI middleware against requests to other names and from other pages.

    Args:
        app: for all others.
        hosts: the studio's names; may become more.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or hand it on."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            refused = self._wrong_host(headers) or self._wrong_origin(headers)
            if refused:
                await refused(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _wrong_host(self, headers: Headers) -> PlainTextResponse | None:
        for header in ("host", "x-forwarded-host"):
            for said in headers.getlist(header) or ([""] if header == "host" else []):
                named = name_and_port(said.partition(",")[0].strip())
                if named is None or named[0] not in self.hosts:
                    return PlainTextResponse(
                        "The studio does not go by this name. To add it: "
                        "colorize studio --host-name NAME",
                        421,
                    )
        return None

    def _wrong_origin(self, headers: Headers) -> PlainTextResponse | None:
        origin = headers.get("origin")
        site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
        if origin is not None:
            own = self._is_own(origin, headers)
        else:  # a link to the studio may be followed from anywhere
            own = site is None or site in _OWN_SITE or mode == "navigate"
        if own:
            return None
        return PlainTextResponse("Another site's page may not use the studio.", 403)

    def _is_own(self, origin: str, headers: Headers) -> bool:
        scheme, _, authority = origin.partition("://")
        port = _DEFAULT_PORTS.get(scheme)
        said = name_and_port(authority, port)
        if said is None or port is None:
            return False
        hosts = [headers.get("host", ""), headers.get("x-forwarded-host", "")]
        return said[0] in self.hosts.named or said in [name_and_port(one, port) for one in hosts]


def _plain(name: str) -> str:
    return name.strip().rstrip(".").lower()


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
