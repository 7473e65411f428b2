"""The users of a load: they sign up, sign in, and send requests whose intents and outcomes go into the journal."""

import random
import secrets
import time
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

import httpx

from shared.ids import new_id
from tests.faults.mixed_load.journal import Account, Call, MixedJournal, Outcome

# Longer than the log's time-out of 5 s, so that the gateway answers "unknown" before the client gives up.
TIMEOUT_S = 12.0
# A user's newest posts, of which some are edited, withdrawn or appealed.
REMEMBERED_POSTS = 40
# The broker refused for lack of space: nothing was stored.
STORAGE_FULL = HTTPStatus.INSUFFICIENT_STORAGE


@dataclass
class Person:
    """A signed-in user. `own`: post id → the newest revision that the server has accepted."""

    account: Account
    http: httpx.AsyncClient
    own: deque[list[Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED_POSTS))

    @property
    def id(self) -> str:
        """The user's id."""
        return self.account.id


def outcome_of(status: int) -> Outcome:
    """Return the outcome that a status promises. A 5xx promises nothing, except that a full log stored nothing."""
    if 200 <= status < 300:
        return "ok"
    return "refused" if 400 <= status < 500 or status == STORAGE_FULL else "unknown"


class Caller:
    """Makes calls and keeps the journal."""

    def __init__(self, journal: MixedJournal) -> None:
        self._journal = journal
        self.accepted: Counter[str] = Counter()  # by kind

    async def call(
        self, person: Person, kind: str, request: tuple[str, str], *, key: str, due: float, **sent: Any
    ) -> tuple[Call, Any]:
        """Send a request as a user. `request`: method and path. `sent`: `json`, `params` or `headers`.

        Returns the call with its outcome, and the decoded answer or None.
        """
        data: dict[str, Any] = {name: sent[name] for name in ("json", "params", "headers") if name in sent}
        call = Call(self._journal.next_number(), kind, person.id, key, due, time.time(), data)
        self._journal.record_intent(call)
        status, answer = 0, None
        try:
            response = await person.http.request(*request, **sent)
            status = response.status_code
            answer = response.json() if response.content else None
        except (httpx.TransportError, ValueError):
            pass  # no whole answer: the outcome is unknown
        sequence = answer.get("sequence", 0) if isinstance(answer, dict) and 200 <= status < 300 else 0
        call = replace(call, outcome=outcome_of(status), status=status, sequence=sequence, ended=time.time())
        self._journal.record_outcome(call)
        self.accepted[kind] += call.outcome == "ok"
        return call, answer if call.outcome == "ok" else None

    async def sign_up(self, url: str, handle: str, chance: random.Random) -> Person | None:
        """Sign a user up and in. Returns None if one of the two was not confirmed."""
        password = f"load {chance.getrandbits(64):016x} pass phrase"
        http = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False)
        person = Person(Account("", handle, password), http)
        credentials = {"handle": handle, "password": password}
        _, account = await self.call(
            person, "sign_up", ("POST", "/v1/accounts"), key=handle, due=time.time(), json=credentials
        )
        if account is None or not await self.sign_in(person):
            await http.aclose()
            return None
        person.account = Account(account["id"], handle, password)
        self._journal.record_account(person.account)
        return person

    async def sign_in(self, person: Person) -> bool:
        """Sign a user in. Returns whether it succeeded."""
        credentials = {"handle": person.account.handle, "password": person.account.password}
        try:
            answer = await person.http.post("/v1/sessions", json=credentials)
        except httpx.TransportError:
            return False
        if answer.status_code != HTTPStatus.CREATED:
            return False
        session = answer.json()
        person.http.headers["x-csrf-token"] = session["csrf_token"]
        person.account = replace(person.account, id=session["user"]["id"])
        return True


def fresh_trace() -> str:
    """Return a `traceparent` header of a new trace that asks for sampling (W3C Trace Context).

    Not from the seed: a second load with the same seed would continue the traces of the first.
    """
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def fresh_post_id() -> str:
    """Return the id for a new post."""
    return new_id()
