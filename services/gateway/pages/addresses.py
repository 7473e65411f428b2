"""The addresses of the client's pages, and whether something is shown there."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from services.gateway.accounts.queries import AccountQueries
from services.gateway.communities.queries import CommunityQueries
from services.gateway.http.caller import Caller
from services.gateway.posts.queries import PostQueries
from shared.problems import NotFound

# As in client/src/app/routes.tsx; a contract test compares the two.
PAGES = (
    "/",
    "/c/:name",
    "/communities",
    "/new-community",
    "/p/:id",
    "/p/:id/edit",
    "/p/:id/timeline",
    "/write",
    "/search",
    "/mine",
    "/me",
    "/account",
    "/device",
    "/readers",
    "/review",
    "/drift",
    "/roles",
    "/audit",
    "/applications",
    "/invitations",
    "/u/:handle",
    "/reset",
    "/sign-in",
    "/sign-in/return",
    "/sign-up",
)
_EXPRESSIONS = [re.compile(re.sub(r":(\w+)", r"(?P<\1>[^/]+)", pattern)) for pattern in PAGES]


@dataclass(frozen=True)
class PageAddresses:
    """Says which addresses lead to a page with content: for the status that crawlers, checkers and caches go by."""

    posts: PostQueries
    accounts: AccountQueries
    communities: CommunityQueries

    def exists(self, path: str, caller: Caller) -> bool:
        """Return whether this caller finds something at a path without its leading slash."""
        address = f"/{path}".rstrip("/") or "/"
        for expression in _EXPRESSIONS:
            if found := expression.fullmatch(address):
                return all(self._known(caller)[name](value) for name, value in found.groupdict().items())
        return False

    def _known(self, caller: Caller) -> dict[str, Callable[[str], bool]]:
        return {
            "id": lambda post_id: self._sees(post_id, caller),
            "name": self.communities.exists,
            "handle": lambda handle: self._knows(handle, caller),
        }

    def _knows(self, handle: str, caller: Caller) -> bool:
        try:
            self.accounts.visible(handle, caller)
        except NotFound:
            return False
        return True

    def _sees(self, post_id: str, caller: Caller) -> bool:
        try:
            self.posts.visible(post_id, caller)
        except NotFound:
            return False
        return True
