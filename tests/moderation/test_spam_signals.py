"""Signs of spam beside the words: similar texts, new accounts, and what they change in a decision."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from nats.aio.client import Client

from services.moderation.domain import Decision, Facts, decide
from services.moderation.similar_texts import SeenText, SeenTexts, links_of, signature_of
from services.moderation.spam_history import SpamHistory
from services.moderation.spam_signals import SpamFacts
from shared.content import Content
from shared.log.events import UserRegistered, record
from shared.model.categories import LATER_CATEGORIES, SCORES
from shared.model.encoder import Encoder
from shared.policy import ANY_HARM, CATEGORIES, DEFAULT_POLICY, load_policy
from shared.testing import submitted
from tests.in_memory_log import InMemoryLog
from tests.moderation.fakes import InMemoryKeys

POLICY = load_policy(DEFAULT_POLICY)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOLD = POLICY.category("spam").hold
LOW = dict.fromkeys((*CATEGORIES, ANY_HARM), 0.0)
STRANGER = SpamFacts(links=1, account_hours=0.2, earlier_posts=0, copies=0)

ADVERT = (
    "Our shop {name} has the best {thing} for {price} dollars this week only, come and see https://{host}/{page} now"
)
FIRST_ADVERT = ADVERT.format(name="Nord", thing="lamps", price=20, host="lamps.example", page="a1")
SAME_ADVERT = ADVERT.format(name="Nord", thing="lamps", price=35, host="lamps.example", page="zz9")
OTHER = "The tomatoes in our garden are late this year because the nights in June were so cold and wet"

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


def seen(number: int, text: str, author: str = "bot", days: float = 0.0) -> SeenText:
    return SeenText(f"post-{number}", author, number, NOON - timedelta(days=days), signature_of(text))


def history_of(*texts: SeenText, most: int = 100) -> SeenTexts:
    found = SeenTexts(most)
    for text in texts:
        found.add(text)
    return found


def judged(score: float, spam: SpamFacts | None) -> Decision:
    return decide(POLICY, LOW | {"spam": score}, Facts((), NOON, spam=spam))


def test_an_advert_with_another_price_and_address_is_the_same_and_another_text_is_not() -> None:
    texts = history_of(seen(1, FIRST_ADVERT), seen(2, OTHER))
    assert texts.copies_before(signature_of(SAME_ADVERT), 9, NOON, "post-9") == 1
    assert texts.copies_before(signature_of(OTHER + "."), 9, NOON, "post-9") == 1
    assert (
        texts.copies_before(
            signature_of("A walk along the river with my dog, and it rained all the way home"), 9, NOON, ""
        )
        == 0
    )


@pytest.mark.parametrize("text", ["", "Thank you so much!", "Congratulations to all of you, well done"])
def test_short_texts_are_alike_by_chance_and_have_no_signature(text: str) -> None:
    assert signature_of(text) is None
    assert history_of(seen(1, text)).copies_before(signature_of(text), 9, NOON, "") == 0


def test_links_are_counted_in_disguised_letters_too() -> None:
    assert [
        links_of(text) for text in ("no link", "https://a.example and www.b.example", "ｈｔｔｐｓ://a.example")
    ] == [0, 2, 1]


def test_answers_depend_only_on_the_log_before_a_text() -> None:
    before = [seen(number, FIRST_ADVERT) for number in (1, 2, 3)]
    later = [seen(number, FIRST_ADVERT) for number in (8, 9)]
    signature = signature_of(SAME_ADVERT)
    for texts in (history_of(*before), history_of(*before, *later)):
        assert texts.copies_before(signature, 5, NOON, "post-5") == 3
        assert texts.posts_before("bot", 5, NOON, "post-5") == 3
    # A delivery that repeats a fact, and an edit of the same post, count once.
    assert history_of(*before, *before).copies_before(signature, 5, NOON, "post-5") == 3
    assert history_of(*before).copies_before(signature, 5, NOON, "post-3") == 2


def test_the_memory_is_bounded_in_time_and_number_and_forgets_erased_people() -> None:
    old = history_of(seen(1, FIRST_ADVERT, days=8), seen(2, OTHER))
    assert old.copies_before(signature_of(FIRST_ADVERT), 9, NOON, "") == 0
    assert len(history_of(*(seen(number, FIRST_ADVERT) for number in range(1, 20)), most=5)) == 5
    assert len(history_of(seen(1, OTHER, days=30), seen(2, OTHER))) == 1
    texts = history_of(seen(1, FIRST_ADVERT, "leaving"), seen(2, FIRST_ADVERT, "bot"))
    texts.forget("leaving")
    assert (len(texts), texts.copies_before(signature_of(FIRST_ADVERT), 9, NOON, "")) == (1, 1)


def test_a_link_from_a_new_account_is_held_only_if_the_text_looks_like_an_advert() -> None:
    assert judged(0.1 * HOLD, STRANGER).outcome == "published"
    assert judged(0.5 * HOLD, None).outcome == "published"
    decision = judged(0.5 * HOLD, STRANGER)
    (reason,) = decision.reasons
    assert (decision.outcome, reason.rule, reason.undisclosed) == ("held", "spam.new_account_link", True)
    assert reason.detail == ("links: 1; account: 0.2 hours old; earlier posts in 7 days: 0; similar texts in 7 days: 0")
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
