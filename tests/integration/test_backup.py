"""A restore gives the same bytes at the same sequences, and erased users stay erased."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from nats.aio.client import Client

from deploy.operations.backup import CreatedBackup, make_backup, save_people
from deploy.operations.backup_file import DamagedBackup
from deploy.operations.people_file import UnknownPerson, WrongMasterKey, erase_people, read_people
from deploy.operations.restore import (
    NotEmpty,
    PeopleFileTooOld,
    Restored,
    check_empty,
    finish_restore,
    open_backup,
    restore,
)
from deploy.operations.stream_snapshot import remove_stream
from services.gateway.accounts.commands import AccountCommands
from shared.content import Content
from shared.log.append import Log
from shared.log.events import PostSubmitted, UserErased, record
from shared.log.provision import RestoreUnfinished, provision
from shared.log.read_to_end import read_to_end
from shared.log.signals import Signal
from shared.log.streams import BUCKETS, DECIDE_POST, STREAMS
from shared.problems import Unauthenticated
from shared.security.data_keys import DataKeyStore, Erased
from shared.security.sealing import DataKey
from shared.testing import AT, MASTER_KEY, TestBroker, decided, submitted
from tests.gateway.conftest import cheap_passwords

pytestmark = pytest.mark.broker
PASSWORD = "a long enough password"


def no_progress(name: str, size: int) -> None:
    """Ignore the progress."""


@dataclass
class Site:
    """An installation with posts of two users."""

    operator: Client
    key_store: DataKeyStore
    accounts: AccountCommands
    log: Log
    ids: dict[str, str]
    posts: dict[str, str]

    async def erase(self, handle: str) -> None:
        person = self.ids[handle]
        last = await self.log.last("user", person)
        await self.log.append(record(UserErased(), person, actor="user:x", at=AT), after=last.sequence if last else 0)
        await self.key_store.erase(person)

    async def read(self, handle: str) -> str:
        """Return a user's post, opened with the stored key."""
        stored = await self.log.last_by_subject(PostSubmitted.subject(self.posts[handle]))
        assert stored is not None
        assert isinstance(stored.data, PostSubmitted)
        key: DataKey = await self.key_store.key_of(self.ids[handle])
        return Content.from_canonical(key.open(stored.data.content, stored.entity_id)).body

    async def everything(self, *names: str) -> list[tuple[object, ...]]:
        """Return every message of some streams: sequence, time, subject, bytes and headers."""
        return [
            (name, at.metadata.sequence.stream, at.metadata.timestamp, at.subject, at.data, at.headers)
            for name in names
            async for at in read_to_end(self.operator, name)
        ]


@pytest.fixture
async def site(broker: TestBroker) -> AsyncIterator[Site]:
    operator = await broker.connect()
    key_store, log = await DataKeyStore.open(operator, MASTER_KEY), Log(operator)
    accounts = await AccountCommands.open(operator, key_store, log)
    with cheap_passwords():
        yield await with_posts(Site(operator, key_store, accounts, log, {}, {}))
    await key_store.close()
    await operator.close()


async def with_posts(site: Site) -> Site:
    """Add a post by Ada, a post by Grace, and a vote of Grace on Ada's post."""
    for handle in ("ada", "grace"):
        site.ids[handle] = (await site.accounts.create(handle, PASSWORD)).user_id
        key = await site.key_store.key_of(site.ids[handle])
        post = submitted(key=key, text=f"written by {handle}", author_id=site.ids[handle])
        site.posts[handle] = post.entity_id
        sequence = (await site.log.append(post, after=0)).sequence
        await site.log.append(decided(post.model_copy(update={"sequence": sequence})), after=sequence)
    vote = Signal(kind="vote", post_id=site.posts["ada"], user_id=site.ids["grace"], value=1, occurred_at=AT)
    await site.operator.jetstream().publish(vote.subject, vote.encode())
    return site


async def saved(site: Site, folder: Path) -> CreatedBackup:
    return await make_backup(site.operator, folder / "today.backup", MASTER_KEY, no_progress)


async def delete_everything(site: Site) -> None:
    """Delete every stream and bucket."""
    for declared in (*STREAMS, *BUCKETS):
        await remove_stream(site.operator, declared["name"])


async def restored_from(site: Site, created: CreatedBackup) -> Restored:
    backup = open_backup(created.file, created.people, MASTER_KEY)
    await check_empty(site.operator)
    restored = await restore(site.operator, backup, no_progress)
    await finish_restore(site.operator, restored)
    return restored


async def test_a_restore_gives_the_same_messages_at_the_same_sequences(site: Site, tmp_path: Path) -> None:
    streams = ("EVENTS", "SIGNALS", "DEAD_LETTERS", "KV_POLICIES")
    worker = await site.operator.jetstream().pull_subscribe_bind(DECIDE_POST.durable, "EVENTS")
    for message in await worker.fetch(1):
        await message.ack_sync()
    before = await site.everything(*streams)
    created = await saved(site, tmp_path)
    await delete_everything(site)
    restored = await restored_from(site, created)
    assert await site.everything(*streams) == before
    assert (restored.keys, restored.accounts, restored.unknown, restored.erased_since) == (2, 2, 0, 0)
    place = await site.operator.jetstream().consumer_info("EVENTS", DECIDE_POST.durable)
    assert place.num_pending == 1, "decided posts are not decided again"
    assert await site.read("ada") == "written by ada"
    assert await site.accounts.check("grace", PASSWORD) == site.ids["grace"]
    more = await site.log.append(submitted(), after=0)
    assert more.sequence == created.manifest.last + 1


async def test_restoring_an_old_backup_does_not_bring_back_erased_users(site: Site, tmp_path: Path) -> None:
    created = await saved(site, tmp_path)
    key = (await site.operator.jetstream().get_last_msg("KV_KEYS", f"$KV.KEYS.{site.ids['ada']}")).data or b""
    await site.erase("ada")
    await save_people(site.operator, tmp_path, MASTER_KEY)
    assert key not in created.file.read_bytes()
    people = read_people(created.people, MASTER_KEY)
    assert site.ids["ada"] not in people.keys
    assert "ada" not in people.accounts
    await delete_everything(site)
    restored = await restored_from(site, created)
    assert restored.erased_since == 1
    with pytest.raises(Erased):
        await site.read("ada")
    with pytest.raises(Unauthenticated):
        await site.accounts.check("ada", PASSWORD)
    last = await site.log.last("user", site.ids["ada"])
    assert last is not None
    assert isinstance(last.data, UserErased), "views remove the user's data when they read it"
    assert await site.read("grace") == "written by grace"


async def test_an_old_people_file_is_refused_beside_a_newer_one_and_erases_who_is_named(
    site: Site, tmp_path: Path
) -> None:
    created = await saved(site, tmp_path)
    old = tmp_path / "elsewhere" / "people.backup"
    await asyncio.to_thread(shutil.copytree, tmp_path, old.parent, ignore=shutil.ignore_patterns("jetstream", "nats*"))
    await site.erase("ada")
    await save_people(site.operator, tmp_path, MASTER_KEY)
    with pytest.raises(PeopleFileTooOld, match="people who were erased meanwhile"):
        open_backup(created.file, old, MASTER_KEY)
    await delete_everything(site)

    backup = open_backup(old.with_name(created.file.name), old, MASTER_KEY)
    with pytest.raises(UnknownPerson, match="no account is called ida"):
        erase_people(backup.people, ["ida"])
    backup = replace(backup, people=erase_people(backup.people, ["ada"]))
    restored = await restore(site.operator, backup, no_progress)
    await finish_restore(site.operator, restored)
    assert restored.erased_since == 1
    assert restored.people_made_at == backup.people.made_at.isoformat(timespec="seconds")
    with pytest.raises(Erased):
        await site.read("ada")
    with pytest.raises(Unauthenticated):
        await site.accounts.check("ada", PASSWORD)
    assert await site.read("grace") == "written by grace"


async def test_a_user_who_signed_up_after_the_backup_can_sign_up_again(site: Site, tmp_path: Path) -> None:
    created = await saved(site, tmp_path)
    await site.accounts.create("late", PASSWORD)
    await save_people(site.operator, tmp_path, MASTER_KEY)
    await delete_everything(site)
    assert (await restored_from(site, created)).unknown == 1
    await site.accounts.create("late", PASSWORD)


async def test_a_restore_over_existing_data_is_refused(site: Site, tmp_path: Path) -> None:
    created = await saved(site, tmp_path)
    with pytest.raises(NotEmpty):
        await restored_from(site, created)


async def test_an_interrupted_restore_can_be_repeated(site: Site, tmp_path: Path) -> None:
    created = await saved(site, tmp_path)
    before = await site.everything("EVENTS")
    await delete_everything(site)

    class Cut(Exception):
        pass

    def cut(name: str, size: int) -> None:
        if name == "EVENTS":
            raise Cut

    backup = open_backup(created.file, created.people, MASTER_KEY)
    with pytest.raises(Cut):
        await restore(site.operator, backup, cut)
    with pytest.raises(RestoreUnfinished):
        await provision(site.operator)
    await restored_from(site, created)
    assert await site.everything("EVENTS") == before
    assert await provision(site.operator) == []


async def test_a_restore_keeps_the_key_of_an_author_without_a_handle(site: Site, tmp_path: Path) -> None:
    key = await site.key_store.create("unknown-author")
    await site.log.append(submitted(key=key, author_id="unknown-author"), after=0)
    created = await saved(site, tmp_path)
    await delete_everything(site)
    assert (await restored_from(site, created)).keys == 3
    assert (await site.key_store.key_of("unknown-author")).content_hash(b"x") == key.content_hash(b"x")


async def test_a_damaged_backup_is_refused(site: Site, tmp_path: Path) -> None:
    created = await saved(site, tmp_path)
    data = bytearray(created.file.read_bytes())
    data[len(data) // 2] ^= 1
    created.file.write_bytes(data)
    with pytest.raises(DamagedBackup):
        open_backup(created.file, created.people, MASTER_KEY)


async def test_a_truncated_backup_is_refused(site: Site, tmp_path: Path) -> None:
    created = await saved(site, tmp_path)
    created.file.write_bytes(created.file.read_bytes()[:-100])
    with pytest.raises(DamagedBackup):
        open_backup(created.file, created.people, MASTER_KEY)


async def test_the_people_file_needs_its_master_key_and_must_not_be_older_than_the_backup(
    site: Site, tmp_path: Path
) -> None:
    first = await saved(site, tmp_path / "first")
    created = await saved(site, tmp_path)
    with pytest.raises(WrongMasterKey):
        open_backup(created.file, created.people, "22" * 32)
    with pytest.raises(PeopleFileTooOld):
        open_backup(created.file, first.people, MASTER_KEY)
