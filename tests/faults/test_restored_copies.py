"""A backup made under load and one made when all is quiet are restored on empty machines and compared.

The API is read as every person, and the log as the operator. All checkers judge the backup made under load.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from deploy.installation.settings import LauncherSettings
from deploy.operations.broker_on_demand import open_connection
from shared.log.read_to_end import read_to_end
from tests.faults.check.judgement import judge_folder, read_health, violations
from tests.faults.conftest import make_live
from tests.faults.live import MODERATOR
from tests.faults.mixed_load.journal import Account, Record, read_journal
from tests.faults.mounts import MIB, small_tmpfs
from tests.faults.shown_answers import first_differences, paths, shown_to
from tests.faults.waiting import wait_until
from tests.running_installation import RunningInstallation, running_installation

pytestmark = pytest.mark.faults
STREAMS = ("EVENTS", "SIGNALS", "KV_POLICIES", "DEAD_LETTERS")
Message = tuple[int, str, bytes, Any]


@pytest.mark.injects("other", invariants="I1 I2 I3 I4 I5 I6 I7 I10 I11 I13")
async def test_restored_backups_show_every_person_what_the_original_shows(
    fault_seed: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    with running_installation(tmp_path / "data", OTTIT_RATE_SCALE="1000") as original:
        live = make_live(original, fault_seed, tmp_path, request)
        async with live.load():
            await live.until_accepted(80)
            began = time.time()
            loaded = await backed_up(original, backups / "loaded.backup")
            await live.until_accepted(20)
            await refused_without_space(original, tmp_path)
            await live.calm(5)
        await until_quiet(original)
        record = read_journal(live.journal)
        quiet = await backed_up(original, backups / "quiet.backup")
        messages = await stored_messages(original)
        addresses = {one.handle: addresses_of(one, record) for one in record.accounts}
        shown = {one.handle: await shown_to(original.url, one, addresses[one.handle]) for one in record.accounts}
        live.record("answers", sum(map(len, shown.values())))

    async with restored(tmp_path / "second", quiet, backups) as copy:
        await until_quiet(copy)
        assert await stored_messages(copy) == messages
        for account in record.accounts:
            seen = await shown_to(copy.url, account, addresses[account.handle])
            wrong = first_differences(shown[account.handle], seen)
            assert not wrong, "\n".join([account.handle, *wrong])
        compared = copy.ottit("reconcile", "--dry-run", "--json")
        assert json.loads(compared.stdout)["found"] == {}, compared.stderr
    async with restored(tmp_path / "third", loaded, backups) as copy:
        facts = (await stored_messages(copy, "EVENTS"))["EVENTS"]
        assert facts[: loaded["last_sequence"]] == messages["EVENTS"][: loaded["last_sequence"]]
        found = await judge_folder(copy.data, answered_before(record, began), copy.url, traces_after=time.time())
        assert violations(found) == []


def addresses_of(person: Account, record: Record) -> list[str]:
    """Return what is read as a person: everything about their own posts, and each post of others."""
    posts = {call.key: call.user_id for call in record.of("submit") if call.outcome == "ok"}
    own = [post for post, author in posts.items() if person.handle == MODERATOR or author == person.id]
    return paths(own, [account.handle for account in record.accounts], posts.keys() - set(own))


async def refused_without_space(original: RunningInstallation, folder: Path) -> None:
    """Back up to a disk that is too small, which must say so and leave nothing."""
    with small_tmpfs(folder / "small", 1) as disk:
        (disk / "filler").write_bytes(bytes(MIB - 32_768))
        refused = await asyncio.to_thread(original.ottit, "backup", str(disk), "--vanishing")
        assert refused.returncode == 1
        assert f"the disk of {disk} is full. Earlier backups there are unchanged" in refused.stderr
        assert [path.name for path in disk.iterdir()] == ["filler"]


async def backed_up(installation: RunningInstallation, file: Path) -> dict[str, Any]:
    """Make a backup with all secrets, and return its report."""
    saved = await asyncio.to_thread(installation.ottit, "backup", str(file), "--with-secrets", "--vanishing", "--json")
    assert saved.returncode == 0, saved.stderr
    report: dict[str, Any] = json.loads(saved.stdout)
    return report


@asynccontextmanager
async def restored(folder: Path, report: dict[str, Any], backups: Path) -> AsyncIterator[RunningInstallation]:
    """Restore a backup on an empty folder and run it."""
    copy = RunningInstallation(folder / "data", OTTIT_RATE_SCALE="1000")
    secrets = ("--secrets", str(backups / "secrets.backup"))
    done = await asyncio.to_thread(copy.ottit, "restore", report["file"], *secrets, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["last"] == report["last_sequence"]
    await asyncio.to_thread(copy.start)
    try:
        yield copy
    finally:
        await asyncio.to_thread(copy.stop)


async def until_quiet(installation: RunningInstallation) -> None:
    """Wait until it is ready and no message waits."""

    async def quiet() -> bool:
        ready, lag, _ = await read_health(installation.url)
        return ready and not lag

    await wait_until(quiet, "no message waits", 120)


async def stored_messages(installation: RunningInstallation, *names: str) -> dict[str, list[Message]]:
    """Return the messages of streams: sequence, subject, bytes and headers."""
    async with open_connection(LauncherSettings(data_dir=installation.data)) as connection:
        return {name: await _messages(connection.broker, name) for name in names or STREAMS}


async def _messages(broker: Client, name: str) -> list[Message]:
    return [(at.metadata.sequence.stream, at.subject, at.data, at.headers) async for at in read_to_end(broker, name)]


def answered_before(record: Record, moment: float) -> Record:
    """Return the journal as it was known at a moment: later answers are unknown, later accounts do not exist."""
    calls = tuple(
        call if 0 < call.ended < moment else replace(call, outcome="unknown", status=0, sequence=0, ended=0.0)
        for call in record.calls
    )
    later = {call.key for call in calls if call.kind == "sign_up" and call.outcome != "ok"}
    return Record(record.run, tuple(one for one in record.accounts if _existed(one, later)), calls)


def _existed(account: Account, later: set[str]) -> bool:
    return account.handle not in later
