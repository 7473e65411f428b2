"""Tests that the view does not depend on batches and repeats (I5), and that its progress never goes back (I6)."""

import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.log.events import (
    CommunityCreated,
    Event,
    PostAppealed,
    ReportFiled,
    UserApproved,
    UserRefused,
    UserReinstated,
    UserRoleGranted,
    UserRoleRevoked,
    UserSuspended,
)
from shared.testing import decided, withdrawn
from tests.replay.folding import FakeKeys, FoldedView, Streams

pytestmark = pytest.mark.long

PEOPLE = ("ada", "bob", "eve")
# Weighted by repetition: histories of few posts with many replies and decisions exercise the folds most.
STEPS = (
    *("answer", "publish", "vote") * 4, *("edit", "overturn", "decide late") * 2,
    "write", "hold", "reject", "withdraw", "appeal", "report", "report", "erase", "suspend", "reinstate", "grant",
    "revoke", "approve", "refuse", "say no", "take back",
)  # fmt: skip
Step = tuple[str, int, int]
histories = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9), st.integers(-1, 1)), max_size=80)
batches = st.lists(st.integers(1, 9), min_size=1, max_size=5)


class Author:
    """Writes valid histories: each step is one that a post or a user allows at that moment."""

    def __init__(self) -> None:
        self.log = Streams()
        self.keys = FakeKeys()
        self.posts: list[Event] = []
        self.revisions: dict[str, int] = {}
        self.decided: set[tuple[str, int]] = set()
        self.withdrawn: set[str] = set()
        for name in PEOPLE:
            self.log.register(name, f"{name}-handle", waits=name == PEOPLE[0])
        self.log.fact(CommunityCreated(title="Garden"), "garden")

    def step(self, what: str, which: int, value: int) -> None:
        person = PEOPLE[which % len(PEOPLE)]
        post = self.posts[which % len(self.posts)] if self.posts else None
        if what in ("say no", "take back"):
            self._interest(person, PEOPLE[value], interested=what == "take back")
        elif what in ("suspend", "reinstate", "grant", "revoke", "erase", "approve", "refuse"):
            self._person(what, person)
        elif what == "write" or post is None:
            self._write(person, None)
        elif what == "answer":
            self._write(person, post)
        elif what == "report":
            self._report(person, post)
        elif what == "vote":
            self.log.vote(post.entity_id, person, value, 10 * which + 10)
        elif post.entity_id not in self.withdrawn:
            self._post(what, post)

    def _person(self, what: str, person: str) -> None:
        facts = {
            "approve": UserApproved(),
            "refuse": UserRefused(reason=FakeKeys.make(person).seal(b"canary", person)),
            "suspend": UserSuspended(reason="spam"),
            "reinstate": UserReinstated(),
            "grant": UserRoleGranted(role="moderator", community="garden"),
            "revoke": UserRoleRevoked(role="moderator", community="garden"),
        }
        if person in self.keys.gone:
            return
        if what == "erase":
            self.log.erase(person)
            self.keys.gone.add(person)
        else:
            self.log.fact(facts[what], person)

    def _write(self, person: str, parent: Event | None) -> None:
        if person in self.keys.gone:
            return
        above = getattr(parent.data, "root_id", None) or parent.entity_id if parent else None
        post = self.log.write(person, parent_id=parent.entity_id if parent else None, root_id=above)
        self.posts.append(post)
        self.revisions[post.entity_id] = 1

    def _interest(self, person: str, about: str, *, interested: bool) -> None:
        if person not in self.keys.gone:
            self.log.interest(person, "person", about, interested=interested)

    def _report(self, person: str, post: Event) -> None:
        if person not in self.keys.gone:
            report_id = f"report-{len(self.log.events)}"
            reason = FakeKeys.make(person).seal(b"canary", report_id)
            revision, weight = self.revisions[post.entity_id], 10 + len(self.log.events) % 9 * 10
            fact = ReportFiled(
                post_id=post.entity_id, revision=revision, reporter_id=person, reason=reason, weight=weight
            )
            self.log.fact(fact, report_id)

    def _post(self, what: str, post: Event) -> None:
        post_id, revision = post.entity_id, self.revisions[post.entity_id]
        outcomes = {"publish": "published", "hold": "held", "reject": "rejected", "overturn": "published"}
        if what == "edit" and getattr(post.data, "author_id", "") not in self.keys.gone:
            self.revisions[post_id] = revision + 1
            self.log.rewrite(post, f"revision {revision + 1}", revision + 1)
        elif what == "withdraw":
            self.withdrawn.add(post_id)
            self.log.append(withdrawn(post, revision=revision))
        elif what == "appeal":
            self.log.fact(PostAppealed(revision=revision, reason="s1.none"), post_id)
        elif what == "decide late" and revision > 1:
            self.log.append(decided(post, "rejected", revision=revision - 1))
        elif what in outcomes and (what == "overturn" or (post_id, revision) not in self.decided):
            self.decided.add((post_id, revision))
            by = "person" if what == "overturn" else "engine"
            self.log.append(decided(post, outcomes[what], revision=revision, decided_by=by))


@settings(max_examples=40)
@given(history=histories, live=batches, again=batches)
async def test_live_rebuilt_and_rebatched_views_are_equal(
    history: list[Step], live: list[int], again: list[int]
) -> None:
    author = Author()
    with tempfile.TemporaryDirectory() as folder:
        lived = FoldedView(Path(folder) / "lived", author.keys)
        reached = 0
        for number, step in enumerate(history):
            author.step(*step)
            if number % live[number % len(live)] == 0:
                await lived.take(author.log)
                assert lived.store.reached("EVENTS") >= reached
                reached = lived.store.reached("EVENTS")
        await lived.take(author.log)
        rebuilt = FoldedView(Path(folder) / "rebuilt", author.keys)
        await rebuilt.take(author.log)
        repeated = FoldedView(Path(folder) / "repeated", author.keys)
        await repeated.take_in_batches(author.log, again)
        views = (lived, rebuilt, repeated)
        assert len({view.digest() for view in views}) == 1
        assert {view.store.reached("EVENTS") for view in views} == {len(author.log.events)}
        _counts_are_what_counting_says(lived)
        for view in views:
            view.close()


def _counts_are_what_counting_says(view: FoldedView) -> None:
    votes = """SELECT post_id, sum(weight * (value = 1)), sum(weight * (value = -1)) FROM votes
        GROUP BY post_id ORDER BY 1"""
    assert view.rows("SELECT * FROM vote_counts ORDER BY 1") == view.rows(votes)
    reports = """SELECT id, sum(weight) FROM (SELECT p.id, max(r.weight) AS weight FROM posts p
        JOIN reports r ON r.post_id = p.id AND r.sequence >= p.reported WHERE p.state <> 'withdrawn'
        GROUP BY p.id, r.reporter_id) GROUP BY id ORDER BY id"""
    weights = "SELECT id, report_weight FROM posts WHERE report_weight AND state <> 'withdrawn' ORDER BY id"
    assert view.rows(weights) == view.rows(reports)
    comments = """SELECT root_id, count(*) FROM posts
        WHERE state = 'published' AND root_id IS NOT NULL GROUP BY root_id ORDER BY 1"""
    assert view.rows("SELECT * FROM comment_counts WHERE comments ORDER BY 1") == view.rows(comments)
    posts = "SELECT community, count(*) FROM posts WHERE state = 'published' AND root_id IS NULL GROUP BY 1"
    assert view.rows("SELECT * FROM community_posts WHERE posts") == view.rows(posts)


async def test_the_digest_detects_a_single_lost_row(tmp_path: Path) -> None:
    author = Author()
    for step in (("write", 0, 0), ("publish", 0, 0), ("vote", 1, 1)):
        author.step(*step)
    view = FoldedView(tmp_path, author.keys)
    await view.take(author.log)
    whole = view.digest()
    view.store.db.execute("DELETE FROM votes")
    assert view.digest() != whole
    view.close()


async def test_a_failed_batch_changes_neither_state_nor_sequence(tmp_path: Path) -> None:
    author = Author()
    view = FoldedView(tmp_path, author.keys)
    await view.take(author.log)
    before, reached = view.digest(), view.store.reached("EVENTS")
    author.step("write", 0, 0)
    view.store.db.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON main.reached BEGIN SELECT raise(FAIL, 'disk full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="disk full"):
        await view.take(author.log)
    assert (view.digest(), view.store.reached("EVENTS")) == (before, reached)
    view.store.db.execute("DROP TRIGGER full")
    await view.take(author.log)
    assert view.store.reached("EVENTS") == reached + 1
    view.close()


async def test_the_view_continues_after_a_failed_commit(tmp_path: Path) -> None:
    author = Author()
    view = FoldedView(tmp_path, author.keys)
    await view.take(author.log)
    author.step("write", 0, 0)
    (pages,) = view.store.db.execute("PRAGMA page_count").fetchone()
    view.store.db.execute(f"PRAGMA max_page_count = {pages}")
    author.log.rewrite(author.posts[0], "longer than what is free " * 4000)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        await view.take(author.log)
    view.store.db.execute(f"PRAGMA max_page_count = {pages * 100}")
    await view.take(author.log)
    assert view.store.reached("EVENTS") == len(author.log.events)
    view.close()
