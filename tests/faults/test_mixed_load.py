"""The journal of a mixed load survives a crash of the load, and the schedule is open-loop."""

import asyncio
import random
from pathlib import Path

import httpx
import pytest

from tests.faults.mixed_load.generator import Generator, Plan
from tests.faults.mixed_load.journal import Account, Call, MixedJournal, read_journal
from tests.faults.mixed_load.people import Person, outcome_of
from tests.faults.mixed_load.texts import make_text
from tests.faults.waiting import wait_until


def test_a_call_without_an_outcome_is_unknown_and_a_torn_line_is_ignored(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    journal = MixedJournal(file)
    journal.record_run(seed=7)
    journal.record_account(Account("u", "ada", "secret"))
    call = Call(journal.next_number(), "submit", "u", "post", 1.0, 2.0, {"json": {"id": "post"}})
    journal.record_intent(call)
    journal.record_intent(Call(journal.next_number(), "vote", "u", "post", 1.0, 2.0))
    journal.record_outcome(Call(2, "vote", "u", "post", 1.0, 2.0, outcome="ok", status=200, sequence=4, ended=3.0))
    journal.close()
    with file.open("ab") as torn:
        torn.write(b'{"intent": {"num')
    record = read_journal(file)
    assert record.run == {"seed": 7}
    assert [(one.outcome, one.sequence, one.ended) for one in record.calls] == [("unknown", 0, 0.0), ("ok", 4, 3.0)]


@pytest.mark.parametrize(
    ("status", "outcome"), [(202, "ok"), (409, "refused"), (429, "refused"), (507, "refused"), (503, "unknown")]
)
def test_only_a_definite_answer_is_a_refusal(status: int, outcome: str) -> None:
    assert outcome_of(status) == outcome


def test_a_seed_gives_the_same_texts() -> None:
    first, second = ([make_text(random.Random(3), number) for number in range(20)] for _ in range(2))
    assert first == second


async def test_operations_begin_by_the_clock_while_earlier_ones_hang(tmp_path: Path) -> None:
    hanging = asyncio.Event()

    async def hang(request: httpx.Request) -> httpx.Response:
        await hanging.wait()
        return httpx.Response(503)

    journal = MixedJournal(tmp_path / "journal.jsonl")
    generator = Generator(Plan("http://test", rate=200, seconds=0.3, seed=1, community="garden"), journal)
    http = httpx.AsyncClient(base_url="http://test", transport=httpx.MockTransport(hang))
    generator.people = [Person(Account("u", "ada", "secret"), http)]
    running = asyncio.create_task(generator.run())

    async def twenty_started() -> bool:
        return generator.totals.started.total() >= 20

    await wait_until(twenty_started, "twenty operations have begun")
    hanging.set()
    await running
    await generator.close()
    journal.close()
    assert not generator.totals.failures
    assert {call.outcome for call in read_journal(tmp_path / "journal.jsonl").calls} == {"unknown"}
