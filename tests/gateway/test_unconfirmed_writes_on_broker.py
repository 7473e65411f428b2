"""Tests of writes that the log does not confirm: they are neither refused nor internal errors."""

import pytest
from httpx import Response

from shared.log.append import Appended, UnknownOutcome
from shared.log.events import Event, PostSubmitted
from tests.gateway.conftest import Gateway

pytestmark = pytest.mark.broker
ROW = {"id": "t3_1", "community": "garden", "title": "Tomatoes", "text": "They are ripe."}


@pytest.fixture
def silent(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway whose log does not answer when a post or a community is appended."""
    log = gateway.dependencies.log
    append = log.append

    async def unanswered(event: Event, *, after: int) -> Appended:
        if event.data.ENTITY in ("post", "community"):
            raise UnknownOutcome(event.subject)
        return await append(event, after=after)

    monkeypatch.setattr(log, "append", unanswered)
    return gateway


def says_send_again(answer: Response) -> bool:
    return (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "outcome_unknown", "2")


async def test_an_unconfirmed_import_row_is_answered_with_retry(silent: Gateway) -> None:
    importer = await silent.person("importer", "importer")
    assert says_send_again(await importer.http.post("/v1/import", json={"posts": [ROW]}))


async def test_an_unconfirmed_post_is_answered_with_retry(silent: Gateway) -> None:
    ada = await silent.person("ada")
    assert says_send_again(await ada.submit())
    assert not await silent.dependencies.log.last_by_subject(PostSubmitted.subject("*"))


async def test_an_unconfirmed_community_is_answered_with_retry(silent: Gateway) -> None:
    mod = await silent.person("mod", "admin")
    wanted = {"name": "kitchen", "title": "Kitchen"}
    assert says_send_again(await mod.http.post("/v1/communities", json=wanted))
