"""Rules for declaring facts."""

import hashlib
import json

import orjson
import pytest

from shared.log.events import (
    Fact,
    PostFact,
    Reason,
    ReportFiled,
    Span,
    decode,
    record,
    remembered_keys,
    repeat_key,
)
from shared.log.events.envelope import UnknownFact
from shared.testing import AT, decided, submitted
from tests.made_up_facts import PostMadeUp, made_up


def test_every_fact_about_a_post_has_its_revision() -> None:
    about_posts = [fact for fact in Fact.KINDS.values() if fact.ENTITY == "post"]
    assert len(about_posts) >= 5
    assert all(issubclass(fact, PostFact) for fact in about_posts)


def test_a_fact_about_a_post_without_a_revision_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="PostLoose must inherit from PostFact"):
        type("PostLoose", (Fact,), {})
    assert "post.loose" not in Fact.KINDS


def test_a_base_class_is_no_fact() -> None:
    assert "post.fact" not in Fact.KINDS
    assert PostMadeUp.TYPE == "post.made_up"


def test_a_fact_cannot_be_declared_twice() -> None:
    with pytest.raises(TypeError, match=r"post.made_up is declared in tests.made_up_facts already"):
        type("PostMadeUp", (PostFact,), {"__module__": "tests.another"})
    assert Fact.KINDS["post.made_up"] is PostMadeUp


def test_a_new_base_class_binds_all_facts_of_its_entity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fact, "KINDS", dict(Fact.KINDS))
    monkeypatch.setattr(Fact, "BASES", dict(Fact.BASES))
    kinds = dict(Fact.KINDS)
    base = type("BadgeFact", (Fact,), {"__module__": __name__})
    assert (Fact.BASES["badge"], Fact.KINDS) == (base, kinds)
    with pytest.raises(TypeError, match=r"^BadgeLost must inherit from BadgeFact$"):
        type("BadgeLost", (Fact,), {"__module__": __name__})
    won = type("BadgeWonTwice", (base,), {"__module__": __name__})
    assert kinds | {"badge.won_twice": won} == Fact.KINDS
    assert issubclass(won, Fact)
    assert (won.ENTITY, won.FACT, won.TYPE) == ("badge", "won_twice", "badge.won_twice")
    assert won.subject("b-1") == "events.badge.won_twice.b-1"
    free = type("MedalWon", (Fact,), {"__module__": __name__})
    assert Fact.KINDS["medal.won"] is free


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "post.exploded"}, "post.exploded has version 1, which this code does not know"),
        ({"version": 99}, "post.submitted has version 99, and this code knows 1"),
        (
            {"type": "x" * 200, "version": "1" + "0" * 30},
            f"{'x' * 100} has version {'1' + '0' * 19}, which this code does not know",
        ),
    ],
)
def test_a_fact_of_later_code_says_which_and_where(change: dict[str, object], message: str) -> None:
    stored = orjson.loads(submitted().encode())
    with pytest.raises(UnknownFact) as refused:
        decode(json.dumps(stored | change).encode(), 7)
    assert (str(refused.value), refused.value.sequence) == (message, 7)


def test_the_sequence_is_no_part_of_what_is_stored() -> None:
    event = submitted()
    stored = event.model_copy(update={"sequence": 7}).encode()
    assert "sequence" not in orjson.loads(stored)
    assert decode(stored) == event
    assert (decode(stored).sequence, decode(stored, 8).sequence) == (0, 8)


def test_a_fact_of_an_old_version_is_changed_version_by_version(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = orjson.loads(made_up(submitted()).encode()) | {"version": 1, "data": {"round": 4}}
    monkeypatch.setattr(PostMadeUp, "VERSION", 3)
    upcasts = {
        ("post.made_up", 1): lambda data: {"number": data["round"]},
        ("post.made_up", 2): lambda data: {"revision": data["number"] + 1},
    }
    monkeypatch.setattr(Fact, "UPCASTS", upcasts)
    assert decode(orjson.dumps(stored)).data == PostMadeUp(revision=5)


def test_an_author_reads_no_detail_and_of_an_undisclosed_reason_nothing_but_the_message() -> None:
    reason = Reason(rule="spam.links", category="spam", message="Less.", spans=(Span(start=0, end=4),), detail="0.9")
    assert reason.for_author() == reason.model_copy(update={"detail": ""})
    hidden = reason.model_copy(update={"undisclosed": True})
    assert hidden.for_author() == Reason(rule="check.person", category="check", message="Less.")


def test_a_fact_belongs_to_the_trace_and_the_conversation_of_its_cause() -> None:
    first = record(PostMadeUp(revision=1), "post-1", actor="user:ada", at=AT, traceparent="00-a")
    second = record(PostMadeUp(revision=1), "post-2", actor="user:ada", at=AT, cause=first)
    third = record(PostMadeUp(revision=1), "post-3", actor="user:ada", at=AT, cause=second, traceparent="00-b")
    assert [(one.causation_id, one.correlation_id, one.traceparent) for one in (first, second, third)] == [
        (None, first.event_id, "00-a"),
        (first.event_id, first.event_id, "00-a"),
        (second.event_id, first.event_id, "00-b"),
    ]
    old = first.model_copy(update={"correlation_id": None})
    assert record(PostMadeUp(revision=1), "post-4", actor="user:ada", at=AT, cause=old).correlation_id == first.event_id


def key_of(*parts: str) -> str:
    """Return the key of these parts. Views store keys, so a new version must compute the same ones."""
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()[:32]


def test_the_keys_of_copies_stay_as_views_have_stored_them() -> None:
    by_engine, by_person = (decided(submitted("post-1"), decided_by=who) for who in ("engine", "person"))
    shared = key_of("decided by a person", "post-1", "1")
    own = key_of("post.decided", "post-1", "2026-01-02T03:04:05+00:00", by_person.data.model_dump_json())
    assert (repeat_key(by_engine), repeat_key(by_person)) == (shared, own)
    assert [remembered_keys(by_engine), remembered_keys(by_person)] == [frozenset(), {shared, own}]
    report = ReportFiled(post_id="post-1", revision=2, reporter_id="ben", reason="s1.none")
    filed = record(report, "report-1", actor="user:ben", at=AT)
    assert remembered_keys(filed) == {key_of("report.filed", "post-1", "2", "ben")}
    assert [repeat_key(submitted()), remembered_keys(submitted())] == ["", frozenset()]
