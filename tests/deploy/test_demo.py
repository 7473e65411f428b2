"""The posts of `ottit demo` pass the importer's checks and the policy's rules."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from deploy.cli.import_posts import DEMO, demo_rows
from services.gateway.communities.schemas import NewCommunity
from services.gateway.imports.commands import content_of, handle_of, slug_of
from services.gateway.imports.schemas import ImportRow
from services.gateway.posts.domain import check_content
from shared.policy import DEFAULT_POLICY, load_policy, match

# Harmless, but phrased as a threat: it shows new users a post that is held for review.
HELD_ON_PURPOSE = "I know where you live and I am coming over with butter"


def read_lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DEMO / name).read_text(encoding="utf-8").splitlines()]


def age(row: ImportRow) -> float:
    assert row.created_at is not None
    return (NOW - row.created_at).total_seconds()


COMMUNITIES = [NewCommunity.model_validate(row) for row in read_lines("communities.jsonl")]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POSTS = [ImportRow.model_validate(row) for row in demo_rows(NOW)]


def test_the_importer_accepts_every_row() -> None:
    for row in POSTS:
        check_content(content_of(row), comment=row.parent_id is not None)
        assert row.author is not None
        assert handle_of(row.author) == row.author, "a handle that the importer would change"


def test_every_post_is_in_a_demo_community_and_every_community_has_posts() -> None:
    names = [community.name for community in COMMUNITIES]
    assert len(names) == len(set(names)) == 8
    assert {row.community for row in POSTS} == set(names)
    assert [slug_of(name) for name in names] == names


def test_ids_are_unique_and_parents_come_before_their_comments() -> None:
    seen: dict[str, ImportRow] = {}
    for row in POSTS:
        assert row.id not in seen
        if row.parent_id is not None:
            assert row.title is None, f"{row.id}: comments have no title"
            assert seen[row.parent_id].community == row.community
            assert age(seen[row.parent_id]) > age(row) > 0, f"{row.id} is older than its parent"
        seen[row.id] = row


def test_lengths_and_authors_vary() -> None:
    sizes = sorted(len(row.text) for row in POSTS)
    assert sizes[0] < 80
    assert sizes[-1] > 1000
    assert max(Counter(row.author for row in POSTS).values()) <= 6, "one author has too many posts"


def test_the_rules_hold_only_the_intended_post() -> None:
    policy = load_policy(DEFAULT_POLICY)
    held = [row.text for row in POSTS if match(policy, content_of(row).text)]
    assert len(held) == 1
    assert HELD_ON_PURPOSE in held[0]
