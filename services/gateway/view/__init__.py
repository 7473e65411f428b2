"""The gateway's view of the log: `from services.gateway.view import View`."""

from services.gateway.changes import Change, Counts, Decided, Published
from services.gateway.view.opening import Keys
from services.gateway.view.values import PostFact, PostHead, User
from services.gateway.view.view import View

__all__ = ["Change", "Counts", "Decided", "Keys", "PostFact", "PostHead", "Published", "User", "View"]
