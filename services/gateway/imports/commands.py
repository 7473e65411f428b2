"""Imports posts from other sites through the same log. Creates authors and communities as needed."""

import asyncio
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.queries import AccountQueries
from services.gateway.communities.commands import CommunityCommands
from services.gateway.http.schemas import TITLE_MAX
from services.gateway.imports.schemas import ImportResult, ImportRow
from services.gateway.posts.commands import PostCommands
from shared.content import Content
from shared.ids import derived_id, imported_author_id
from shared.log.append import Log
from shared.log.crash_points import crash_point
from shared.log.events import Origin, PostSubmitted
from shared.problems import Conflict, Invalid, Problem
from shared.security.data_keys import Erased
from shared.security.text_rules import MESSAGES, is_line

AT_ONCE = 32
# The author of all posts that were removed before the import. Nobody sees them, so they are nobody's.
REMOVED_AUTHOR_ID = derived_id(0, "author of removed posts")
ID_REUSED = (
    "The id {id} was imported before, with other words, another author, parent or community. What was imported stays. "
    "Give this row another id, or add --site NAME if it comes from another site."
)


@dataclass(frozen=True)
class _Parent:
    post_id: str
    root_id: str
    community: str


class ImportCommands:
    """Imports rows. A row sent twice is recognized as a repeat, because every id is derived from the source's ids."""

    def __init__(
        self,
        posts: PostCommands,
        accounts: AccountCommands,
        communities: CommunityCommands,
        log: Log,
        *,
        users: AccountQueries,
    ) -> None:
        self._posts = posts
        self._users = users
        self._accounts = accounts
        self._communities = communities
        self._log = log
        self._authors: dict[str, asyncio.Task[str]] = {}
        self._known_communities: set[str] = set()
        self._limit = asyncio.Semaphore(AT_ONCE)
        self._creating = asyncio.Lock()

    async def take(self, raw: dict[str, object], importer_id: str) -> ImportResult:
        """Import one row. A refusal is a result with a code.

        Raises:
            UnknownOutcome: the log did not confirm, which is no refusal; send the row again.
            Problem: it may succeed later, which is no refusal either.
        """
        source_id = sendable(raw.get("id", ""))[:200]
        try:
            row = ImportRow.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            detail = sendable(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
            code = first["type"] if first["type"] in MESSAGES else "invalid"
            return ImportResult(id=source_id, post_id=None, state="refused", code=code, detail=detail)
        async with self._limit:
            try:
                return await self._import(row, importer_id)
            except Erased:
                detail = "Its author has been erased here. What they wrote stays away."
                return ImportResult(id=row.id, post_id=None, state="refused", code="author_erased", detail=detail)
            except Problem as refusal:
                if refusal.retry_after_s is not None:  # the whole request is sent again later
                    raise
                if refusal.code == "id_reused":
                    refusal = Conflict(ID_REUSED.format(id=row.id), refusal.code)
                return ImportResult(id=row.id, post_id=None, state="refused", code=refusal.code, detail=refusal.detail)

    async def _import(self, row: ImportRow, importer_id: str) -> ImportResult:
        crash_point("before_import_row")
        content = Content(title="", body="") if row.removed else content_of(row)
        if not row.removed:
            self._posts.check(content, comment=row.parent_id is not None)
        post_id = post_id_of(row.id)
        parent = await self._parent(row)
        community = parent.community if parent else await self._community(row, importer_id)
        author_id = await self._author_of(row)
        accepted = await self._posts.append_submission(
            author_id, post_id, content,
            community=community,
            parent_id=parent.post_id if parent else None,
            root_id=parent.root_id if parent else None,
            origin=Origin(source_id=row.id, created_at=_not_ahead(row.created_at), score=row.score),
        )  # fmt: skip
        if row.removed:
            await self._withdraw(author_id, post_id)
        return ImportResult(id=row.id, post_id=post_id, state="repeat" if accepted.repeat else "accepted")

    async def _withdraw(self, author_id: str, post_id: str) -> None:
        try:
            await self._posts.withdraw(author_id, post_id)
        except Conflict:  # another request with the same row came first
            await self._posts.withdraw(author_id, post_id)

    async def _parent(self, row: ImportRow) -> _Parent | None:
        if row.parent_id is None:
            return None
        parent_id = post_id_of(row.parent_id)
        parent = await self._log.last_by_subject(PostSubmitted.subject(parent_id))
        if parent is None or not isinstance(parent.data, PostSubmitted):
            raise Invalid(
                f"Its parent {row.parent_id} is in no row, or was refused. Import the parent first.", "parent_unknown"
            )
        return _Parent(parent_id, parent.data.root_id or parent_id, parent.data.community)

    async def _community(self, row: ImportRow, importer_id: str) -> str:
        if row.community is None:
            raise Invalid("community: a post needs one.", "invalid")
        name = slug_of(row.community)
        async with self._creating:
            if name not in self._known_communities:
                await self._communities.ensure(name, row.community, importer_id)
                self._known_communities.add(name)
        return name

    async def _author_of(self, row: ImportRow) -> str:
        """Return the author's id. An unknown author is somebody else for each post, and has no handle."""
        if row.removed:
            return await self._accounts.author_without_handle(REMOVED_AUTHOR_ID, post_id_of(row.id))
        if not row.author:
            return await self._accounts.author_without_handle(
                derived_id(0, "unknown author", row.id), post_id_of(row.id)
            )
        key = row.author_id or row.author
        if key not in self._authors or (self._authors[key].done() and self._authors[key].exception()):
            self._authors[key] = asyncio.create_task(self._register(key, row.author))
        return await asyncio.shield(self._authors[key])

    async def _register(self, key: str, name: str) -> str:
        user_id = imported_author_id(key)
        await self._accounts.register(user_id, await self._handle(key, name, user_id), imported=True)
        return user_id

    async def _handle(self, key: str, name: str, user_id: str) -> str:
        """Return a handle for the author that no member has: a member of that name did not write these posts.

        Nor one that reads like a member's or the site's own.
        """
        for handle in (handle_of(name), suffixed(name, key, 4), suffixed(name, key, 7), hashed_handle(key)):
            if self._users.misleads(handle, user_id):
                continue
            if await self._accounts.claim(handle, user_id):
                return handle
        raise Conflict(f"All handles for {name!r} are taken.", "handle_taken")


def sendable(value: object) -> str:
    """Return a value of a refused row as text that UTF-8 can hold: JSON allows half characters (RFC 8259, 8.2)."""
    return str(value).encode(errors="replace").decode()


def _not_ahead(moment: datetime | None) -> datetime | None:
    return min(moment, datetime.now(UTC)) if moment else None


def content_of(row: ImportRow) -> Content:
    """Return title and body. Without a title, the first paragraph becomes the title if it is short enough."""
    text = row.text.strip()
    if row.parent_id is not None:
        return Content(title="", body=text)
    if row.title is not None:
        return Content(title=row.title, body=text)
    first, _, rest = text.partition("\n")
    if len(first) <= TITLE_MAX and is_line(first.strip()):
        return Content(title=first.strip(), body=rest.strip())
    return Content(title="", body=text)


def post_id_of(source_id: str) -> str:
    """Return the id of an imported post."""
    return derived_id(0, "post", source_id)


def slug_of(name: str) -> str:
    """Return a community's name as a slug: `Ask History!` → `ask-history`, `r/Café` → `cafe`.

    If letters or digits are lost, as those of `日本`, the slug ends in a hash of the name, so that two names stay two
    communities. The same name always gives the same slug.

    Raises:
        Invalid: `community_invalid`, the name has no letter, digit or symbol.
    """
    folded = unicodedata.normalize("NFKD", re.sub(r"^/?r/(?=.)", "", name.strip(), flags=re.IGNORECASE).casefold())
    if not any(unicodedata.category(character)[0] in "LNS" for character in folded):
        raise Invalid(f"{name!r} cannot be turned into a community name.", "community_invalid")
    ascii_only = "".join(character for character in folded if not unicodedata.combining(character))
    slug = re.sub(r"[^a-z0-9_-]+", "-", ascii_only).strip("-")
    lost = any(not one.isascii() and unicodedata.category(one)[0] in "LN" for one in ascii_only)
    if lost or len(slug) < 2 or len(slug) > 40 or any(one in "+#" for one in ascii_only):
        digest = hashlib.sha256(folded.encode()).hexdigest()[:8]
        return f"{slug[:31].strip('-') or 'c'}-{digest}"
    return slug


def handle_of(name: str) -> str:
    """Return a handle for an author's name, with a hash suffix so that no two names share a handle."""
    if re.fullmatch(r"[a-z0-9_-]{3,24}", name):
        return name
    return suffixed(name, name, 4)


def suffixed(name: str, key: str, digits: int) -> str:
    """Return a handle with a hash suffix of the author's key; at most 7 digits fit."""
    suffix = hashlib.sha256(key.encode()).hexdigest()[:digits]
    return (re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:22] or "someone") + f"-{suffix}"


def hashed_handle(key: str) -> str:
    """Return a handle that is free even if an import has millions of authors whose names have no Latin letter."""
    return f"someone-{hashlib.sha256(key.encode()).hexdigest()[:20]}"
