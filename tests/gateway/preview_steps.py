"""Steps for tests: sends previews as a client does, and decides as moderation does."""

from dataclasses import dataclass, field
from typing import Any

from shared.content import Content
from shared.ids import new_id
from shared.log.preview_records import salted_hash
from shared.testing import decided
from tests.faults.waiting import TIMEOUT_S, flush_to_broker, wait_until_stored
from tests.gateway.conftest import Gateway, Person

POLICY = "d" * 64  # the policy of `shared.testing.decided`
WRITTEN = "2026-11-23T10:00:00Z"


@dataclass
class Sight:
    """A preview of a text."""

    verdict: str = "published"
    title: str = "Tomatoes"
    body: str = "They are ripe."
    draft_id: str = field(default_factory=new_id)
    preview_id: str = field(default_factory=new_id)

    def item(self, **fields: object) -> dict[str, object]:
        """Return the item for `POST /v1/previews`."""
        return {
            "preview_id": self.preview_id,
            "draft_id": self.draft_id,
            "tier": 0,
            "policy_digest": POLICY,
            "model": "",
            "verdict": self.verdict,
            "bands": {"spam": 1},
            "content_hash": salted_hash(self.preview_id, Content(title=self.title, body=self.body)),
            "took_ms": 0.4,
            "at": WRITTEN,
        } | fields


async def see(person: Person, *sights: Sight, **fields: object) -> None:
    """Send previews to the gateway."""
    answer = await person.http.post("/v1/previews", json={"items": [sight.item(**fields) for sight in sights]})
    assert answer.status_code == 202, answer.text


async def send(person: Person, sight: Sight, **fields: object) -> dict[str, Any]:
    """Submit the previewed text, naming its preview."""
    post = {"id": sight.draft_id, "title": sight.title, "body": sight.body, "preview_id": sight.preview_id}
    answer = await person.submit(**(post | fields))
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


async def decide(gateway: Gateway, post_id: str, outcome: str = "published", **fields: object) -> None:
    """Decide on the current revision, over the operator's connection because the gateway may not."""
    broker = await gateway.operator()
    last = await gateway.dependencies.log.last("post", post_id)
    assert last is not None
    known = {"author_id": getattr(last.data, "author_id", "")}
    event = decided(last, outcome, revision=getattr(last.data, "revision", 1), **(known | fields))
    await broker.jetstream().publish(event.subject, event.encode(), stream="EVENTS")
    await broker.close()


async def settled(gateway: Gateway) -> None:
    """Wait until the drift view holds everything sent so far."""
    await gateway.dependencies.previews.close()
    await flush_to_broker(gateway.dependencies.broker)
    broker = await gateway.operator()
    await wait_until_stored(broker, "PREVIEWS", "previews.0.none")
    stream = broker.jetstream()
    preview = (await stream.stream_info("PREVIEWS")).state.last_seq
    found = await stream.get_last_msg("EVENTS", "events.post.decided.*")
    assert await gateway.dependencies.drift.wait_for(preview, found.seq or 0, TIMEOUT_S)
    await broker.close()
