"""Generated requests to every route of a real gateway: answered in time, never with 500, never with a traceback."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus

import httpx
import pytest

from shared.ids import new_id
from tests.faults.waiting import TIMEOUT_S
from tests.fuzz.hostile_requests import HostileRequest, RequestMaker
from tests.gateway.conftest import PASSWORD, Gateway, Person, gateway

pytestmark = pytest.mark.broker
__all__ = ["gateway"]
# The other services do not run, so routes that ask them say that they are not available.
UNAVAILABLE = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
ROUNDS_IN_A_QUICK_RUN = 6


async def ask(http: httpx.AsyncClient, request: HostileRequest) -> int:
    """Send a request; return the status. Fails if the answer is late, or an error of the server."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            answer = await http.request(request.method, request.url, headers=raw(request.headers), content=request.body)
    except TimeoutError:
        pytest.fail(f"no answer after {time.monotonic() - began:.0f} s: {request.shown}")
    except httpx.InvalidURL:
        return 0
    except Exception as error:
        raise AssertionError(f"an exception left the gateway: {request.shown}") from error
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        assert answer.status_code in UNAVAILABLE, f"{answer.status_code}: {request.shown}"
    if answer.status_code >= HTTPStatus.BAD_REQUEST and not request.url.startswith("/readyz"):
        assert answer.headers["content-type"] == "application/problem+json", f"{answer.text[:200]}: {request.shown}"
        assert answer.json()["code"], request.shown
    return answer.status_code


async def test_no_request_breaks_a_route(
    gateway: Gateway, rounds: Iterator[int], caplog: pytest.LogCaptureFixture
) -> None:
    admin = await gateway.person("admin", "admin")
    callers = [admin.http, (await gateway.person("ada")).http, gateway.visitor()]
    ids = {"post_id": [await accepted_post(admin)], "handle": ["nobody"], "name": ["0" * 64 + ".onnx"]}
    document = (await gateway.visitor().get("/openapi.json")).json()
    statuses: Counter[int] = Counter()
    for seed in rounds:
        for number in range(ROUNDS_IN_A_QUICK_RUN):
            for request in RequestMaker(document, 1000 * seed + number, ids).all():
                statuses[await ask(callers[number % len(callers)], request)] += 1
        assert tracebacks(caplog) == [], f"seed {seed}"
        caplog.clear()
    # Requests got past authentication, parsing and validation; and the gateway still works.
    assert {200, 202, 401, 404, 422} <= statuses.keys(), statuses
    session = await gateway.visitor().post("/v1/sessions", json={"handle": "admin", "password": PASSWORD})
    assert session.status_code == HTTPStatus.CREATED
    assert (await admin.submit()).status_code == HTTPStatus.ACCEPTED


@pytest.mark.parametrize("given", ["-1", "0", "9" * 400, "\ud800", "1e400", "", "x", "²", "٣", "18446744073709551616"])
async def test_any_last_event_id_starts_a_stream_or_is_refused(gateway: Gateway, given: str) -> None:
    visitor = gateway.visitor()
    encoded = given.encode("utf-8", "surrogatepass")
    for parameters, headers in (({"last_event_id": encoded}, {}), ({}, {"last-event-id": encoded})):
        # HEAD runs the checks of GET, whose answer does not end.
        answer = await visitor.head("/v1/stream", params=parameters, headers=raw(headers))
        assert answer.status_code in (200, 422), given


def raw(headers: dict[str, bytes]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value) for name, value in headers.items()]


async def accepted_post(person: Person) -> str:
    post_id = new_id()
    (await person.submit(id=post_id)).raise_for_status()
    return post_id


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the messages of logged exceptions."""
    return [
        f"{record.name}: {record.getMessage()} {record.exc_text or record.exc_info[1]!r}"
        for record in caplog.records
        if record.exc_info and record.exc_info[1] and record.levelno >= logging.WARNING
    ]
