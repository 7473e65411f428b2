"""Handles that nobody may take: names of the site's own roles and pages, and names that look like another one. Pure."""

import re
import unicodedata
from collections.abc import Callable

from shared.policy.confusables import FOREIGN, STYLED

# Names that readers take for the site itself, and parts of addresses that a page or a mail server may use (RFC 2142).
RESERVED = frozenset(
    {
        "abuse", "account", "admin", "administrator", "anonymous", "api", "assets", "auditor", "bot", "contact",
        "deleted", "erased", "everyone", "gateway", "guest", "help", "hostmaster", "info", "local", "mail", "me",
        "mod", "moderation", "moderator", "moderators", "nobody", "noreply", "null", "official", "operator",
        "ottit", "owner", "postmaster", "privacy", "root", "security", "server", "service", "staff", "superuser",
        "support", "sysadmin", "system", "team", "undefined", "unknown", "user", "webmaster", "www",
    }
)  # fmt: skip
# Characters of handles that are hard to tell apart in most fonts, from Unicode's confusables (UTS 39). The separators
# go first: `sys_tem` reads as `system`. `view/tables.py` has the same steps for its index.
REPLACEMENTS = (("-", ""), ("_", ""), ("0", "o"), ("1", "l"), ("i", "l"), ("m", "rn"), ("w", "vv"))


def skeleton(handle: str) -> str:
    """Return a form that two handles share if they look alike."""
    form = "".join(FOREIGN.get(one) or STYLED.get(one) or one for one in handle.casefold())
    for look, plain in REPLACEMENTS:
        form = form.replace(look, plain)
    return form


_RESERVED_SKELETONS = frozenset(map(skeleton, RESERVED))


def is_reserved(handle: str) -> bool:
    """Return whether a handle is reserved or looks like a reserved one."""
    return skeleton(handle) in _RESERVED_SKELETONS


def suggest(username: str, is_free: Callable[[str], bool]) -> str:
    """Return a handle that resembles somebody's name elsewhere, such as a mail address; empty if none is free."""
    plain = unicodedata.normalize("NFKD", username.partition("@")[0]).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")[:26].strip("-")
    candidates = (base, *(f"{base}-{number}" for number in range(2, 6)))
    return next((one for one in candidates if len(base) >= 3 and is_free(one)), "")
