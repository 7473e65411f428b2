"""The gateway's view of the log: `from services.gateway.view import View`."""

from services.gateway.view.values import (
    Change,
    Counts,
    Decided,
    Keys,
    PostFact,
    PostHead,
    Published,
    User,
)
from services.gateway.view.view import View

__all__ = ["Change", "Counts", "Decided", "Keys", "PostFact", "PostHead", "Published", "User", "View"]
