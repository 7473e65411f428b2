"""The behaviour of the post index, the same for every engine."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qdrant_client import AsyncQdrantClient

from services.embeddings.adapters import EdgeIndex, qdrant_edge_index
from services.embeddings.adapters.qdrant_server_index import ServerIndex
from services.embeddings.domain import PostPoint, SearchFilter
from services.embeddings.index_differences import ReadableIndex
from services.embeddings.post_index import PostIndex
from tests.contract.make_search_words import read
from tests.embeddings.conftest import BEGIN, Open, a_post, an_id, prepared, towards

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def flush_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests write one point at a time; in service, writes wait a tenth of a second for each other."""
    monkeypatch.setattr(qdrant_edge_index, "FLUSH_AFTER_S", 0.0)


ALL = SearchFilter()
AUTHOR = an_id(9_000)


async def search_ids(index: PostIndex, text: str, within: SearchFilter = ALL) -> list[str]:
    return [hit.post_id for hit in await index.search(None, text, within, 50)]


async def test_a_stored_post_is_found_by_its_words(index: PostIndex) -> None:
    assert await index.upsert([a_post(1, title="Pruning roses"), a_post(2)]) == {an_id(1), an_id(2)}
    assert await search_ids(index, "rose") == [an_id(1)]
    assert await index.count() == 2


async def test_a_stored_post_is_found_by_its_meaning(index: PostIndex) -> None:
    await index.upsert([a_post(n) for n in range(1, 30)])
    (hit,) = await index.search(towards(7), "unheard", ALL, 5)
    assert (hit.post_id, hit.why) == (an_id(7), "meaning")


async def test_a_post_that_the_model_cannot_read_is_found_by_its_words_only(index: PostIndex) -> None:
    nothing = np.zeros(384, np.float32)
    await index.upsert([a_post(1, vector=nothing), a_post(2, vector=nothing), a_post(3)])
    assert (await search_ids(index, "title number 2"))[0] == an_id(2)
    assert await index.related(an_id(1), 9, ALL) == []
    assert [hit.post_id for hit in await index.nearest(towards(3), 9, ALL)] == [an_id(3)]
    assert [hit.post_id for hit in await index.search(towards(3), "unheard", ALL, 9)] == [an_id(3)]


async def test_the_same_write_twice_is_one_write(index: PostIndex) -> None:
    await index.upsert([a_post(1), a_post(1)])
    assert await index.upsert([a_post(1)]) == frozenset()
    assert await index.count() == 1


@pytest.mark.injects("E22", invariants="I7")
async def test_an_older_write_never_overwrites_a_newer_one(index: PostIndex) -> None:
    await index.upsert([a_post(1, source_seq=20, revision=2, title="Second thoughts")])
    assert await index.upsert([a_post(1, source_seq=10, title="First thoughts")]) == frozenset()
    assert (await search_ids(index, "second"), await search_ids(index, "first")) == ([an_id(1)], [])


async def test_of_two_writes_in_one_batch_the_newer_stays(index: PostIndex) -> None:
    older, newer = a_post(1, title="Apples"), a_post(1, source_seq=2, revision=2, title="Pears")
    await index.upsert([newer, older])
    assert (await search_ids(index, "pears"), await search_ids(index, "apples")) == ([an_id(1)], [])


async def test_a_newer_revision_replaces_words_and_vector(index: PostIndex) -> None:
    await index.upsert([a_post(1, title="Apples", vector=towards(3))])
    await index.upsert([a_post(1, source_seq=9, revision=2, title="Pears", vector=towards(4))])
    assert await search_ids(index, "apples") == []
    assert (await index.vectors([an_id(1)]))[an_id(1)][4] == pytest.approx(1)


async def test_a_removed_post_is_found_nowhere(index: PostIndex) -> None:
    await index.upsert([a_post(1, vector=towards(1, 2)), a_post(2, vector=towards(1, 3))])
    assert await index.remove(an_id(1), 50)
    assert await search_ids(index, "number 1") == [an_id(2)]
    assert [hit.post_id for hit in await index.nearest(towards(1), 9, ALL)] == [an_id(2)]
    assert [hit.post_id for hit in await index.related(an_id(2), 9, ALL)] == []
    assert await index.related(an_id(1), 9, ALL) == []
    assert set(await index.vectors([an_id(1), an_id(2)])) == {an_id(2)}
    assert set(await index.similarities(towards(1), [an_id(1), an_id(2)])) == {an_id(2)}
    assert await index.count() == 1


@pytest.mark.injects("E22", invariants="I7")
async def test_a_late_write_does_not_restore_a_removed_post(index: PostIndex) -> None:
    await index.upsert([a_post(1)])
    await index.remove(an_id(1), 50)
    assert await index.upsert([a_post(1, source_seq=49, revision=2)]) == frozenset()
    assert await index.count() == 0


@pytest.mark.injects("E22", invariants="I7")
async def test_a_removal_that_comes_before_an_older_write_wins_too(index: PostIndex) -> None:
    await index.remove(an_id(1), 50)
    await index.upsert([a_post(1, source_seq=49)])
    assert await index.count() == 0


async def test_a_post_published_again_later_is_found_again(index: PostIndex) -> None:
    await index.upsert([a_post(1)])
    await index.remove(an_id(1), 50)
    await index.upsert([a_post(1, source_seq=51, revision=2, title="Home at last")])
    assert await search_ids(index, "home") == [an_id(1)]


async def test_a_late_removal_does_not_touch_a_post_published_after_it(index: PostIndex) -> None:
    await index.upsert([a_post(1, source_seq=60, revision=3)])
    assert not await index.remove(an_id(1), 50)
    assert await index.count() == 1


@pytest.mark.injects("E22", invariants="I7")
async def test_an_erased_authors_posts_are_removed_and_late_writes_are_blocked(index: PostIndex) -> None:
    await index.upsert([a_post(1), a_post(2), a_post(3, author_id=an_id(9_001))])
    assert await index.remove_author(AUTHOR, 100) == 2
    await index.upsert([a_post(2, source_seq=60, revision=2), a_post(4, source_seq=99)])
    assert await search_ids(index, "post") == [an_id(3)]


async def test_only_points_with_another_content_differ(index: ReadableIndex) -> None:
    stop_words = a_post(3, title="", body="and the of")
    await index.upsert([a_post(1), a_post(2), stop_words])
    changed: list[dict[str, Any]] = [
        {"vector": towards(9)},
        {"title": "Another"},
        {"body": "Another"},
        {"community": "kitchen"},
        {"author_id": an_id(8_000)},
        {"kind": "comment"},
        {"revision": 2},
        {"created_at": BEGIN},
    ]
    unreadable = a_post(5, vector=np.zeros(384, np.float32))
    await index.upsert([unreadable])
    assert await index.differing([a_post(1), a_post(2), stop_words, a_post(4), unreadable]) == frozenset()
    assert await index.differing([a_post(5)]) == {an_id(5)}
    for change in changed:
        assert await index.differing([a_post(1, **change), a_post(2)]) == {an_id(1)}, change
    assert await index.differing([a_post(1, source_seq=5, title="Newer")]) == frozenset(), "of another fact"


async def test_a_wrong_point_is_overwritten_only_if_it_is_still_there(index: ReadableIndex) -> None:
    await index.upsert([a_post(1, source_seq=10, title="Wrong")])
    right = a_post(1, source_seq=5, title="Right")
    assert not await index.overwrite(right, seen=9)
    assert await search_ids(index, "wrong") == [an_id(1)]
    assert await index.overwrite(right, seen=10)
    assert (await search_ids(index, "right"), await index.sequence(an_id(1))) == ([an_id(1)], 5)
    await index.remove_author(AUTHOR, 20)
    assert not await index.overwrite(right, seen=20), "its author is erased"
    assert await index.count() == 0


async def test_filters_apply_inside_the_query(index: PostIndex) -> None:
    await index.upsert(
        [
            a_post(1, community="cooking"),
            a_post(2, author_id=an_id(9_002)),
            a_post(3, kind="comment"),
            a_post(4, created_at=BEGIN + timedelta(days=400)),
        ]
    )
    wanted = {
        SearchFilter(community="cooking"): {1},
        SearchFilter(author_id=an_id(9_002)): {2},
        SearchFilter(kind="comment"): {3},
        SearchFilter(newer_than=BEGIN + timedelta(days=30)): {4},
        SearchFilter(ids=(an_id(2), an_id(3))): {2, 3},
        SearchFilter(community="gardens", kind="post"): {2, 4},
    }
    for within, numbers in wanted.items():
        assert set(await search_ids(index, "title number", within)) == {an_id(n) for n in numbers}, within
        near = await index.nearest(towards(1, 2, 3, 4), 9, within)
        assert {hit.post_id for hit in near} == {an_id(n) for n in numbers}, within


async def test_hidden_posts_are_not_found_by_words_meaning_title_or_relation(index: PostIndex) -> None:
    near = [a_post(n, vector=towards(1, spread=0.01, seed=n), author_id=an_id(9_000 + n)) for n in range(1, 5)]
    await index.upsert(near)
    for within in (
        SearchFilter(hidden_authors=(an_id(9_002),)),
        SearchFilter(hidden_ids=(an_id(2),)),
        SearchFilter(ids=(an_id(1), an_id(3), an_id(4))),
    ):
        assert an_id(2) not in await search_ids(index, "title number 2", within)
        assert an_id(2) not in await search_ids(index, '"number 2"', within)
        assert an_id(2) not in [hit.post_id for hit in await index.search(towards(1), "title", within, 9)]
        assert an_id(2) not in [hit.post_id for hit in await index.related(an_id(1), 9, within)]
    elsewhere = a_post(5, vector=towards(1, spread=0.01, seed=5), community="elsewhere")
    await index.upsert([elsewhere])
    hidden = SearchFilter(hidden_communities=("elsewhere",))
    assert an_id(5) in [hit.post_id for hit in await index.nearest(towards(1), 9, SearchFilter())]
    assert an_id(5) not in [hit.post_id for hit in await index.nearest(towards(1), 9, hidden)]
    assert an_id(5) not in [hit.post_id for hit in await index.related(an_id(1), 9, hidden)]
    assert await search_ids(index, "title", SearchFilter(communities=())) == []


async def test_an_exact_title_comes_first_and_a_phrase_second(index: PostIndex) -> None:
    await index.upsert(
        [
            a_post(1, title="Dry stone walls", body="walls of dry stone, stone walls, dry walls", vector=towards(1)),
            a_post(2, title="Why?", body="how to build a garden wall, dry, of stone", vector=towards(9)),
            a_post(3, title="Questions", body="Does a stone garden wall last?", vector=towards(9)),
            a_post(4, title="Stone, garden: WALL!", body="", vector=towards(200)),
        ]
    )
    hits = await index.search(towards(9), "stone garden wall", ALL, 9)
    assert [hit.post_id for hit in hits][:2] == [an_id(4), an_id(3)]
    assert [hit.why for hit in hits][:2] == ["exact", "exact"]
    assert {hit.post_id: hit.why for hit in hits}[an_id(2)] == "words and meaning"


@pytest.mark.parametrize("place", ["title", "body"])
async def test_a_literal_word_is_first_in_every_script_whatever_is_near_in_meaning(
    open_index: Open, place: str
) -> None:
    index = await open_index()
    posts = [(language, post) for language, posts in read()["posts"].items() for post in posts]
    empty = {"title": "", "body": ""}
    await index.upsert([a_post(n, **empty | {place: post["text"]}) for n, (_, post) in enumerate(posts)])
    right: Counter[str] = Counter()
    for n, (language, post) in enumerate(posts):
        hits = await index.search(towards(n + 1), post["query"], ALL, 5)
        right[language] += (hits[0].post_id, hits[0].why) == (an_id(n), "exact")
    assert right == dict.fromkeys(read()["posts"], 10)


async def test_a_part_of_a_compound_and_a_word_without_its_prefix_are_found(index: PostIndex) -> None:
    await index.upsert([a_post(1, title="Haftpflichtversicherung"), a_post(2, title="المكتبة القديمة"), a_post(3)])
    assert await search_ids(index, "Versicherung") == [an_id(1)]
    assert await search_ids(index, "مكتبة") == [an_id(2)]


async def test_a_quoted_phrase_finds_only_posts_that_contain_it_word_for_word(index: PostIndex) -> None:
    await index.upsert([a_post(1, body="the wall of stone"), a_post(2, body="a Stone wall here")])
    hits = await index.search(towards(1), '"stone wall"', ALL, 9)
    assert [(hit.post_id, hit.why) for hit in hits] == [(an_id(2), "exact")]
    assert await search_ids(index, '"stone wall" "the sea"') == []


async def test_a_hit_names_words_or_meaning_as_its_reason(index: PostIndex) -> None:
    await index.upsert(
        [
            a_post(1, title="Tomatoes", body="", vector=towards(5)),
            a_post(2, title="Tomatoes again", body="", vector=towards(77)),
            a_post(3, title="Love apples", body="", vector=towards(5, spread=0.01)),
        ]
    )
    hits = {hit.post_id: hit.why for hit in await index.search(towards(5), "tomatoes seed", ALL, 9)}
    assert hits == {an_id(1): "words and meaning", an_id(2): "words", an_id(3): "meaning"}


async def test_the_sequence_of_the_last_write_or_removal_can_be_read(index: PostIndex) -> None:
    await index.upsert([a_post(1)])
    await index.remove(an_id(2), 70)
    assert [await index.sequence(an_id(n)) for n in (1, 2, 3)] == [1, 70, 0]


async def test_preparing_again_changes_nothing(index: PostIndex) -> None:
    await index.upsert([a_post(1)])
    await prepared(index)
    assert await index.count() == 1


async def test_pages_have_no_gaps_and_no_repeats(index: PostIndex) -> None:
    await index.upsert([a_post(n, vector=towards(1, spread=0.02, seed=n)) for n in range(1, 41)])
    whole = [hit.post_id for hit in await index.search(towards(1), "post", ALL, 40)]
    pages = [hit.post_id for at in range(0, 40, 8) for hit in await index.search(towards(1), "post", ALL, 8, offset=at)]
    assert pages == whole
    assert len(set(whole)) == 40


@pytest.mark.parametrize("text", ["", "   ", '""', "the", "?!", '"', "🌱", "a" * 4_000])
async def test_odd_searches_answer_without_failing(index: PostIndex, text: str) -> None:
    await index.upsert([a_post(1)])
    assert await index.search(None, text, ALL, 9) == []
    assert len(await index.search(towards(1), text, ALL, 9)) == 1


async def test_related_posts_are_near_ones_and_never_the_post_itself(index: PostIndex) -> None:
    family = [a_post(n, vector=towards(1, spread=0.02, seed=n)) for n in range(1, 6)]
    await index.upsert([*family, *(a_post(n) for n in range(20, 40))])
    related = [hit.post_id for hit in await index.related(an_id(3), 10, ALL)]
    assert set(related) == {an_id(n) for n in (1, 2, 4, 5)}


async def test_similarities_are_cosines_of_the_known_posts(index: PostIndex) -> None:
    await index.upsert([a_post(1, vector=towards(1)), a_post(2, vector=towards(1, 2))])
    assert await index.similarities(towards(1), [an_id(1), an_id(2), an_id(3)]) == pytest.approx(
        {an_id(1): 1.0, an_id(2): 2**-0.5}, abs=1e-3
    )
    assert await index.similarities(towards(1), []) == {}


async def test_reopening_keeps_posts_tombstones_and_digest(open_index: Open) -> None:
    index = await open_index()
    await index.upsert([a_post(n) for n in range(1, 20)])
    await index.remove(an_id(3), 100)
    digest = await index.digest()
    await index.close()
    again = await open_index()
    assert (await again.count(), await again.digest()) == (18, digest)
    await again.upsert([a_post(3, source_seq=99)])
    assert await again.count() == 18


async def test_optimizing_changes_no_result(index: PostIndex) -> None:
    await index.upsert([a_post(n) for n in range(1, 60)])
    await index.remove(an_id(3), 100)
    before = (await index.digest(), await index.search(towards(4), "title", ALL, 20))
    await index.optimize()
    assert (await index.digest(), await index.search(towards(4), "title", ALL, 20)) == before
    await index.upsert([a_post(3, source_seq=99)])
    assert await index.count() == 58


async def digest_after(index: PostIndex, posts: list[PostPoint], batch: int) -> str:
    """Write posts in batches, remove some, and return the digest."""
    for at in range(0, len(posts), batch):
        await index.upsert(posts[at : at + batch])
    await asyncio.gather(*(index.remove(an_id(number), 5_000) for number in range(1, 80, 7)))
    digest = await index.digest()
    await index.close()
    return digest


async def opened(engine: str, folder: Path) -> PostIndex:
    """Return an empty index in its own folder."""
    if engine == "edge":
        return await prepared(EdgeIndex(folder))
    return await prepared(ServerIndex(AsyncQdrantClient(path=str(folder)), "posts"))


@pytest.mark.parametrize("engine", ["edge", "client"])
async def test_the_digest_does_not_depend_on_batches_order_or_duplicates(engine: str, tmp_path: Path) -> None:
    posts = [a_post(n, vector=towards(n, spread=0.1, seed=n)) for n in range(1, 80)]
    posts += [a_post(n, source_seq=1_000 + n, revision=2, vector=towards(n + 1)) for n in range(1, 80, 3)]
    order = np.random.default_rng(11).permutation(len(posts))
    digest = await digest_after(await opened(engine, tmp_path / "a"), posts, 32)
    shuffled = [posts[i] for i in order] + posts[::2]
    assert digest == await digest_after(await opened(engine, tmp_path / "b"), shuffled, 5)
    assert digest == await digest_after(await opened(engine, tmp_path / "c"), posts[::3] + posts, 17)
    assert digest != await digest_after(await opened(engine, tmp_path / "d"), posts[:-1], 32)


async def test_the_digest_changes_with_every_post_revision_sequence_and_vector(index: PostIndex) -> None:
    digests = [await index.digest()]
    changes = (
        a_post(1),
        a_post(1, source_seq=5),
        a_post(1, source_seq=6, revision=2),
        a_post(1, source_seq=7, revision=2, vector=towards(9)),
    )
    for change in changes:
        await index.upsert([change])
        digests.append(await index.digest())
    assert len(set(digests)) == len(digests)
