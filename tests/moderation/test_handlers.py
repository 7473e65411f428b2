"""Moderation's handlers without a broker: each does its work, ignores a repeat, and respects the revision."""

from dataclasses import dataclass
from typing import cast

import pytest
from nats.aio.client import Client

from services.moderation import handlers as handlers_module
from services.moderation.domain import CheckFailed
from services.moderation.engines.routed_engine import RoutedEngine
from services.moderation.handlers import Dependencies, Handlers
from shared.content import Content
from shared.ids import new_id
from shared.log.events import Event, PostAppealed, PostDecided, UserReinstated, UserRoleRevoked, UserSuspended, record
from shared.log.handler_runner import PoisonMessage
from shared.messaging.requests import CheckDraft, ResolveCase
from shared.model.pinned_files import VECTORS
from shared.policy import DEFAULT_POLICY, load_policy
from shared.security.sealing import DataKey
from shared.telemetry.metrics import Metrics
from shared.testing import AT, appointed, decided, edited, submitted, withdrawn
from tests.in_memory_log import InMemoryLog
from tests.made_up_facts import made_up
from tests.moderation.fakes import FixedEngine, InMemoryKeys, scores_of

AUTHOR = "author-1"
KEY = DataKey(b"k" * 32)
# Of sexual content about minors, people decide.
REJECTED = {**scores_of(1.0), "sexual_minors": 0.0}


@dataclass
class Moderation:
    """The handlers, and the fakes that they work with."""

    handlers: Handlers
    log: InMemoryLog
    engine: FixedEngine

    def submit(self, text: str = "Hello there") -> Event:
        """Put a submission into the log."""
        return self.log.put(submitted(key=KEY, text=text, author_id=AUTHOR))

    def submit_for_review(self) -> Event:
        """Put a moderator's appointment and a submission into the log."""
        self.log.put(appointed("mod"))
        return self.submit()

    def edit(self, post: Event, revision: int = 2) -> Event:
        """Put an edit into the log."""
        content = KEY.seal(Content(body="Other words").canonical(), post.entity_id)
        return self.log.put(edited(post, revision=revision, content=content))

    def decisions(self, post: Event) -> list[PostDecided]:
        """Return all decisions on a post."""
        return [event.data for event in self.log.events if isinstance(event.data, PostDecided)]


@pytest.fixture
def moderation() -> Moderation:
    """Moderation with the default policy and one author."""
    log, engine, handlers = InMemoryLog(), FixedEngine(), Handlers(load_policy(DEFAULT_POLICY))
    metrics, client = Metrics("moderation"), cast(Client, None)  # only the health report asks the broker
    handlers.dependencies = Dependencies(client, engine, log, InMemoryKeys({AUTHOR: KEY}), engine, metrics)
    return Moderation(handlers, log, engine)


def appealed(post: Event) -> Event:
    """Return the author's appeal."""
    return record(PostAppealed(revision=1, reason="s1.none"), post.entity_id, actor=f"user:{AUTHOR}", at=AT)


def case_of(post: Event, **fields: object) -> ResolveCase:
    """Return a moderator's decision to publish a post."""
    data = {"post_id": post.entity_id, "revision": 1, "outcome": "published", "reason": "Fine.", "moderator_id": "mod"}
    return ResolveCase.model_validate(data | fields)


async def test_decide_post_appends_the_decision(moderation: Moderation) -> None:
    post = moderation.submit()
    await moderation.handlers.decide_post(post)
    (decision,) = moderation.decisions(post)
    assert (decision.outcome, decision.revision, decision.judged_sequence) == ("published", 1, post.sequence)
    assert (decision.author_id, decision.community, decision.engine) == (AUTHOR, "garden", "local")
    assert decision.policy == moderation.handlers.policies.reference


async def test_decide_post_decides_an_edit_of_the_same_community(moderation: Moderation) -> None:
    moderation.engine.scores = REJECTED
    edit = moderation.edit(moderation.submit())
    await moderation.handlers.decide_post(edit)
    (decision,) = moderation.decisions(edit)
    assert (decision.outcome, decision.revision, decision.community) == ("rejected", 2, "garden")


async def test_decide_post_ignores_a_repeat(moderation: Moderation) -> None:
    post = moderation.submit()
    for _ in range(3):
        await moderation.handlers.decide_post(post)
    assert len(moderation.decisions(post)) == 1


async def test_decide_post_ignores_a_repeat_after_an_appeal(moderation: Moderation) -> None:
    post = moderation.submit()
    await moderation.handlers.decide_post(post)
    moderation.log.put(appealed(post))
    await moderation.handlers.decide_post(post)
    assert len(moderation.decisions(post)) == 1


async def test_an_edit_during_judgement_makes_the_decision_obsolete(moderation: Moderation) -> None:
    post = moderation.submit()
    moderation.engine.meanwhile = lambda: moderation.edit(post)
    await moderation.handlers.decide_post(post)
    assert moderation.decisions(post) == []


@pytest.mark.parametrize("ending", [edited, withdrawn, decided])
@pytest.mark.parametrize("later", [made_up, appealed])
async def test_an_edit_withdrawal_or_decision_before_another_fact_ends_judgement(
    moderation: Moderation, ending: object, later: object
) -> None:
    post = moderation.submit()
    assert callable(ending)
    assert callable(later)
    moderation.log.rivals = [ending(post), later(post)]
    await moderation.handlers.decide_post(post)
    assert [type(event.data) for event in moderation.log.events[1:]] == [
        type(ending(post).data),
        type(later(post).data),
    ]


@pytest.mark.parametrize("other", [made_up, appealed])
async def test_any_other_fact_during_judgement_leaves_the_decision_valid(moderation: Moderation, other: object) -> None:
    post = moderation.submit()
    assert callable(other)
    moderation.log.rivals = [other(post), other(post)]
    await moderation.handlers.decide_post(post)
    (decision,) = moderation.decisions(post)
    assert decision.judged_sequence == post.sequence


async def test_a_check_that_failed_holds_the_post(moderation: Moderation) -> None:
    moderation.engine.scores = CheckFailed("RuntimeError")
    post = moderation.submit()
    await moderation.handlers.decide_post(post)
    (decision,) = moderation.decisions(post)
    assert (decision.outcome, decision.failure_mode) == ("held", "held")


async def test_posts_of_an_erased_author_are_not_judged(moderation: Moderation) -> None:
    await moderation.handlers.decide_post(moderation.log.put(submitted(author_id="erased")))
    assert (moderation.engine.calls, len(moderation.log.events)) == (0, 1)


async def test_a_text_that_cannot_be_decrypted_is_poison(moderation: Moderation) -> None:
    with pytest.raises(PoisonMessage, match="cannot be decrypted"):
        await moderation.handlers.decide_post(moderation.log.put(submitted(author_id=AUTHOR)))


async def test_an_edit_without_a_submission_is_poison(moderation: Moderation) -> None:
    with pytest.raises(PoisonMessage, match="never submitted"):
        await moderation.handlers.decide_post(moderation.edit(submitted()))


async def test_a_cached_result_belongs_to_the_text_and_not_to_a_hash_that_others_name(moderation: Moderation) -> None:
    """Otherwise a dry run of a harmless text under the hash of another one would decide about that one."""
    canonical = Content(title="A title", body="Hello there").canonical()
    true = KEY.content_hash(canonical)
    forged = submitted(key=KEY, text="Hello there", author_id=AUTHOR, content_hash="0" * 64)
    await moderation.handlers.decide_post(moderation.log.put(forged))
    asked = {"community": "garden", "title": "A title", "person_id": AUTHOR, "content_hash": true}
    await moderation.handlers.check_draft(CheckDraft.model_validate(asked | {"body": "Hello there"}))
    await moderation.handlers.check_draft(CheckDraft.model_validate(asked | {"body": "Harmless"}))
    harmless = KEY.content_hash(Content(title="A title", body="Harmless").canonical())
    assert moderation.engine.hashes == [true, true, harmless]


async def test_a_dry_run_for_an_erased_person_says_so(moderation: Moderation) -> None:
    draft = CheckDraft(community="garden", body="Hello", person_id="nobody")
    answer = await moderation.handlers.check_draft(draft)
    assert (answer.error, moderation.engine.calls) == ("This account was erased.", 0)


async def test_check_draft_answers_and_appends_nothing(moderation: Moderation) -> None:
    moderation.engine.scores = REJECTED
    draft = CheckDraft(community="garden", body="Hello", person_id=AUTHOR)
    first, again = [await moderation.handlers.check_draft(draft) for _ in range(2)]
    assert (first.outcome, first.error) == ("rejected", None)
    assert first.model_copy(update={"took_ms": again.took_ms}) == again
    assert moderation.log.events == []


async def test_a_comment_is_judged_with_the_present_text_of_what_it_answers(moderation: Moderation) -> None:
    post = moderation.submit("Is it ripe?")
    comment = moderation.log.put(submitted(key=KEY, text="No.", author_id=AUTHOR, parent_id=post.entity_id))
    await moderation.handlers.decide_post(comment)
    moderation.edit(post)
    draft = CheckDraft(community="garden", body="No.", person_id=AUTHOR, parent_id=post.entity_id)
    await moderation.handlers.check_draft(draft)
    moderation.log.put(withdrawn(post))
    await moderation.handlers.check_draft(draft)
    await moderation.handlers.check_draft(draft.model_copy(update={"parent_id": "unknown"}))
    assert moderation.engine.answered == ["A title\n\nIs it ripe?", "Other words", "", ""]


async def test_a_longer_comment_is_judged_alone(moderation: Moderation) -> None:
    post = moderation.submit("Is it ripe?")
    comment = submitted(key=KEY, text="It is as ripe as can be. " * 10, author_id=AUTHOR, parent_id=post.entity_id)
    await moderation.handlers.decide_post(moderation.log.put(comment))
    assert moderation.engine.answered == [""]


async def test_the_unreadable_text_of_another_keeps_no_comment_from_its_decision(moderation: Moderation) -> None:
    post = moderation.log.put(submitted(author_id="erased"))
    comment = moderation.log.put(submitted(key=KEY, text="No.", author_id=AUTHOR, parent_id=post.entity_id))
    await moderation.handlers.decide_post(comment)
    assert moderation.engine.answered == [""]
    assert len(moderation.decisions(comment)) == 1


async def test_resolve_case_appends_a_moderators_decision(moderation: Moderation) -> None:
    post = moderation.submit_for_review()
    resolved = await moderation.handlers.resolve_case(case_of(post, reason="Fine here."))
    (decision,) = moderation.decisions(post)
    assert (resolved.conflict, resolved.sequence) == (None, 3)
    assert (decision.decided_by, decision.reasons[0].message) == ("person", "Fine here.")


async def test_resolve_case_refuses_a_second_decision_on_what_both_saw(moderation: Moderation) -> None:
    post = moderation.submit_for_review()
    first = await moderation.handlers.resolve_case(case_of(post, seen=post.sequence))
    second = await moderation.handlers.resolve_case(case_of(post, seen=post.sequence, outcome="rejected"))
    assert (first.conflict, second.conflict) == (None, "revision_conflict")


async def test_resolve_case_answers_a_repeat_like_the_first_request(moderation: Moderation) -> None:
    case = case_of(moderation.submit_for_review(), reason="Fine here.")
    first, again = [await moderation.handlers.resolve_case(case) for _ in range(2)]
    assert again == first
    assert len(moderation.log.events) == 3


async def test_resolve_case_refuses_another_revision_and_a_withdrawn_post(moderation: Moderation) -> None:
    post = moderation.submit_for_review()
    stale = await moderation.handlers.resolve_case(case_of(post, revision=2))
    unknown = await moderation.handlers.resolve_case(case_of(post, post_id=new_id()))
    moderation.log.put(withdrawn(post))
    gone = await moderation.handlers.resolve_case(case_of(post))
    assert (stale.conflict, unknown.conflict) == ("revision_conflict", "not_found")
    assert gone.conflict == "revision_conflict"


async def test_resolve_case_decides_a_post_with_a_later_fact_of_another_kind(moderation: Moderation) -> None:
    post = moderation.submit_for_review()
    moderation.log.put(made_up(post))
    resolved = await moderation.handlers.resolve_case(case_of(post))
    assert resolved.conflict is None


async def test_resolve_case_refuses_who_may_not_decide_by_the_log(moderation: Moderation) -> None:
    post = moderation.submit_for_review()
    moderation.log.put(appointed("cook", community="kitchen"))
    moderation.log.put(appointed("gardener", community="garden"))
    moderation.log.put(appointed(AUTHOR))
    cases = [case_of(post, moderator_id=who) for who in (AUTHOR, "nobody", "cook", "gardener")]
    conflicts = [(await moderation.handlers.resolve_case(case)).conflict for case in cases]
    assert conflicts == ["own_post", "not_moderator_here", "not_moderator_here", "rank_too_high"]
    moderation.log.put(record(UserSuspended(reason="spam"), "mod", actor="user:admin", at=AT))
    assert (await moderation.handlers.resolve_case(case_of(post))).conflict == "not_moderator_here"
    moderation.log.put(record(UserReinstated(), "mod", actor="user:admin", at=AT))
    moderation.log.put(record(UserRoleRevoked(role="moderator"), "mod", actor="user:admin", at=AT))
    assert (await moderation.handlers.resolve_case(case_of(post))).conflict == "not_moderator_here"
    assert moderation.decisions(post) == []


async def test_the_health_report_says_that_the_model_file_is_lost(
    moderation: Moderation, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def durable_health(*_: object) -> tuple[str, int]:
        return "ok", 0

    monkeypatch.setattr(handlers_module, "durable_health", durable_health)
    moderation.handlers.dependencies.engine = RoutedEngine(moderation.engine)
    assert (await moderation.handlers.health()).parts["model"] == "ok"
    moderation.engine.digest = VECTORS
    assert "every text is held" in (await moderation.handlers.health()).parts["model"]
