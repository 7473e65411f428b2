"""By which names this house may be called: a foreign page must not reach it by a name of its own (DNS rebinding)."""

from collections.abc import Sequence
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.http.errors import problem

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})
# Asked by orchestrators, by whatever address they know; they tell nobody anything.
PROBES = frozenset({"/healthz", "/readyz"})
EVERY = "*"


class Hosts:
    """ASGI middleware: refuses requests for a host that is none of ours."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str], bound: str) -> None:
        """`allowed`: names from the settings, `*` for all, `*.` before a name for all below it; `bound`: the address
        that is listened on."""
        self._app = app
        names = {name.strip().lower() for name in allowed} - {""}
        self._every = EVERY in names
        self._below = tuple(name[1:] for name in names if name.startswith("*."))
        self._names = names | LOOPBACK | ({bound.lower()} - ANY_ADDRESS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and not self._every and scope["path"] not in PROBES:
            host = host_of(Headers(scope=scope).get("host", ""))
            if not self._knows(host, scope):
                answer = problem(
                    421,
                    "wrong_host",
                    "This house is not called so. Whoever runs it can add the name to OTTIT_HOSTS.",
                )
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _knows(self, host: str, scope: Scope) -> bool:
        if host in self._names or (self._below and host.endswith(self._below)):
            return True
        # The very address that the connection came to: a name can be made to point here, an address cannot.
        server = scope.get("server") or ("", 0)
        return _is_address(host) and host == str(server[0])


def host_of(header: str) -> str:
    """The host of a `Host` header, without port and brackets, in lower case."""
    host = header.strip().lower().removesuffix(".")
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].removesuffix(".")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
