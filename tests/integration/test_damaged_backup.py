"""A damaged installation does not replace its last good backup, and lost people come back from it."""

import asyncio
from pathlib import Path

import pytest

from deploy.operations.backup import make_backup, save_people
from deploy.operations.backup_check import DamagedInstallation
from deploy.operations.lost_people import PutBack, put_back_people
from deploy.operations.people_file import PEOPLE_FILE, read_people
from services.moderation.audit_checkpoint_publisher import AuditCheckpointPublisher
from shared.log.events import UserErased
from shared.log.provision import provision
from shared.policy.signing import SigningKey
from shared.security.data_keys import DataKeyStore, KeyLost
from shared.testing import MASTER_KEY, TestBroker
from tests.faults.damage import stream_folder
from tests.faults.waiting import TIMEOUT_S
from tests.integration.test_backup import PASSWORD, Site, no_progress, saved, site

pytestmark = pytest.mark.broker
__all__ = ["site"]  # the fixture


async def lose(site: Site, bucket: str, key: str) -> None:
    """Delete an entry as the broker does with one that it cannot read."""
    stored = await site.operator.jetstream().get_last_msg(f"KV_{bucket}", f"$KV.{bucket}.{key}")
    await site.operator.jsm().delete_msg(f"KV_{bucket}", stored.seq or 0)


@pytest.mark.parametrize("bucket", ["KEYS", "ACCOUNTS"])
async def test_a_backup_of_a_damaged_installation_is_refused(site: Site, tmp_path: Path, bucket: str) -> None:
    created = await saved(site, tmp_path)
    before = contents(tmp_path)
    await lose(site, bucket, site.ids["ada"] if bucket == "KEYS" else "ada")
    for attempt in (
        make_backup(site.operator, tmp_path / "later.backup", MASTER_KEY, no_progress),
        save_people(site.operator, tmp_path, MASTER_KEY),
    ):
        with pytest.raises(DamagedInstallation, match=r"of 1 users.*restore-people.*--damaged"):
            await attempt
    assert contents(tmp_path) == before
    people = read_people(created.people, MASTER_KEY)
    await make_backup(site.operator, tmp_path / "later.backup", MASTER_KEY, no_progress, damaged=True)
    kept = read_people(tmp_path / PEOPLE_FILE, MASTER_KEY)
    assert (kept.keys, kept.accounts) == (people.keys, people.accounts), "the new file keeps what the old one had"


async def test_a_backup_of_an_unreadable_log_is_refused(broker: TestBroker, site: Site, tmp_path: Path) -> None:
    auditor = AuditCheckpointPublisher(site.operator, SigningKey(b"a" * 32), 3600.0)
    await auditor.start()
    async with asyncio.timeout(TIMEOUT_S):
        await auditor.compared.wait()
    await auditor.close()
    await site.operator.close()
    broker.stop()
    block = next(stream_folder(broker.folder, "EVENTS").rglob("*.blk"))
    content = bytearray(block.read_bytes())
    content[len(content) // 2] ^= 1
    block.write_bytes(content)
    broker.start()
    operator = await broker.connect()
    await provision(operator)
    with pytest.raises(DamagedInstallation, match=r"damaged.*--damaged"):
        await make_backup(operator, tmp_path / "backups" / "a.backup", MASTER_KEY, no_progress)
    assert contents(tmp_path / "backups") == {}
    await operator.close()


async def test_lost_people_come_back_and_whole_ones_stay(site: Site, tmp_path: Path) -> None:
    created = await saved(site, tmp_path)
    people = read_people(created.people, MASTER_KEY)
    await lose(site, "KEYS", site.ids["ada"])
    await lose(site, "ACCOUNTS", "grace")
    fresh = await DataKeyStore.open(site.operator, MASTER_KEY)
    with pytest.raises(KeyLost):
        await fresh.key_of(site.ids["ada"])
    assert await put_back_people(site.operator, people, MASTER_KEY) == PutBack(keys=1, accounts=1, still_lost=0)
    assert await site.read("ada") == "written by ada"
    assert await site.accounts.check("grace", PASSWORD) == site.ids["grace"]
    assert await put_back_people(site.operator, people, MASTER_KEY) == PutBack(keys=0, accounts=0, still_lost=0)
    await save_people(site.operator, tmp_path, MASTER_KEY)


async def test_an_erased_user_does_not_come_back(site: Site, tmp_path: Path) -> None:
    created = await saved(site, tmp_path)
    await site.erase("ada")
    await lose(site, "KEYS", site.ids["grace"])
    people = read_people(created.people, MASTER_KEY)
    done = await put_back_people(site.operator, people, MASTER_KEY)
    assert done == PutBack(keys=1, accounts=0, still_lost=0)
    assert await site.log.last_by_subject(UserErased.subject(site.ids["ada"]))
    with pytest.raises(LookupError):
        await current(site, site.ids["ada"])
    await current(site, site.ids["grace"])


def contents(folder: Path) -> dict[Path, bytes]:
    """Return all backups in a folder."""
    return {file: file.read_bytes() for file in folder.glob("*.backup")}


async def current(site: Site, user_id: str) -> bytes:
    """Return a stored key. Raises LookupError without one."""
    entry = await site.operator.jetstream().get_last_msg("KV_KEYS", f"$KV.KEYS.{user_id}")
    if not entry.data:
        raise LookupError(user_id)
    return entry.data
