"""Sends live updates to open pages: decisions and account changes to their users, posts and counts to everybody."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from opentelemetry.trace import SpanKind

from services.gateway.posts.queries import PostQueries
from services.gateway.stream.queries import StreamQueries
from services.gateway.view.change_notifications import AccountChanged, Change, Counts, Decided, Published, TakenDown
from services.gateway.view.view import View
from shared.telemetry.tracing import Telemetry, traceparent

# A page this far behind is disconnected and resumes with its Last-Event-ID.
WAITING = 256
# Proxies close connections that are silent for a minute.
HEARTBEAT_S = 15.0
# A page that missed more than this loads the rest through the ordinary routes.
RESUME_LIMIT = 100


@dataclass(frozen=True)
class Listener:
    """The reader of a stream. `key`: what open streams are counted by; `user_id`: None for a visitor."""

    key: str
    user_id: str | None
    is_signed_in: Callable[[], Awaitable[bool]]  # whether the session that opened the stream still exists


class LiveUpdates:
    """Passes the view's changes to the open streams."""

    def __init__(self, view: View, posts: PostQueries, queries: StreamQueries, telemetry: Telemetry) -> None:
        self._posts = posts
        self._queries = queries
        self._telemetry = telemetry
        self._pages: set[Page] = set()
        self._closing = False
        self._unsubscribe = view.subscribe(self._spread)

    @contextmanager
    def page(self, listener: Listener) -> Iterator["Page"]:
        """Register an open page."""
        page = Page(listener)
        self._pages.add(page)
        try:
            yield page
        finally:
            self._pages.discard(page)

    def open_streams(self, key: str) -> int:
        """Return the number of open streams of a caller."""
        return sum(page.listener.key == key for page in self._pages)

    async def stream(self, listener: Listener, last_seen: int | None) -> AsyncIterator[bytes]:
        """Yield server-sent events for one page, starting after the sequence `last_seen`."""
        with self.page(listener) as page:
            yield b": open\nretry: 2000\n\n"
            if last_seen is not None:
                for change in self._missed(listener.user_id, last_seen):
                    yield self._message(change)
            while not self._closing and not page.overrun:
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        arrived = await page.next()
                except TimeoutError:
                    if not await listener.is_signed_in():
                        return
                    yield b": still here\n\n"
                    continue
                if isinstance(arrived, Decided | AccountChanged) and not await listener.is_signed_in():
                    return
                if arrived is not None:
                    yield self._message(arrived)

    def close(self) -> None:
        """End every stream; pages reconnect by themselves."""
        if not self._closing:
            self._unsubscribe()
        self._closing = True
        for page in self._pages:
            page.wake()

    def _spread(self, change: Change) -> None:
        if isinstance(change, Published) and self._pages and not self._posts.is_public(change.post_id):
            return  # a comment below a removed post, or taken down again since
        for page in self._pages:
            if _receiver(change) in (None, page.listener.user_id):
                page.put(change)

    def _missed(self, user_id: str | None, last_seen: int) -> list[Change]:
        missed: list[Change] = [*self._queries.published_since(last_seen, RESUME_LIMIT)]
        if user_id:
            missed += self._queries.decisions_since(user_id, last_seen, RESUME_LIMIT)
            missed += self._queries.account_changes_since(user_id, last_seen)
        missed += self._queries.taken_down_since(last_seen, RESUME_LIMIT)
        return sorted(missed, key=lambda change: change.sequence)

    def _message(self, change: Change) -> bytes:
        match change:
            case Decided():
                with self._telemetry.span("deliver_decision", change.traceparent, SpanKind.PRODUCER):
                    return _event("decision", change.sequence, self._decision(change), traceparent())
            case Published():
                data = {key: getattr(change, key) for key in ("post_id", "community", "is_comment", "root_id")}
                return _event("post", change.sequence, data, change.traceparent)
            case TakenDown():
                return _event("gone", change.sequence, {"post_id": change.post_id}, None)
            case AccountChanged():
                return _event("account", change.sequence, {}, None)
            case Counts():
                keys = ("post_id", "up", "down", "score", "comments")
                return _event("counts", change.sequence, {key: getattr(change, key) for key in keys}, None)

    def _decision(self, change: Decided) -> dict[str, Any]:
        post = self._posts.post(change.post_id, change.author_id)
        decision = post.decision.model_dump(mode="json") if post and post.decision else None
        return {
            "post_id": change.post_id,
            "revision": change.revision,
            "state": post.state if post else change.outcome,
            "decision": decision,
        }


class Page:
    """One open stream with its queue of changes."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.overrun = False
        self._waiting: asyncio.Queue[Change | None] = asyncio.Queue()

    def put(self, change: Change) -> None:
        """Queue a change; a page that does not read is disconnected."""
        if self._waiting.qsize() >= WAITING:
            self.overrun = True
        else:
            self._waiting.put_nowait(change)

    async def next(self) -> Change | None:
        """Return the next change; None when the stream must end."""
        return await self._waiting.get()

    def wake(self) -> None:
        """End a wait."""
        self._waiting.put_nowait(None)


def _receiver(change: Change) -> str | None:
    """Return the user whom alone a change concerns; None for everybody."""
    match change:
        case Decided():
            return change.author_id
        case AccountChanged():
            return change.user_id
        case _:
            return None


def _event(kind: str, sequence: int, data: dict[str, Any], parent: str | None) -> bytes:
    body = orjson.dumps({**data, "sequence": sequence, "traceparent": parent}).decode()
    return f"id: {sequence}\nevent: {kind}\ndata: {body}\n\n".encode()
