"""A generated test of the live updates of each role: what an open page hears, and one that comes back."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import Message

from shared.log.events import Reason
from tests.faults import waiting
from tests.gateway.conftest import Gateway
from tests.gateway.test_disclosure_on_broker import GONE, PUBLIC, People, Scene, everything, people, written
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker

# Everybody could see these once: an open page hears that they came, and that they went.
ONCE_PUBLIC = PUBLIC | {"removed", "withdrawn", "erased", "comment_of_removed"}
# A page that comes back hears that these are gone. A comment goes with its root, without a word of its own.
GONE_SINCE = {"removed", "withdrawn", "erased"}


def may_hear(field: str, post: str, role: str, *, came_back: bool) -> bool:
    """Return whether a field of a post may appear in a stream: the whole rule as a table. Moderators hear no more."""
    is_own = role == "author" and post != "erased"
    match field:
        case "id":
            return post in (PUBLIC | GONE_SINCE if came_back else ONCE_PUBLIC) or is_own
        case "reason":
            return is_own and not (came_back and post in GONE)
        case _:
            return False


async def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something was heard."""

    async def is_true() -> bool:
        return condition()

    await waiting.wait_until(is_true, "live updates")


def heard_of(stream: "OpenStream", text: str) -> bool:
    """Return whether a stream has told something."""
    return text in stream.heard


class OpenStream:
    """A client of `/v1/stream`, by the interface of the app: the test client of HTTP waits for ends of answers."""

    def __init__(self, gateway: Gateway, http: httpx.AsyncClient, address: str = "/v1/stream") -> None:
        request = http.build_request("GET", address)
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": urlsplit(address).path,
            "raw_path": urlsplit(address).path.encode(),
            "query_string": urlsplit(address).query.encode(),
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("127.0.0.1", 123),
            "server": ("localhost", 80),
        }
        self._app = gateway.app
        self._left = asyncio.Event()
        self._heard: list[bytes] = []
        self.ended = False

    @property
    def heard(self) -> str:
        """Everything that arrived."""
        return b"".join(self._heard).decode()

    @property
    def posts_named(self) -> list[str]:
        """The ids of the posts that were announced, as often as they were."""
        return re.findall(r'event: post\ndata: {"post_id":"([^"]+)"', self.heard)

    async def follow(self) -> None:
        """Follow the stream until its end."""
        await self._app(self._scope, self._receive, self._send)
        self.ended = True

    def leave(self) -> None:
        """Disconnect."""
        self._left.set()

    async def _receive(self) -> Message:
        if not self._left.is_set() and not self._heard:
            self._heard.append(b"")
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        self._heard.append(body)


@asynccontextmanager
async def open_streams(
    gateway: Gateway, readers: dict[str, httpx.AsyncClient], address: str = "/v1/stream"
) -> AsyncIterator[dict[str, OpenStream]]:
    """Open a stream for each reader during the block."""
    streams = {role: OpenStream(gateway, http, address) for role, http in readers.items()}
    async with asyncio.TaskGroup() as following:
        for stream in streams.values():
            following.create_task(stream.follow())
        try:
            await wait_until(lambda: all(": open" in stream.heard for stream in streams.values()))
            yield streams
        finally:
            for stream in streams.values():
                stream.leave()


async def heard_marker(gateway: Gateway, known: People, streams: dict[str, OpenStream]) -> None:
    """Publish one more post, and wait until every stream has named it: then all that came before was heard."""
    accepted = (await known.author.submit()).json()
    await gateway.seen(accepted["sequence"])
    await publish(gateway, accepted["id"])
    await wait_until(lambda: all(accepted["id"] in stream.heard for stream in streams.values()))


async def decide_again(gateway: Gateway, scene: Scene) -> None:
    """Hold the comment below the removed post, and publish it once more: nobody may hear of that."""
    comment = scene.posts["comment_of_removed"]
    await publish(gateway, comment.id, outcome="held")
    await publish(gateway, comment.id, decided_by="person")


def wrongly_heard(scene: Scene, streams: dict[str, OpenStream], *, came_back: bool) -> list[tuple[str, str, str]]:
    """Return what streams told beyond the table."""
    return [
        (field, post.name, role)
        for role, stream in streams.items()
        for post in scene.posts.values()
        for field, canary in post.canaries().items()
        if canary in stream.heard and not may_hear(field, post.name, role, came_back=came_back)
    ]


async def test_no_open_page_hears_more_of_a_post_than_the_table_says(gateway: Gateway) -> None:
    known = await people(gateway)
    async with open_streams(gateway, known.readers) as live:
        scene = await everything(gateway, known)
        await heard_marker(gateway, known, live)
        assert wrongly_heard(scene, live, came_back=False) == []
        await decide_again(gateway, scene)
        await heard_marker(gateway, known, live)
        assert {stream.posts_named.count(scene.posts["comment_of_removed"].id) for stream in live.values()} == {1}
        for role, stream in live.items():
            for name in ONCE_PUBLIC:
                assert scene.posts[name].id in stream.heard, (role, name)
        assert scene.posts["held"].canaries()["reason"] in live["author"].heard
    async with open_streams(gateway, known.readers, "/v1/stream?last_event_id=0") as returned:
        await heard_marker(gateway, known, returned)
        assert wrongly_heard(scene, returned, came_back=True) == []
        assert all(scene.posts["published"].id in stream.heard for stream in returned.values())
        assert scene.posts["held"].canaries()["reason"] in returned["author"].heard


async def test_a_page_hears_by_the_rights_that_its_user_has_now(gateway: Gateway) -> None:
    known = await people(gateway)
    reader, chief = known.readers["member"], known.readers["chief"]
    async with open_streams(gateway, {"member": reader, "author": known.author.http}) as live:
        for method in ("put", "delete"):  # for a moment, the member moderates
            path = "/v1/users/reader/roles/moderator"
            changed = await chief.request(method, path, json={"community": "garden"})
            await gateway.seen(changed.raise_for_status().json()["sequence"])
            held = await written(gateway, known.author, "held", None)
            await wait_until(partial(heard_of, live["author"], held.id))
        await heard_marker(gateway, known, live)
        assert live["member"].heard.count("event: account") == 2
        assert "event: account" not in live["author"].heard
        assert held.id not in live["member"].heard
        waits = (await known.author.submit()).json()
        await gateway.seen(waits["sequence"])
        assert (await known.author.http.delete("/v1/sessions/current")).status_code == 204
        await publish(gateway, waits["id"], "rejected", reasons=(Reason(rule="r", category="hate", message="untold"),))
        await wait_until(lambda: live["author"].ended)
        assert "untold" not in live["author"].heard
