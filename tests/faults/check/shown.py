"""Judges what the API shows, independently of the files: users' own posts, lists, votes, the queue and timelines."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import httpx

from shared.log.events import Event, PostSubmitted
from tests.faults import effect_invariants, invariants, stored_state, write_invariants
from tests.faults.check.stored import Findings, Judged
from tests.faults.mixed_load.journal import Account, Record
from tests.faults.write_invariants import VoteReading

TIMEOUT_S = 30.0
TRACED_SERVICES = frozenset({"browser", "gateway", "moderation", "embeddings", "ranking"})
# The newest of the traced posts: older traces may have left the store.
TRACED_POSTS = 12
VOTES_READ = 60


async def judge_shown(url: str, record: Record, judged: Judged, traces_after: float) -> Findings:
    """Return invariant → violations. `traces_after`: seconds since 1970; traces of earlier posts are not judged."""
    findings: Findings = {"I1": [], "I12": []}
    lists: dict[str, set[str]] = {"the feed": set(), "the search": set()}
    queue: set[str] = set()
    for account in record.accounts:
        async with signed_in(url, account) as http:
            findings["I1"] += await _own_posts(http, account, record, judged.facts)
            findings["I1"] += await _votes(http, account, record, judged)
            findings["I12"] += await _traces(http, account, record, traces_after)
            if not lists["the feed"]:
                lists["the feed"] = await _whole_feed(http)
                lists["the search"] = await stored_state.visible_posts(http)
            queue |= await _review_queue(http)
    public = invariants.published(judged.facts)
    lists["the index"] = set(judged.indexed)
    findings["I4"] = [
        f"{post_id} is in {name} and not published"
        for name, posts in lists.items()
        for post_id in sorted(posts - public.keys())
    ]
    comments = _comments(judged.facts)
    listed = public.keys() - comments
    findings["I1"] += [f"{post_id} is published and not in the feed" for post_id in listed - lists["the feed"]]
    posts = [event for event in judged.facts if event.entity_id not in comments]
    findings["I13"] = [
        *effect_invariants.effects_reversed(posts, {"the feed": lists["the feed"]}, queue),
        *effect_invariants.effects_reversed(judged.facts, {"the index": lists["the index"]}, queue),
    ]
    return findings


def _comments(facts: Sequence[Event]) -> set[str]:
    return {event.entity_id for event in facts if isinstance(event.data, PostSubmitted) and event.data.parent_id}


@asynccontextmanager
async def signed_in(url: str, account: Account) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client with a session of this user."""
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False) as http:
        credentials = {"handle": account.handle, "password": account.password}
        session = (await http.post("/v1/sessions", json=credentials)).raise_for_status().json()
        http.headers["x-csrf-token"] = session["csrf_token"]
        yield http


async def _pages(http: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await stored_state.read_page(http, path, cursor)
        items += page["items"]
        if (cursor := page["next"]) is None:
            return items


async def _own_posts(http: httpx.AsyncClient, account: Account, record: Record, facts: Sequence[Event]) -> list[str]:
    own = {post["id"]: post["state"] for post in await _pages(http, "/v1/me/posts")}
    public = invariants.published(facts)
    accepted = [
        post_id
        for post_id, calls in record.by_key("submit").items()
        if calls[0].user_id == account.id and any(call.outcome == "ok" for call in calls)
    ]
    wrong = [f"the API does not list {post_id}" for post_id in accepted if post_id not in own]
    for post_id, state in own.items():
        if state == "pending" or (state == "published") != (post_id in public):
            wrong.append(f"{post_id} is {state} according to the API")
    return wrong


async def _votes(http: httpx.AsyncClient, account: Account, record: Record, judged: Judged) -> list[str]:
    """Compare the newest votes that the API shows with the stream and the journal."""
    stored = write_invariants.stored_votes(judged.logged.votes)
    mine = [pair for pair in write_invariants.possible_votes(record) if pair[1] == account.id][-VOTES_READ:]
    readings, counts = {}, {}
    for post_id, user_id in mine:
        answer = await http.get(f"/v1/posts/{post_id}")
        if answer.status_code == HTTPStatus.OK:  # the post may have been taken down since
            post = answer.json()
            readings[post_id, user_id] = VoteReading(stored.get((post_id, user_id)), post["my_vote"])
            counts[post_id] = (post["votes"]["up"], post["votes"]["down"])
    return write_invariants.votes_counted(judged.logged.votes, counts) + [
        f"{user_id} on {post_id}: stored {reading.stored}, shown {reading.shown}"
        for (post_id, user_id), reading in readings.items()
        if (reading.stored or 0) != reading.shown
    ]


async def _traces(http: httpx.AsyncClient, account: Account, record: Record, after: float) -> list[str]:
    sent = {call.key for call in record.of("spans") if call.outcome == "ok"}
    touched = {call.key for call in record.of("edit", "withdraw", "appeal", "report", "review")}
    candidates = [
        calls[0].key
        for post_id, calls in record.by_key("submit").items()
        if len(calls) == 1
        and calls[0].user_id == account.id
        and calls[0].started >= after
        and calls[0].data["headers"]["traceparent"] in sent
        and post_id not in touched
    ]
    wrong = []
    for post_id in candidates[-TRACED_POSTS:]:
        timeline = (await http.get(f"/v1/posts/{post_id}/timeline")).raise_for_status().json()
        decided = [fact["outcome"] for fact in timeline["facts"] if fact["outcome"]]
        wanted = TRACED_SERVICES if decided == ["published"] else TRACED_SERVICES - {"embeddings", "ranking"}
        spans = timeline["spans"]
        faults = effect_invariants.connected_trace(spans, wanted) + effect_invariants.attempts_visible(spans)
        wrong += [f"{post_id}: {fault}" for fault in faults]
    return wrong


async def _whole_feed(http: httpx.AsyncClient) -> set[str]:
    return {item["post"]["id"] for item in await _pages(http, "/v1/feed?sort=new")}


async def _review_queue(http: httpx.AsyncClient) -> set[str]:
    found: set[str] = set()
    cursor: str | None = "0"
    while cursor is not None:
        answer = await http.get("/v1/review/queue", params={"cursor": cursor})
        if answer.status_code != HTTPStatus.OK:
            break  # only moderators may read it
        page = answer.json()
        found |= {item["post"]["id"] for item in page["items"]}
        cursor = page["next"]
    return found
