"""Submitting batches to a gateway that is not always willing."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from deploy.cli.importing.source import Batch, Row
from deploy.cli.importing.submitter import BatchResult, ImportRejected, Submitter

BATCH = Batch(rows=[Row(line, str(line), {"id": str(line)}) for line in (1, 2, 3)])
RESULTS = [
    {"id": "1", "post_id": "p1", "state": "accepted", "code": None, "detail": None},
    {"id": "2", "post_id": "p2", "state": "repeat", "code": None, "detail": None},
    {"id": "3", "post_id": None, "state": "refused", "code": "parent_unknown", "detail": "put it earlier"},
]
GOOD = httpx.Response(200, json={"results": RESULTS})
Answer = httpx.Response | Exception


async def at_once(_: float) -> None:
    """A pause that takes no time."""


def submitter(*answers: Answer) -> tuple[Submitter, list[str]]:
    """One whose gateway gives these answers, the last one for ever; and what it says."""
    said: list[str] = []
    transport = httpx.MockTransport(_in_turn(iter(answers), answers[-1]))
    client = httpx.AsyncClient(base_url="http://gateway", transport=transport)
    return Submitter(client, said.append, at_once), said


def _in_turn(answers: Iterator[Answer], last: Answer) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        given = next(answers, last)
        if isinstance(given, Exception):
            raise given
        return given

    return answer


async def test_results_are_told_apart_and_refusals_keep_their_line() -> None:
    taken = await submitter(GOOD)[0].submit(BATCH)

    assert (taken.accepted, taken.repeated) == (1, 1)
    assert [(row.line, row.id, row.code) for row in taken.refused] == [(3, "3", "parent_unknown")]


async def test_a_batch_without_good_rows_needs_no_gateway() -> None:
    assert await submitter(httpx.ConnectError("nobody"))[0].submit(Batch()) == BatchResult(0, 0, [])


@pytest.mark.parametrize("trouble", [httpx.ConnectError("away"), httpx.Response(503), httpx.Response(429)])
async def test_a_gateway_in_trouble_is_asked_again(trouble: Answer) -> None:
    working, said = submitter(trouble, trouble, GOOD)

    assert (await working.submit(BATCH)).accepted == 1
    assert len(said) == 1


async def test_a_new_token_may_take_a_moment_but_an_old_one_is_final() -> None:
    working, _ = submitter(httpx.Response(401), httpx.Response(403), GOOD, httpx.Response(401))
    await working.submit(BATCH)

    with pytest.raises(ImportRejected, match="401"):
        await working.submit(BATCH)


async def test_a_refused_request_is_not_repeated() -> None:
    with pytest.raises(ImportRejected, match="422"):
        await submitter(httpx.Response(422, text="posts: too many"))[0].submit(BATCH)


async def test_who_stays_away_is_given_up() -> None:
    with pytest.raises(ImportRejected, match="Gave up"):
        await submitter(httpx.ConnectError("away"))[0].submit(BATCH)
