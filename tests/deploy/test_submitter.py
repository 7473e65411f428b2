"""Submitting batches to a gateway that sometimes refuses."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from deploy.cli.importing.batches import Batch
from deploy.cli.importing.source.rows import Row
from deploy.cli.importing.submitter import BatchResult, ImportRejected, Submitter

BATCH = Batch(rows=[Row(line, str(line), {"id": str(line)}) for line in (1, 2, 3)])
RESULTS = [
    {"id": "1", "post_id": "p1", "state": "accepted", "code": None, "detail": None},
    {"id": "2", "post_id": "p2", "state": "repeat", "code": None, "detail": None},
    {"id": "3", "post_id": None, "state": "refused", "code": "parent_unknown", "detail": "put it earlier"},
]
GOOD = httpx.Response(200, json={"results": RESULTS})
Answer = httpx.Response | Exception


async def no_pause(_: float) -> None:
    """Return at once instead of pausing."""


def submitter(*answers: Answer) -> tuple[Submitter, list[str]]:
    """Return a submitter whose gateway gives these answers, repeating the last one, and its messages."""
    messages: list[str] = []
    transport = httpx.MockTransport(_in_turn(iter(answers), answers[-1]))
    client = httpx.AsyncClient(base_url="http://gateway", transport=transport)
    return Submitter(client, messages.append, no_pause), messages


def _in_turn(answers: Iterator[Answer], last: Answer) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        given = next(answers, last)
        if isinstance(given, Exception):
            raise given
        return given

    return answer


async def test_results_are_counted_and_refusals_keep_their_line() -> None:
    result = await submitter(GOOD)[0].submit(BATCH)

    assert (result.accepted, result.repeated) == (1, 1)
    assert [(row.line, row.id, row.code) for row in result.refused] == [(3, "3", "parent_unknown")]


async def test_a_batch_without_rows_needs_no_gateway() -> None:
    assert await submitter(httpx.ConnectError("nobody"))[0].submit(Batch()) == BatchResult(0, 0, [])


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("away"), httpx.Response(503), httpx.Response(507), httpx.Response(429)]
)
async def test_a_failed_request_is_retried(failure: Answer) -> None:
    working, messages = submitter(failure, failure, GOOD)

    assert (await working.submit(BATCH)).accepted == 1
    assert len(messages) == 1


async def test_a_new_token_may_be_unknown_for_a_moment_but_not_an_old_one() -> None:
    working, _ = submitter(httpx.Response(401), httpx.Response(403), GOOD, httpx.Response(401))
    await working.submit(BATCH)

    with pytest.raises(ImportRejected, match="401"):
        await working.submit(BATCH)


async def test_a_rejected_request_is_not_retried() -> None:
    with pytest.raises(ImportRejected, match="422"):
        await submitter(httpx.Response(422, text="posts: too many"))[0].submit(BATCH)


async def test_a_gateway_that_stays_away_ends_the_import() -> None:
    with pytest.raises(ImportRejected, match="Gave up"):
        await submitter(httpx.ConnectError("away"))[0].submit(BATCH)
