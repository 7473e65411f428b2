"""The security headers of answers, and the origins that a user adds to the content security policy of their page.

The page writes the origins of the AI providers that the user allows into a cookie, because a page's policy is a header
that only the server can set. A forged cookie could at most let this browser connect elsewhere; the gateway itself never
connects to these origins.
"""

import re
from urllib.parse import unquote

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types ottit-worker"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}
# An answer that does not say otherwise may depend on who asks: no cache stores it. One that does all the same is told
# what the answer depends on.
NO_STORE, PER_CALLER = "no-store", "Cookie, Authorization"
HSTS = {"Strict-Transport-Security": "max-age=31536000"}  # a year
# Only the operator knows if every subdomain has HTTPS.
HSTS_SUBDOMAINS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
PROVIDERS_COOKIE = "ottit_providers"
# A provider, a router of providers, a server on this machine, and one spare.
MOST = 4
_LONGEST = 200
_NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PORT = r"(?::[1-9][0-9]{0,4})?"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
# Private addresses (RFC 1918) and names that only exist in a local network.
_LOCAL_NETWORK = (
    rf"(?:10\.{_OCTET}|172\.(?:1[6-9]|2[0-9]|3[01])|192\.168)\.{_OCTET}\.{_OCTET}"
    rf"|{_NAME}(?:\.{_NAME})*\.(?:local|lan|internal|home\.arpa)"
)
# Exact origins of plain host names: no wildcard, no path, and nothing that could end the directive or the header.
_ORIGIN = re.compile(
    rf"(?:https://{_NAME}(?:\.{_NAME})+|http://(?:localhost|127\.0\.0\.1|{_LOCAL_NETWORK})){_PORT}", re.ASCII
)


def allowed_origins(cookie: str | None) -> tuple[str, ...]:
    """Return the origins of a cookie: `origin|origin`, each percent-encoded. Anything else in it is left out."""
    if not cookie or len(cookie) > MOST * _LONGEST:
        return ()
    origins = dict.fromkeys(unquote(part) for part in cookie.split("|"))
    return tuple(origin for origin in origins if len(origin) <= _LONGEST and _ORIGIN.fullmatch(origin))[:MOST]


def widened(policy: str, origins: tuple[str, ...]) -> str:
    """Return the content security policy of a page that may also connect to these origins."""
    return policy.replace("connect-src 'self'", " ".join(("connect-src 'self'", *origins)))
