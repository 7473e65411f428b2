"""E18, I5: a stored copy of any fact, with the same or another event id, leaves every view as it is.

Stated effects: a post's timeline lists the copy, and the next writer appends behind it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.embeddings.projections import LatestFacts, apply_fact, copies
from services.ranking.projections import RankingState, apply_event
from services.ranking.projections import digest as ranking_digest
from shared.log.events import (
    CommunityChanged,
    CommunityCreated,
    EmbeddingStored,
    Event,
    PostAppealed,
    ReportFiled,
    Role,
    UserApproved,
    UserErased,
    UserRefused,
    UserReinstated,
    UserRoleGranted,
    UserRoleRevoked,
    UserSecurityChanged,
    UserSuspended,
    decode,
)
from shared.testing import decided, withdrawn
from tests.contract.compatibility import facts
from tests.poison.test_edge_values import stored
from tests.replay.folding import FakeKeys, FoldedView, Streams

pytestmark = pytest.mark.long

# A policy is read from the log itself, and dead letters have no view.
WITHOUT_VIEW = {kind for kind in facts() if kind.startswith(("policy.", "letter."))}


def eventful() -> list[Event]:
    """Return a history with facts of every kind, in which later facts undo earlier ones."""
    log = Streams()
    for name in ("ada", "bob", "eve"):
        log.register(name, name)
    log.fact(CommunityCreated(title="Garden"), "garden")
    for minute, title in enumerate(("Gardens", "Garden", "The garden")):
        log.fact(CommunityChanged(title=title), "garden", minute)
    roles: tuple[Role, ...] = ("moderator", "admin", "member")
    for minute, role in enumerate(roles):
        log.fact(UserRoleGranted(role=role), "bob", minute)
    log.fact(UserRoleGranted(role="moderator", keeps_others=True), "bob", 3)
    log.fact(UserRoleRevoked(role="moderator"), "bob", 4)
    log.fact(UserSecurityChanged(change="password_changed"), "bob", 5)
    log.register("may", "may", waits=True)
    for minute, decision in enumerate((UserRefused(reason="s1.none"), UserApproved())):
        log.fact(decision, "may", minute)
    log.fact(UserSuspended(reason="spam"), "bob")
    log.fact(UserReinstated(), "bob", 1)
    for person, interested in (("ada", False), ("eve", False), ("ada", True)):
        log.interest("bob", "person", person, interested=interested)
    shown, refused, answered = log.write("ada"), log.write("ada"), log.write("eve")
    comment = log.write("bob", parent_id=shown.entity_id, root_id=shown.entity_id)
    for post in (shown, comment):
        log.append(decided(post))
        embedded(log, post, 1)
    rewritten(log, shown)
    log.fact(ReportFiled(post_id=shown.entity_id, revision=3, reporter_id="eve", reason="s1.none"), "report-1")
    log.append(decided(shown, revision=3, decided_by="person"))
    log.append(decided(refused, "held"))
    log.fact(PostAppealed(revision=1, reason="s1.none"), refused.entity_id)
    log.append(decided(refused, decided_by="person", judged_sequence=1))
    log.append(decided(refused, "rejected", decided_by="person"))
    log.append(decided(answered))
    log.append(withdrawn(answered))
    log.fact(UserErased(), "eve")
    return [decode(message.data, message.sequence.stream) for message in log.events]


def rewritten(log: Streams, post: Event) -> None:
    """Edit a post twice, and publish both revisions."""
    for revision in (2, 3):
        edit = log.rewrite(post, f"revision {revision}", revision)
        log.append(edit.model_copy(update={"event_id": f"edit-{revision}"}))
        log.events.pop(-2)
        log.append(decided(post, revision=revision, judged_sequence=edit.sequence))
        embedded(log, post, revision)


def embedded(log: Streams, post: Event, revision: int) -> None:
    """Store that a vector was stored."""
    log.fact(EmbeddingStored(revision=revision, source_sequence=len(log.events), model="m"), post.entity_id, revision)


def numbered(events: list[Event]) -> list[Event]:
    """Return the facts with the sequences of their places."""
    return [event.model_copy(update={"sequence": number}) for number, event in enumerate(events, 1)]


def with_copies(events: list[Event], one: Event, other_id: str) -> list[Event]:
    """Return the history with a copy of one fact at its end, and right behind the fact itself."""
    copy = one.model_copy(update={"event_id": other_id or one.event_id})
    place = events.index(one)
    return numbered([*events[: place + 1], copy, *events[place + 1 :], copy])


async def content_of(events: list[Event], folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the view's rows without sequences and timelines, in an order that depends on neither."""
    keys = FakeKeys()
    keys.gone.add("eve")
    view = FoldedView(folder, keys)
    await view.take_events(stored(events))
    queries = {
        "posts": """SELECT id, state, revision, edited_at, waiting, reported IS NULL, decision IS NULL
            FROM posts ORDER BY 1""",
        "decisions": "SELECT post_id, revision, outcome, decided_by, published FROM decisions ORDER BY sequence",
        "takedowns": "SELECT post_id FROM takedowns ORDER BY 1",
        "reports": "SELECT post_id, revision, reporter_id FROM reports ORDER BY 1, 2, 3",
        "appeals": "SELECT post_id, appealed_at FROM appeals ORDER BY 1",
    }
    same = ("texts", "users", "roles", "communities", "community_posts", "comment_counts", "vote_counts", "repeat_keys",
            "not_interested")  # fmt: skip
    found = {name: view.rows(query) for name, query in queries.items()}
    found |= {table: sorted(view.rows(f"SELECT * FROM {table}"), key=repr) for table in same}
    view.close()
    return found


def ranking_of(events: list[Event]) -> list[tuple[object, ...]]:
    """Return the ranking's records, without the sequences of publications."""
    state = RankingState()
    for event in events:
        apply_event(state, event)
    assert ranking_digest(state)
    return sorted(
        (one.post_id, one.revision, bool(one.published), one.embedded, one.gone, bool(one.listed))
        for one in state.records()
    )


def index_of(events: list[Event]) -> dict[str, str]:
    """Return the fact that decides whether a post is in the index, in a rebuild and live."""
    latest, live = LatestFacts(), LatestFacts()
    for event in events:
        apply_fact(latest, event)
    history: dict[str, list[Event]] = {}
    for event in events:
        history.setdefault(event.entity_id, []).append(event)
        if event.sequence not in copies(history[event.entity_id]):
            apply_fact(live, event)
    found = {post_id: f"{event.type} {event.data.model_dump_json()}" for post_id, event in latest.posts.items()}
    assert found == {post_id: f"{one.type} {one.data.model_dump_json()}" for post_id, one in live.posts.items()}
    return found


HISTORY = eventful()


def test_the_history_has_every_kind_of_fact_that_a_view_folds() -> None:
    assert {event.type for event in HISTORY} == facts().keys() - WITHOUT_VIEW


@pytest.mark.parametrize("other_id", ["", "another-id"])
@pytest.mark.parametrize("place", range(len(HISTORY)), ids=lambda place: f"{place}-{HISTORY[place].type}")
async def test_a_copy_changes_no_view(place: int, other_id: str, tmp_path: Path) -> None:
    copied = with_copies(HISTORY, HISTORY[place], other_id)
    assert await content_of(copied, tmp_path / "copied") == await content_of(HISTORY, tmp_path / "once")
    reduced: tuple[Callable[[list[Event]], object], ...] = (ranking_of, index_of)
    for view in reduced:
        assert view(copied) == view(HISTORY), view.__name__
