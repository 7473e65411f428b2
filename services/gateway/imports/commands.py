"""Imports posts from other sites through the same log. Creates authors and communities as needed."""

import asyncio
import hashlib
import re

from pydantic import ValidationError

from services.gateway.accounts.commands import AccountCommands
from services.gateway.communities.commands import CommunityCommands
from services.gateway.http.schemas import TITLE_MAX
from services.gateway.imports.schemas import ImportResult, ImportRow
from services.gateway.posts.commands import PostCommands
from shared.content import Content
from shared.ids import ARCHIVE_HANDLE, derived_id, imported_author_id
from shared.log.append import Log
from shared.log.crash_points import crash_point
from shared.log.events import Origin, PostSubmitted
from shared.problems import Conflict, Invalid, Problem

AT_ONCE = 32


class ImportCommands:
    """Imports rows. A row sent twice is recognized as a repeat, because every id is derived from the source's ids."""

    def __init__(
        self, posts: PostCommands, accounts: AccountCommands, communities: CommunityCommands, log: Log
    ) -> None:
        self._posts = posts
        self._accounts = accounts
        self._communities = communities
        self._log = log
        self._authors: dict[str, str] = {}
        self._known_communities: set[str] = set()
        self._limit = asyncio.Semaphore(AT_ONCE)
        self._creating = asyncio.Lock()

    async def take(self, raw: dict[str, object], importer_id: str) -> ImportResult:
        """Import one row. A refusal is a result with a code.

        Raises:
            UnknownOutcome: the log did not confirm, which is no refusal; send the row again.
        """
        source_id = str(raw.get("id", ""))[:200]
        try:
            row = ImportRow.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            detail = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
            return ImportResult(id=source_id, post_id=None, state="refused", code="invalid", detail=detail)
        async with self._limit:
            try:
                return await self._import(row, importer_id)
            except Problem as refusal:
                return ImportResult(id=row.id, post_id=None, state="refused", code=refusal.code, detail=refusal.detail)

    async def _import(self, row: ImportRow, importer_id: str) -> ImportResult:
        crash_point("before_import_row")
        content = content_of(row)
        self._posts.check(content, comment=row.parent_id is not None)
        community = slug_of(row.community)
        await self._ensure_community(community, row.community, importer_id)
        author_id = await self._author(row.author or ARCHIVE_HANDLE)
        post_id = post_id_of(row.id)
        parent_id, root_id = await self._parent_and_root(row)
        accepted = await self._posts.append_submission(
            author_id, post_id, content,
            community=community, parent_id=parent_id, root_id=root_id,
            origin=Origin(source_id=row.id, created_at=row.created_at, score=row.score),
        )  # fmt: skip
        return ImportResult(id=row.id, post_id=post_id, state="repeat" if accepted.repeat else "accepted")

    async def _parent_and_root(self, row: ImportRow) -> tuple[str | None, str | None]:
        if row.parent_id is None:
            return None, None
        parent_id = post_id_of(row.parent_id)
        parent = await self._log.last_by_subject(PostSubmitted.subject(parent_id))
        if parent is None or not isinstance(parent.data, PostSubmitted):
            raise Invalid(f"The parent {row.parent_id} has not been imported. Import it first.", "parent_unknown")
        return parent_id, parent.data.root_id or parent_id

    async def _ensure_community(self, name: str, title: str, importer_id: str) -> None:
        async with self._creating:
            if name not in self._known_communities:
                await self._communities.ensure(name, title, importer_id)
                self._known_communities.add(name)

    async def _author(self, name: str) -> str:
        async with self._creating:
            if name not in self._authors:
                user_id = imported_author_id(name)
                await self._accounts.register(user_id, await self._handle(name, user_id), imported=True)
                self._authors[name] = user_id
            return self._authors[name]

    async def _handle(self, name: str, user_id: str) -> str:
        """Return a handle for the author that no member has: a member of that name did not write these posts."""
        for handle in (handle_of(name), suffixed(name, 4), suffixed(name, 7)):
            if await self._accounts.claim(handle, user_id):
                return handle
        raise Conflict(f"All handles for {name!r} are taken.", "handle_taken")


def content_of(row: ImportRow) -> Content:
    """Return title and body. Without a title, the first paragraph becomes the title if it is short enough."""
    text = row.text.strip()
    if row.parent_id is not None:
        return Content(title="", body=text)
    if row.title is not None:
        return Content(title=row.title, body=text)
    first, _, rest = text.partition("\n")
    if len(first) <= TITLE_MAX:
        return Content(title=first.strip(), body=rest.strip())
    return Content(title="", body=text)


def post_id_of(source_id: str) -> str:
    """Return the id of an imported post."""
    return derived_id(0, "post", source_id)


def slug_of(name: str) -> str:
    """Return a community's name as a slug: `Ask History!` → `ask-history`.

    Raises:
        Invalid: `community_invalid`, no usable character is left.
    """
    slug = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:40]
    if len(slug) < 2:
        raise Invalid(f"{name!r} cannot be turned into a community name.", "community_invalid")
    return slug


def handle_of(name: str) -> str:
    """Return a handle for an author's name, with a hash suffix so that no two names share a handle."""
    if re.fullmatch(r"[a-z0-9_-]{3,24}", name):
        return name
    return suffixed(name, 4)


def suffixed(name: str, digits: int) -> str:
    """Return a handle with a hash suffix of the name; at most 7 digits fit."""
    suffix = hashlib.sha256(name.encode()).hexdigest()[:digits]
    return (re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:22] or "someone") + f"-{suffix}"
