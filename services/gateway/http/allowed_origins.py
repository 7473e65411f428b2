"""The AI providers that a person lets their browser talk to: their origins join `connect-src` of that person's page.

They travel in a cookie that the page writes itself, because the policy of a page is a header and so the server's to
write. Whoever can write that cookie could at most let this browser connect somewhere: the gateway itself never does.
"""

import re
from urllib.parse import unquote

COOKIE = "ottit_providers"
# A provider, a router of providers, a server on this machine, and one to spare.
MOST = 4
_LONGEST = 200
_NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PORT = r"(?::[1-9][0-9]{0,4})?"
# Exact origins in the letters of host names: no wildcard, no path, nothing that could end the directive or the header.
_ORIGIN = re.compile(rf"https://{_NAME}(?:\.{_NAME})+{_PORT}|http://(?:localhost|127\.0\.0\.1){_PORT}", re.ASCII)


def allowed_origins(cookie: str | None) -> tuple[str, ...]:
    """The origins of a cookie, as `origin|origin`, each percent-encoded; what is no plain origin is left out."""
    if not cookie or len(cookie) > MOST * _LONGEST:
        return ()
    origins = dict.fromkeys(unquote(part) for part in cookie.split("|"))
    return tuple(origin for origin in origins if len(origin) <= _LONGEST and _ORIGIN.fullmatch(origin))[:MOST]


def widened(policy: str, origins: tuple[str, ...]) -> str:
    """The content security policy of a page that may also connect to these origins."""
    return policy.replace("connect-src 'self'", " ".join(("connect-src 'self'", *origins)))
