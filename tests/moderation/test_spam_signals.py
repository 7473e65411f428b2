"""Signs of spam beside the words: similar texts, new accounts, and what they change in a decision."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from nats.aio.client import Client

from services.moderation.domain import Decision, Facts, decide
from services.moderation.spam_history import SpamHistory
from services.moderation.spam_signals import SpamFacts
from shared.content import Content
from shared.log.events import UserRegistered, reasons_for_author, record
from shared.model.categories import LATER_CATEGORIES, SCORES
from shared.model.encoder import Encoder
from shared.policy import ANY_HARM, CATEGORIES, DEFAULT_POLICY, load_policy
from shared.testing import submitted
from tests.in_memory_log import InMemoryLog
from tests.moderation.fakes import InMemoryKeys
from tests.moderation.test_similar_texts import FIRST_ADVERT, SAME_ADVERT, seen

POLICY = load_policy(DEFAULT_POLICY)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOLD = POLICY.category("spam").hold
LOW = dict.fromkeys((*CATEGORIES, ANY_HARM), 0.0)
STRANGER = SpamFacts(links=1, account_hours=0.2, earlier_posts=0, copies=0)

# First posts with a link by people who have something to say, and adverts, all invented.
HONEST = [
    "Hello everybody! I wrote down how I built my rain barrel, with photos: https://my-garden.example/rain-barrel",
    "Has anybody read this article about moss in lawns? https://news.example/moss I am not sure that it is right.",
    "I am new here. My question is about this bug, the log is at https://paste.example/4711, what does it mean?",
    "The library opens again on Monday, here are the new hours: https://library.example/hours",
    "This is the recipe that I spoke of, my grandmother's plum cake: https://recipes.example/plum-cake",
    "For those who could not come: the slides of yesterday's talk are at https://talks.example/bees.pdf",
    "I found the manual for your old radio here: https://archive.example/radio-1962, page 14 has the wiring.",
    "Here is the study that the article talks about, it has only 40 participants: https://journal.example/sleep",
    "We map the benches in our town, everybody can add one: https://map.example/benches. What is missing near you?",
    "My first sonnet, please be kind: https://poems.example/anna/1",
]
ADVERTS = [
    "Best prices on designer bags, visit https://bags.example and use the code SAVE50 today!!!",
    "I made 4000 dollars last month from my phone, see how at https://easy-cash.example, limited places",
    "Cheap followers and likes, fast delivery: https://likes.example",
    "Lose 10 kilos in two weeks with these pills, order now https://slim.example free shipping",
    "Great post! Also check my site https://casino.example for free spins and bonus",
    "Need a loan with no credit check? Apply in 5 minutes at https://loans.example",
    "Hot deals on watches, 90% off only today https://watch.example click here",
    "Buy essays from real writers, 24/7 support, https://essays.example 20% off your first order",
    "Join our trading signals group, 95% win rate, https://signals.example DM for VIP access",
    "Full movies in HD free download no registration https://movies.example",
]


def judged(score: float, spam: SpamFacts | None) -> Decision:
    return decide(POLICY, LOW | {"spam": score}, Facts((), NOON, spam=spam))


def test_a_link_from_a_new_account_is_held_only_if_the_text_looks_like_an_advert() -> None:
    assert judged(0.1 * HOLD, STRANGER).outcome == "published"
    assert judged(0.5 * HOLD, None).outcome == "published"
    decision = judged(0.5 * HOLD, STRANGER)
    (reason,) = decision.reasons
    assert (decision.outcome, reason.rule, reason.undisclosed) == ("held", "spam.new_account_link", True)
    assert reason.detail == (
        "links: 1; account: 0.2 hours old; earlier published posts in 7 days: 0; similar texts in 7 days: 0"
    )
    assert (reason.for_author().rule, reason.for_author().detail) == ("check.person", "")


@pytest.mark.parametrize(
    "spam",
    [
        SpamFacts(links=0, account_hours=0.2, earlier_posts=0, copies=0),
        SpamFacts(links=1, account_hours=49.0, earlier_posts=0, copies=1),
        SpamFacts(links=1, account_hours=None, earlier_posts=0, copies=0),
        SpamFacts(links=1, account_hours=0.2, earlier_posts=3, copies=0),
    ],
)
def test_without_one_of_its_conditions_a_signal_does_not_fire(spam: SpamFacts) -> None:
    assert judged(0.5 * HOLD, spam).outcome == "published"


def test_an_author_reads_once_that_a_person_looks() -> None:
    decision = judged(0.5 * HOLD, SpamFacts(links=1, account_hours=1.0, earlier_posts=0, copies=4))
    assert len(decision.reasons) == 3
    assert [reason.rule for reason in reasons_for_author(decision.reasons)] == ["check.person"]


def test_the_third_copy_of_a_text_with_a_link_is_held_whoever_writes_it() -> None:
    repeated = SpamFacts(links=1, account_hours=9000.0, earlier_posts=40, copies=2)
    assert [reason.rule for reason in judged(0.3 * HOLD, repeated).reasons] == ["spam.repeated_link"]
    assert judged(1.0, repeated).outcome == "rejected", "signals weaken nothing"


async def test_the_facts_of_a_text_are_read_from_the_log() -> None:
    log = InMemoryLog()
    handle = "s1.none"
    log.put(record(UserRegistered(handle=handle), "author-1", actor="user:author-1", at=NOON - timedelta(hours=2)))
    log.put(record(UserRegistered(handle=handle, imported=True), "author-2", actor="operator", at=NOON))
    history = SpamHistory(cast(Client, None), log, InMemoryKeys({}))
    history.texts.add(seen(1, FIRST_ADVERT, "author-1"))
    history.texts.decide("post-1", 2, published=True)
    history.follower.last_applied = 9
    post = submitted(author_id="author-1").model_copy(update={"sequence": 9, "occurred_at": NOON})
    expected = SpamFacts(links=1, account_hours=2.0, earlier_posts=1, copies=1)
    content = Content(body=SAME_ADVERT)
    assert [await history.facts_of(content, "author-1", post) for _ in range(3)] == [expected] * 3
    imported = await history.facts_of(content, "author-2", post)
    assert imported is not None
    assert imported.account_hours is None


async def test_a_history_that_is_behind_keeps_no_text_waiting_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.moderation.spam_history.WAIT_S", 0.01)
    history = SpamHistory(cast(Client, None), InMemoryLog(), InMemoryKeys({}))
    post = submitted(author_id="author-1").model_copy(update={"sequence": 9})
    assert await history.facts_of(Content(body=FIRST_ADVERT), "author-1", post) is None


def outcomes(texts: Sequence[str], spam: SpamFacts | None) -> list[str]:
    scores = Encoder.load().assess(texts)[1]
    facts = Facts((), NOON, spam=spam, unknown_categories=LATER_CATEGORIES.difference(SCORES))
    return [decide(POLICY, dict(zip(SCORES, map(float, row), strict=True)), facts).outcome for row in scores]


def test_honest_first_posts_with_a_link_pass_and_more_adverts_are_stopped() -> None:
    assert outcomes(HONEST, STRANGER) == outcomes(HONEST, None), "the signals stop no honest first post"
    with_signals, alone = outcomes(ADVERTS, STRANGER), outcomes(ADVERTS, None)
    assert with_signals.count("published") <= alone.count("published")
    assert with_signals.count("published") <= 2


def test_the_health_report_says_that_signs_of_spam_are_missing() -> None:
    history = SpamHistory(cast(Client, None), InMemoryLog(), InMemoryKeys({}))
    assert history.state == "ok"
    history.follower.failing = "DecryptionError: wrong key"
    assert history.state == (
        "the log cannot be followed, so texts are decided without signs of spam: DecryptionError: wrong key"
    )
