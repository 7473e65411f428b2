"""Checks the Host header: another site must not reach this server under a name of its own (DNS rebinding)."""

import re
from collections.abc import Sequence
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.http.errors import problem

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})
# Orchestrators ask these under any address; the answers reveal nothing.
PROBES = frozenset({"/healthz", "/readyz"})
EVERY = "*"
# RFC 9110, 7.2: a host and perhaps a port. Anything more would make an address that leads elsewhere.
_HOST = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::[0-9]*)?")


class HostCheck:
    """ASGI middleware that refuses requests for an unknown host."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str], bound: str) -> None:
        """`allowed`: host names from the settings, `*` for any, `*.` before a name for its subdomains. `bound`: the
        address that the server listens on."""
        self._app = app
        names = {name.strip().lower() for name in allowed} - {""}
        self._every = EVERY in names
        self._below = tuple(name[1:] for name in names if name.startswith("*."))
        self._names = names | LOOPBACK | ({bound.lower()} - ANY_ADDRESS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and not self._every and scope["path"] not in PROBES:
            named = Headers(scope=scope).getlist("host")
            if len(named) != 1:  # two would let a proxy and this server each read another one
                await problem(400, "one_host", "A request names exactly one host.")(scope, receive, send)
                return
            host = host_of(named[0])
            if not self._knows(host, scope):
                answer = problem(
                    421,
                    "wrong_host",
                    "This server does not answer to this host name. Its operator can add the name to OTTIT_HOSTS.",
                )
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _knows(self, host: str, scope: Scope) -> bool:
        if host in self._names or (self._below and host.endswith(self._below)):
            return True
        # The address of the connection itself: anybody can point a name here, but not an address.
        server = scope.get("server") or ("", 0)
        return _is_address(host) and host == str(server[0])


def host_of(header: str) -> str:
    """Return the host of a `Host` header, without port and brackets, in lower case; empty if it is no host."""
    found = _HOST.fullmatch(header.strip().lower().removesuffix("."))
    return (found["address"] or found["name"].removesuffix(".")) if found else ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
