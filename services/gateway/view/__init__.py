"""The gateway's view of the log: `from services.gateway.view import View`."""

from services.gateway.changes import Change, Counts, Decided, Published, TakenDown
from services.gateway.view.newest import Newest, NewestPost, Wanted
from services.gateway.view.opening import Keys
from services.gateway.view.values import PostFact, PostHead, User
from services.gateway.view.view import View

__all__ = [
    "Change",
    "Counts",
    "Decided",
    "Keys",
    "Newest",
    "NewestPost",
    "PostFact",
    "PostHead",
    "Published",
    "TakenDown",
    "User",
    "View",
    "Wanted",
]
