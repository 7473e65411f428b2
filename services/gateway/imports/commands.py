"""Posts from elsewhere, through the same log: authors and communities are made as they are met."""

import asyncio
import hashlib
import re

from pydantic import ValidationError

from services.gateway.accounts.commands import Accounts
from services.gateway.communities.commands import Communities
from services.gateway.http.fields import TITLE_MAX
from services.gateway.operations.schemas import ImportResult, ImportRow
from services.gateway.posts.commands import Posts
from services.gateway.posts.domain import check_content
from shared.content import Content
from shared.ids import ARCHIVE_HANDLE, derived_id, imported_author_id
from shared.log.append import Log
from shared.log.events import Origin, PostSubmitted
from shared.problems import Conflict, Invalid, Problem

AT_ONCE = 32


class Imports:
    """Takes rows in; the same row again is a repeat, because every id is derived from the source's ids."""

    def __init__(self, posts: Posts, accounts: Accounts, communities: Communities, log: Log) -> None:
        self._posts = posts
        self._accounts = accounts
        self._communities = communities
        self._log = log
        self._authors: dict[str, str] = {}
        self._places: set[str] = set()
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._making = asyncio.Lock()

    async def take(self, raw: dict[str, object], importer_id: str) -> ImportResult:
        """Bring one row in, or say why not.

        Raises:
            UnknownOutcome: the log did not confirm; that is no refusal, send the row again.
        """
        source_id = str(raw.get("id", ""))[:200]
        try:
            row = ImportRow.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            detail = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
            return ImportResult(id=source_id, post_id=None, state="refused", code="invalid", detail=detail)
        async with self._gate:
            try:
                return await self._bring_in(row, importer_id)
            except Problem as refusal:
                return ImportResult(id=row.id, post_id=None, state="refused", code=refusal.code, detail=refusal.detail)

    async def _bring_in(self, row: ImportRow, importer_id: str) -> ImportResult:
        content = content_of(row)
        check_content(content, comment=row.parent_id is not None)
        community = slug_of(row.community)
        await self._place(community, row.community, importer_id)
        author_id = await self._author(row.author or ARCHIVE_HANDLE)
        post_id = post_id_of(row.id)
        parent_id, root_id = await self._above(row)
        accepted = await self._posts.append_submission(
            author_id, post_id, content,
            community=community, parent_id=parent_id, root_id=root_id,
            origin=Origin(source_id=row.id, created_at=row.created_at, score=row.score),
        )  # fmt: skip
        return ImportResult(id=row.id, post_id=post_id, state="repeat" if accepted.repeat else "accepted")

    async def _above(self, row: ImportRow) -> tuple[str | None, str | None]:
        if row.parent_id is None:
            return None, None
        parent_id = post_id_of(row.parent_id)
        parent = await self._log.last_by_subject(PostSubmitted.subject(parent_id))
        if parent is None or not isinstance(parent.data, PostSubmitted):
            raise Invalid(f"The parent {row.parent_id} has not been imported: put it earlier.", "parent_unknown")
        return parent_id, parent.data.root_id or parent_id

    async def _place(self, name: str, title: str, importer_id: str) -> None:
        async with self._making:
            if name not in self._places:
                await self._communities.ensure(name, title, importer_id)
                self._places.add(name)

    async def _author(self, name: str) -> str:
        async with self._making:
            if name not in self._authors:
                user_id = imported_author_id(name)
                await self._accounts.register(user_id, await self._handle(name, user_id), imported=True)
                self._authors[name] = user_id
            return self._authors[name]

    async def _handle(self, name: str, user_id: str) -> str:
        """The name as a handle that nobody else has: a member of that name is not who wrote these posts."""
        for handle in (handle_of(name), marked(name, 4), marked(name, 7)):
            if await self._accounts.claim(handle, user_id):
                return handle
        raise Conflict(f"The handles for {name!r} are all taken.", "handle_taken")


def content_of(row: ImportRow) -> Content:
    """Title and body: a row without a title has it as its first paragraph, where that is short enough for one."""
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
    """The id of an imported post."""
    return derived_id(0, "post", source_id)


def slug_of(name: str) -> str:
    """A community's name in the form that we use: `Ask History!` → `ask-history`.

    Raises:
        Invalid: `community_invalid`, nothing usable is left.
    """
    slug = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:40]
    if len(slug) < 2:
        raise Invalid(f"{name!r} cannot be made into a community's name.", "community_invalid")
    return slug


def handle_of(name: str) -> str:
    """A handle for a name from elsewhere, with a mark of the name so that two names never share one."""
    if re.fullmatch(r"[a-z0-9_-]{3,24}", name):
        return name
    return marked(name, 4)


def marked(name: str, digits: int) -> str:
    """A handle with a mark of the name: at most 7 digits fit."""
    mark = hashlib.sha256(name.encode()).hexdigest()[:digits]
    return (re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:22] or "someone") + f"-{mark}"
