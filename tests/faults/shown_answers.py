"""Everything that the API shows to each person, so that two installations can be compared answer by answer."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.faults.check.shown import signed_in
from tests.faults.mixed_load.journal import Account

ROOT = Path(__file__).parents[2]
CONCURRENT = 8
# What a backup does not contain, or what is not about stored data.
NOT_COMPARED = {
    "/healthz": "the state of processes",
    "/readyz": "the state of processes",
    "/metrics": "the state of processes",
    "/v1/stream": "endless",
    "/v1/device/files/{name}": "files of the program",
    "/v1/drift": "from previews, which a backup leaves out",
    "/v1/worth": "from previews, which a backup leaves out",
    "/v1/device/pack": "has the time at which it was made",
    "/v1/tokens": "tokens are sessions, which a backup leaves out",
}
# Fields of a feed's items that depend on the current time, as other sorts than these do.
DEPEND_ON_TIME = ("score", "parts")
# Of timelines, of the session, and of `/v1/me`, where the weight grows with the age of the account.
NOT_COMPARED_FIELDS = ("spans", "csrf_token", "vote_weight")
QUERIES = {
    "/v1/feed": ("?sort=new", "?sort=top"),
    "/v1/search": ("?q=tomatoes", "?q=what%20grows%20in%20the%20shade"),
}


def paths(posts: Iterable[str], handles: Iterable[str], only_looked_at: Iterable[str] = ()) -> list[str]:
    """Return every address of the API that shows stored data, with these posts and handles filled in.

    `only_looked_at`: posts of which only the post itself is read, with the person's own vote.
    """
    document = json.loads((ROOT / "client" / "openapi.json").read_text(encoding="utf-8"))
    found: list[str] = []
    for path, methods in sorted(document["paths"].items()):
        if "get" not in methods or path in NOT_COMPARED:
            continue
        if "{post_id}" in path:
            found += [path.replace("{post_id}", post_id) for post_id in posts]
        elif "{handle}" in path:
            found += [path.replace("{handle}", handle) for handle in handles]
        elif "{digest}" not in path:  # the digest that is in force is in /v1/policy
            found += [path + query for query in QUERIES.get(path, ("",))]
    return found + [f"/v1/posts/{post_id}" for post_id in only_looked_at]


async def shown_to(url: str, account: Account, addresses: Sequence[str]) -> dict[str, Any]:
    """Return what the API shows to a person: address → status and whole answer, with all pages."""
    limit = asyncio.Semaphore(CONCURRENT)
    async with signed_in(url, account) as http:

        async def read(address: str) -> tuple[str, Any]:
            async with limit:
                return address, await _answer(http, address)

        return dict(await asyncio.gather(*map(read, addresses)))


def first_differences(before: dict[str, Any], after: dict[str, Any], count: int = 40) -> list[str]:
    """Return the first differences between the answers of two installations, by address and field."""
    return [line for one in before for line in _differences(one, before[one], after.get(one))][:count]


def _differences(place: str, before: Any, after: Any) -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        names = sorted({*before, *after})
        return [line for one in names for line in _differences(f"{place} {one}", before.get(one), after.get(one))]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [line for at, (one, other) in pairs for line in _differences(f"{place} {at}", one, other)]
    return [] if before == after else [f"{place}: {before!r} -> {after!r}"]


def _identity(item: dict[str, Any]) -> str:
    """Return the id of a feed's item: two posts of the same millisecond may change places."""
    return str(item["post"]["id"])


def _without(item: Any, fields: Sequence[str]) -> Any:
    return {name: item[name] for name in item if name not in fields} if isinstance(item, dict) else item


async def _answer(http: httpx.AsyncClient, address: str) -> Any:
    items: list[Any] = []
    cursor = None
    while True:
        url = httpx.URL(address)
        answer = await http.get(url.copy_merge_params({"cursor": cursor}) if cursor else url)
        if not answer.is_success:
            return [answer.status_code, answer.json().get("code")]
        if "json" not in answer.headers.get("content-type", ""):
            return hashlib.sha256(answer.content).hexdigest()
        body = answer.json()
        if not isinstance(body, dict) or not isinstance(body.get("items"), list):
            return _without(body, NOT_COMPARED_FIELDS)
        items += [_without(item, DEPEND_ON_TIME) for item in body["items"]]
        if not (cursor := body.get("next")):
            return {**body, "items": sorted(items, key=_identity) if address.startswith("/v1/feed") else items}
