"""What was saved comes back: the same bytes at the same sequences; and whoever was erased stays unreadable."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nats.aio.client import Client

from deploy.operations.backup import CreatedBackup, make_backup, save_people
from deploy.operations.backup_file import DamagedBackup
from deploy.operations.people_file import WrongMasterKey, read_people
from deploy.operations.restore import NotEmpty, PeopleFileTooOld, Restored, check_empty, open_backup, restore
from deploy.operations.stream_snapshot import remove_stream
from services.gateway.accounts.commands import AccountCommands
from shared.content import Content
from shared.log.append import Log
from shared.log.events import PostSubmitted, UserErased, record
from shared.log.signals import Signal
from shared.log.stream_reader import read_stream
from shared.log.streams import BUCKETS, DECIDE_POST, STREAMS
from shared.problems import Unauthenticated
from shared.security.data_keys import DataKeyStore, Erased
from shared.security.sealing import DataKey
from shared.testing import AT, MASTER_KEY, TestBroker, decided, submitted
from tests.gateway.conftest import cheap_passwords

pytestmark = pytest.mark.broker
PASSWORD = "a long enough password"


def untold(name: str, size: int) -> None:
    """Nobody watches."""


@dataclass
class Village:
    """An installation in which two people have written."""

    operator: Client
    ring: DataKeyStore
    accounts: AccountCommands
    log: Log
    ids: dict[str, str]
    posts: dict[str, str]

    async def erase(self, handle: str) -> None:
        person = self.ids[handle]
        await self.ring.erase(person)
        last = await self.log.last("user", person)
        await self.log.append(record(UserErased(), person, actor="user:x", at=AT), after=last.sequence if last else 0)

    async def read(self, handle: str) -> str:
        """What somebody wrote, opened with the key that there is."""
        stored = await self.log.last_by_subject(PostSubmitted.subject(self.posts[handle]))
        assert stored is not None
        assert isinstance(stored.data, PostSubmitted)
        key: DataKey = await self.ring.key_of(self.ids[handle])
        return Content.from_canonical(key.open(stored.data.content, stored.entity_id)).body

    async def everything(self, *names: str) -> list[tuple[object, ...]]:
        """Every message of some streams: place, time, subject, bytes and headers."""
        return [
            (name, at.metadata.sequence.stream, at.metadata.timestamp, at.subject, at.data, at.headers)
            for name in names
            async for at in read_stream(self.operator, name)
        ]


@pytest.fixture
async def village(broker: TestBroker) -> AsyncIterator[Village]:
    operator = await broker.connect()
    ring, log = await DataKeyStore.open(operator, MASTER_KEY), Log(operator)
    accounts = await AccountCommands.open(operator, ring, log)
    with cheap_passwords():
        yield await inhabited(Village(operator, ring, accounts, log, {}, {}))
    await ring.close()
    await operator.close()


async def inhabited(made: Village) -> Village:
    """Ada and Grace have each written a post, and Grace likes Ada's."""
    for handle in ("ada", "grace"):
        made.ids[handle] = (await made.accounts.create(handle, PASSWORD)).user_id
        key = await made.ring.key_of(made.ids[handle])
        post = submitted(key=key, text=f"written by {handle}", author_id=made.ids[handle])
        made.posts[handle] = post.entity_id
        sequence = (await made.log.append(post, after=0)).sequence
        await made.log.append(decided(post.model_copy(update={"sequence": sequence})), after=sequence)
    vote = Signal(kind="vote", post_id=made.posts["ada"], user_id=made.ids["grace"], value=1, occurred_at=AT)
    await made.operator.jetstream().publish(vote.subject, vote.encode())
    return made


async def saved(village: Village, folder: Path) -> CreatedBackup:
    return await make_backup(village.operator, folder / "today.backup", MASTER_KEY, untold)


async def laid_waste(village: Village) -> None:
    """Every stream and bucket is gone."""
    for declared in (*STREAMS, *BUCKETS):
        await remove_stream(village.operator, declared["name"])


async def brought_back(village: Village, made: CreatedBackup) -> Restored:
    backup = open_backup(made.file, made.people, MASTER_KEY)
    await check_empty(village.operator)
    return await restore(village.operator, backup, untold)


async def test_everything_comes_back_at_its_place(village: Village, tmp_path: Path) -> None:
    streams = ("EVENTS", "SIGNALS", "DEAD_LETTERS", "KV_POLICIES")
    worker = await village.operator.jetstream().pull_subscribe_bind(DECIDE_POST.durable, "EVENTS")
    for message in await worker.fetch(1):
        await message.ack_sync()
    before = await village.everything(*streams)
    made = await saved(village, tmp_path)
    await laid_waste(village)
    restored = await brought_back(village, made)
    assert await village.everything(*streams) == before
    assert (restored.keys, restored.accounts, restored.unknown, restored.erased_since) == (2, 2, 0, 0)
    place = await village.operator.jetstream().consumer_info("EVENTS", DECIDE_POST.durable)
    assert place.num_pending == 1, "what was judged is not judged again"
    assert await village.read("ada") == "written by ada"
    assert await village.accounts.check("grace", PASSWORD) == village.ids["grace"]
    more = await village.log.append(submitted(), after=0)
    assert more.sequence == made.manifest.last + 1


async def test_an_old_backup_says_nothing_of_who_was_erased_since(village: Village, tmp_path: Path) -> None:
    made = await saved(village, tmp_path)
    key = (await village.operator.jetstream().get_last_msg("KV_KEYS", f"$KV.KEYS.{village.ids['ada']}")).data or b""
    await village.erase("ada")
    await save_people(village.operator, tmp_path, MASTER_KEY)
    assert key not in made.file.read_bytes()
    people = read_people(made.people, MASTER_KEY)
    assert village.ids["ada"] not in people.keys
    assert "ada" not in people.accounts
    await laid_waste(village)
    restored = await brought_back(village, made)
    assert restored.erased_since == 1
    with pytest.raises(Erased):
        await village.read("ada")
    with pytest.raises(Unauthenticated):
        await village.accounts.check("ada", PASSWORD)
    last = await village.log.last("user", village.ids["ada"])
    assert last is not None
    assert isinstance(last.data, UserErased), "views let go of what they hold when they see it"
    assert await village.read("grace") == "written by grace"


async def test_who_signed_up_after_the_backup_can_sign_up_again(village: Village, tmp_path: Path) -> None:
    made = await saved(village, tmp_path)
    await village.accounts.create("late", PASSWORD)
    await save_people(village.operator, tmp_path, MASTER_KEY)
    await laid_waste(village)
    assert (await brought_back(village, made)).unknown == 1
    await village.accounts.create("late", PASSWORD)


async def test_nothing_is_restored_over_people(village: Village, tmp_path: Path) -> None:
    made = await saved(village, tmp_path)
    with pytest.raises(NotEmpty):
        await brought_back(village, made)


async def test_a_restore_that_was_cut_off_begins_anew(village: Village, tmp_path: Path) -> None:
    made = await saved(village, tmp_path)
    before = await village.everything("EVENTS")
    await laid_waste(village)

    class Cut(Exception):
        pass

    def cut(name: str, size: int) -> None:
        if name == "EVENTS":
            raise Cut

    backup = open_backup(made.file, made.people, MASTER_KEY)
    with pytest.raises(Cut):
        await restore(village.operator, backup, cut)
    await brought_back(village, made)
    assert await village.everything("EVENTS") == before


async def test_a_changed_byte_is_noticed_before_anything_is_touched(village: Village, tmp_path: Path) -> None:
    made = await saved(village, tmp_path)
    data = bytearray(made.file.read_bytes())
    data[len(data) // 2] ^= 1
    made.file.write_bytes(data)
    with pytest.raises(DamagedBackup):
        open_backup(made.file, made.people, MASTER_KEY)


async def test_half_a_backup_is_none(village: Village, tmp_path: Path) -> None:
    made = await saved(village, tmp_path)
    made.file.write_bytes(made.file.read_bytes()[:-100])
    with pytest.raises(DamagedBackup):
        open_backup(made.file, made.people, MASTER_KEY)


async def test_people_open_under_their_master_key_only_and_are_never_older_than_the_backup(
    village: Village, tmp_path: Path
) -> None:
    first = await saved(village, tmp_path / "first")
    made = await saved(village, tmp_path)
    with pytest.raises(WrongMasterKey):
        open_backup(made.file, made.people, "22" * 32)
    with pytest.raises(PeopleFileTooOld):
        open_backup(made.file, first.people, MASTER_KEY)
