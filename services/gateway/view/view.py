"""The view: SQLite beside the process, fed from the log, read in place."""

from collections.abc import Callable, Sequence
from pathlib import Path

from nats.aio.client import Client

from services.gateway import schemas
from services.gateway.view.values import Change, Decided, Keys, PostFact, PostHead, Published, User


class View:
    """What the gateway knows of the log."""

    failing: str | None
    caught_up: bool

    def __init__(self, folder: Path, broker: Client, keys: Keys) -> None: ...

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def wait_for(self, sequence: int, timeout: float) -> bool:
        raise NotImplementedError

    async def lag(self) -> dict[str, int]:
        raise NotImplementedError

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        raise NotImplementedError

    def user_by_id(self, user_id: str) -> User | None:
        raise NotImplementedError

    def user_by_handle(self, handle: str) -> User | None:
        raise NotImplementedError

    def communities(self, limit: int = 200) -> list[schemas.Community]:
        raise NotImplementedError

    def community(self, name: str) -> schemas.Community | None:
        raise NotImplementedError

    def post(self, post_id: str, viewer_id: str | None, moderator: bool = False) -> schemas.Post | None:
        raise NotImplementedError

    def posts(
        self, post_ids: Sequence[str], viewer_id: str | None, moderator: bool = False
    ) -> dict[str, schemas.Post]:
        raise NotImplementedError

    def comments(self, root_id: str, viewer_id: str | None, moderator: bool = False) -> schemas.CommentTree:
        raise NotImplementedError

    def own_posts(self, user_id: str, before_sequence: int | None, limit: int) -> list[schemas.Post]:
        """The next page continues before `[-1].sequence`."""
        raise NotImplementedError

    def profile(self, handle: str, viewer_id: str | None) -> schemas.Profile | None:
        raise NotImplementedError

    def facts(self, post_id: str) -> list[PostFact]:
        raise NotImplementedError

    def decisions_since(self, user_id: str, sequence: int, limit: int) -> list[Decided]:
        raise NotImplementedError

    def published_since(self, sequence: int, limit: int) -> list[Published]:
        raise NotImplementedError

    def held(self, communities: Sequence[str] | None, limit: int, after: int = 0) -> list[schemas.QueueItem]:
        """What waits for a person, oldest first; the next page continues after `[-1].post.sequence`."""
        raise NotImplementedError

    def modlog(self, community: str | None, before: int | None, limit: int) -> list[schemas.ModlogEntry]:
        raise NotImplementedError

    def post_head(self, post_id: str) -> PostHead | None:
        raise NotImplementedError

    def votes(self, post_id: str, viewer_id: str | None) -> schemas.VotesAnswer | None:
        """None where the post does not exist."""
        raise NotImplementedError
