"""I8 on a real broker: removed, shuffled, forged and flooded previews affect only the drift view."""

import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from nats.aio.client import Client

from services.ranking.projections import digest as ranking_digest
from shared.ids import derived_id, new_id
from shared.log.preview_records import PreviewRecord
from shared.testing import TestBroker, decided, running_broker
from tests.faults.fakes import HOLD_WORD, REJECT_WORD
from tests.faults.in_process import moderation_app, running
from tests.faults.stored_state import StoredKeys, folded_ranking, read_log, read_to_end, repeated_view_digest
from tests.faults.system_state import SystemState, decision_outcomes, differences
from tests.faults.waiting import flush_to_broker, wait_until, wait_until_stored
from tests.gateway.conftest import Gateway, Person, running_gateway
from tests.gateway.preview_steps import Sight, see, send, settled

pytestmark = [pytest.mark.broker, pytest.mark.injects("other", invariants="I8")]

WORDS = ("", HOLD_WORD, REJECT_WORD)
POSTS = 12
FLOOD = 3000
Disturb = Callable[[Client, random.Random, str], Awaitable[None]]


@pytest.fixture
async def gateway(broker: TestBroker, tmp_path: Path) -> AsyncIterator[Gateway]:
    """Yield a gateway, with moderation running."""
    async with running_gateway(broker, tmp_path) as here, running(moderation_app(broker)):
        await here.community()
        yield here


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[dict[str, TestBroker]]:
    """Yield one broker per case."""
    with ExitStack() as stack:
        folders = {name: tmp_path / name for name in ("honest", "lying", "none")}
        for folder in folders.values():
            folder.mkdir()
        yield {name: stack.enter_context(running_broker(folder)) for name, folder in folders.items()}


async def write(here: Gateway, ada: Person, honest: bool = True) -> None:
    """Send posts of every outcome, each after its preview. A dishonest client reports the opposite preview."""
    for number in range(POSTS):
        outcome = ("published", "held", "rejected")[number % 3]
        reported = outcome if honest else "published" if outcome != "published" else "rejected"
        body = f"Tomatoes of kind {number} {WORDS[number % 3]}"
        sight = Sight(reported, body=body, draft_id=derived_id(1_700_000_000_000 + number, "post"))
        await see(ada, sight)
        await send(ada, sight)
        await wait_until(partial(decisions, here, number + 1), f"decision {number}")


async def decisions(here: Gateway, count: int) -> bool:
    """Return whether the log has this many decisions."""
    operator = await here.operator()
    info = await operator.jetstream().stream_info("EVENTS", subjects_filter="events.post.decided.*")
    await operator.close()
    return len(info.state.subjects or {}) >= count


async def read_state(here: Gateway) -> SystemState:
    """Return the system state after every view has caught up."""
    await settled(here)
    operator = await here.operator()
    logged = await read_log(operator)
    await here.seen(logged.events[-1].sequence.stream)
    views = {
        "gateway": here.dependencies.view.connection.digest(),
        "gateway, rebuilt": await repeated_view_digest(logged, StoredKeys(here.dependencies.keys)),
        "ranking": ranking_digest(folded_ranking(logged)),
    }
    await operator.close()
    return SystemState(logged, views)


async def remove(operator: Client, _: random.Random, __: str) -> None:
    """Remove all previews."""
    await operator.jetstream().purge_stream("PREVIEWS")


async def shuffle(operator: Client, chance: random.Random, _: str) -> None:
    """Publish the same records again, in another order and under other subjects."""
    stored = await read_to_end(operator, "PREVIEWS")
    subjects = [message.subject for message in stored]
    chance.shuffle(subjects)
    for message, subject in zip(chance.sample(stored, len(stored)), subjects, strict=True):
        await operator.publish(subject, message.data)


async def forge(operator: Client, chance: random.Random, person: str) -> None:
    """Publish records with other users' ids, wrong outcomes, impossible values, and bytes that are not records."""
    for message in await read_to_end(operator, "PREVIEWS"):
        record = json.loads(message.data)
        for part in ("claimed", "observed"):
            if part in record:
                record[part] |= {"verdict": "published", "outcome": "published", "tier": 99, "revision": -(2**70)}
        record["stamped"] |= {"person_id": chance.choice([person, new_id(), "service:moderation"])}
        await operator.publish(message.subject, json.dumps(record).encode())
    for junk in (b"", b"null", b"\xff\xfe", b'{"stamped": 1}', b"[" * 1000, b"x" * 100_000):
        await operator.publish(f"previews.0.{new_id()}", junk)


async def flood(operator: Client, chance: random.Random, person: str) -> None:
    """Publish thousands of previews of one user."""
    stored = await read_to_end(operator, "PREVIEWS")
    honest = [PreviewRecord.model_validate_json(message.data) for message in stored]
    claims = [record for record in honest if record.claimed]
    for _ in range(FLOOD):
        record = chance.choice(claims)
        claimed = record.claimed.model_copy(update={"preview_id": new_id()}) if record.claimed else None
        await operator.publish(record.subject, record.model_copy(update={"claimed": claimed}).encode())


@pytest.mark.parametrize("disturb", [remove, shuffle, forge, flood])
async def test_disturbed_previews_change_neither_log_nor_views(gateway: Gateway, disturb: Disturb) -> None:
    ada = await gateway.person("ada")
    await write(gateway, ada)
    before = await read_state(gateway)
    operator = await gateway.operator()
    await disturb(operator, random.Random(7), ada.id)
    await flush_to_broker(operator)
    await wait_until_stored(operator, "PREVIEWS", "previews.0.none")
    await operator.close()
    assert differences(before, await read_state(gateway)) == []
    sight = Sight("rejected", body="Tomatoes of the last kind")
    await see(ada, sight)
    await send(ada, sight)  # and new posts are still decided correctly
    await wait_until(lambda: decisions(gateway, POSTS + 1), "one more decision")


async def test_honest_forged_and_missing_previews_lead_to_the_same_decisions(
    brokers: dict[str, TestBroker], tmp_path: Path
) -> None:
    cases = {}
    for name, broker in brokers.items():
        async with running_gateway(broker, tmp_path / name) as here, running(moderation_app(broker)):
            await here.community()
            operator = await here.operator()
            if name == "none":
                await operator.jetstream().delete_stream("PREVIEWS")
            await write(here, await here.person("ada"), honest=name == "honest")
            cases[name] = decision_outcomes((await read_log(operator)).facts)
            await operator.close()
    assert len(cases["honest"]) == POSTS
    assert cases["honest"] == cases["lying"] == cases["none"]


async def test_the_comparison_detects_a_changed_decision(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await send(ada, Sight())
    await wait_until(lambda: decisions(gateway, 1), "a decision")
    before = await read_state(gateway)
    last = before.logged.facts[-1]
    operator = await gateway.operator()
    overturned = decided(last, "held", author_id=ada.id, decided_by="person")
    await operator.jetstream().publish(overturned.subject, overturned.encode(), stream="EVENTS")
    await operator.close()
    after = await read_state(gateway)
    assert any("events" in line for line in differences(before, after))
    assert any("gateway" in line for line in differences(before, after))
    assert differences(before, replace(before, views={**before.views, "ranking": "other"})) == [
        "the view ranking has changed"
    ]
