"""A bucket that has lost its last revisions lets nobody in with what they have replaced or ended."""

from itertools import pairwise
from pathlib import Path

import pytest

from deploy.operations.lost_people import put_back_people
from deploy.operations.people_file import collect_people
from services.gateway.accounts.stored_grants import hashed
from services.gateway.posts.signal_commands import SignalCommands
from shared.log.provision import provision
from shared.testing import AT, MASTER_KEY, TestBroker
from tests.faults.damage import Damage, stream_folder
from tests.faults.waiting import TIMEOUT_S, wait_until
from tests.gateway.conftest import PASSWORD, Gateway, running_gateway
from tests.gateway.test_health_on_broker import parts_of
from tests.gateway.test_passwords_on_broker import NEW, reset, sign_in

pytestmark = pytest.mark.broker
NEWEST = "windy carrots singing"


async def cut(
    broker: TestBroker, bucket: str, key: str, *, before: int = -20, kill: bool = True, how: str = "cut"
) -> None:
    """Stop the broker, damage its file `before` the end of the last subject of a key, and start it again."""
    broker.stop(kill=kill)
    file = next(stream_folder(broker.folder, f"KV_{bucket}").rglob("*.blk"))
    word = f"$KV.{bucket}.{key}".encode()
    Damage(file, file.read_bytes().rindex(word) + len(word) - before, 3 if how == "bit" else None).apply()
    broker.start()
    operator = await broker.connect()
    await provision(operator)
    await operator.close()


async def change_password(gateway: Gateway, current: str, new: str) -> None:
    http = gateway.visitor()
    session = await http.post("/v1/sessions", json={"handle": "ada", "password": current})
    http.headers["x-csrf-token"] = session.raise_for_status().json()["csrf_token"]
    answer = await http.post("/v1/me/password", json={"current": current, "new": new})
    answer.raise_for_status()


@pytest.mark.parametrize(
    ("how", "kill", "changes"),
    [("cut", True, 2), ("bit", True, 2), ("cut", False, 2), ("bit", False, 2), ("cut", True, 1)],
)
async def test_an_old_password_does_not_work_again(
    broker: TestBroker, tmp_path: Path, how: str, kill: bool, changes: int
) -> None:
    async with running_gateway(broker, tmp_path) as gateway:
        ada = await gateway.person("ada")
        passwords = [PASSWORD, NEW, NEWEST][: changes + 1]
        for current, new in pairwise(passwords):
            await change_password(gateway, current, new)
        operator = await gateway.operator()
        before = await collect_people(operator, AT)
        await operator.close()
    await cut(broker, "ACCOUNTS", f"credentials.{ada.id}", how=how, kill=kill)
    async with running_gateway(broker, tmp_path) as gateway:
        for password in passwords:
            refused = await gateway.visitor().post("/v1/sessions", json={"handle": "ada", "password": password})
            assert (refused.status_code, refused.json()["code"]) == (503, "credentials_lost"), password
        assert "reset-password" in refused.json()["detail"]
        await gateway.dependencies.view.until_caught_up(TIMEOUT_S)
        await gateway.dependencies.lost.check()
        note = str((await parts_of(gateway))["gateway"]["note"])
        assert "1 in ACCOUNTS, 1 of them older than their user's last change" in note
        assert "restore-people" in note
    operator = await broker.connect()
    done = await put_back_people(operator, before, MASTER_KEY)
    assert done.accounts == 1
    await operator.close()
    async with running_gateway(broker, tmp_path) as gateway:
        assert [await sign_in(gateway, password) for password in passwords] == [401] * changes + [201]
        await gateway.dependencies.view.until_caught_up(TIMEOUT_S)
        await gateway.dependencies.lost.check()
        assert not gateway.dependencies.lost.finding


async def test_an_operators_link_is_the_way_out_without_a_backup(broker: TestBroker, tmp_path: Path) -> None:
    async with running_gateway(broker, tmp_path) as gateway:
        ada = await gateway.person("ada")
        old = (await ada.http.post("/v1/me/recovery-codes")).json()["codes"][0]
        await change_password(gateway, PASSWORD, NEW)
        await change_password(gateway, NEW, NEWEST)
    await cut(broker, "ACCOUNTS", f"credentials.{ada.id}")
    async with running_gateway(broker, tmp_path) as gateway:
        code = await gateway.dependencies.account_services.passwords.begin_reset(ada.id, "service:operator")
        assert await sign_in(gateway, PASSWORD) == await sign_in(gateway, NEW) == 401, "nothing of the old ones counts"
        assert (await reset(gateway, handle="ada", code=old)).json()["code"] == "wrong_code"
        third = "sleepy lanterns drifting"
        assert (await reset(gateway, code=code, new=third)).status_code == 204
        assert await sign_in(gateway, third) == 201


@pytest.mark.parametrize("how", ["cut", "bit"])
async def test_a_signed_out_session_does_not_work_again(broker: TestBroker, tmp_path: Path, how: str) -> None:
    async with running_gateway(broker, tmp_path) as gateway:
        sessions = gateway.dependencies.sessions
        secret, _ = await sessions.begin("0198c0de-0000-7000-8000-000000000001", 1)
        await sessions._store_use(hashed(secret))  # its entry has two revisions
        await sessions.end(secret)
        assert await sessions.find(secret) is None
    # The last of its subjects is in the mark of its deletion; before that lies the deleted revision.
    await cut(broker, "SESSIONS", hashed(secret), before=200, how=how)
    operator = await broker.connect()
    stored = await operator.jetstream().get_last_msg("KV_SESSIONS", f"$KV.SESSIONS.{hashed(secret)}")
    assert stored.data, "the broker has the revision before the last again"
    await operator.close()
    async with running_gateway(broker, tmp_path) as gateway:
        assert await gateway.dependencies.sessions.find(secret) is None


async def test_a_session_that_its_owners_list_has_lost_is_listed_again(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    (listed,) = await gateway.dependencies.sessions.of(ada.id)
    operator = await gateway.operator()
    bucket = await operator.jetstream().key_value("SESSIONS")
    stored = await bucket.get(f"of.{ada.id}.{listed.id}")
    await operator.jsm().delete_msg("KV_SESSIONS", stored.revision or 0)
    assert await gateway.dependencies.sessions.of(ada.id) == []
    await gateway.dependencies.lost.check()
    again = await gateway.dependencies.sessions.of(ada.id)
    assert [one.id for one in again] == [listed.id]
    assert await gateway.dependencies.sessions.revoke(ada.id, listed.id)
    assert (await ada.http.get("/v1/me")).status_code == 401
    await operator.close()


async def test_votes_count_after_the_signals_have_lost_their_end(broker: TestBroker, tmp_path: Path) -> None:
    async with running_gateway(broker, tmp_path) as gateway:
        ada, votes = await gateway.person("ada"), SignalCommands(gateway.dependencies.broker)
        view, marks = gateway.dependencies.view, gateway.dependencies.marks
        last = [await votes.send("vote", f"post-{number}", ada.id, 1) for number in range(3)][-1]
        assert await view.wait_for_signal(last, TIMEOUT_S)

        async def marked() -> bool:
            return marks.marks["SIGNALS"].last == last

        await wait_until(marked, "the votes are marked")
        broker.stop(kill=True)
        file = next(stream_folder(broker.folder, "SIGNALS").rglob("*.blk"))
        Damage(file, file.read_bytes().index(b"post-1"), None).apply()
        broker.start()

        async def noticed() -> bool:
            return "SIGNALS" in marks.finding

        await wait_until(noticed, "the loss is noticed while the gateway runs")
        note = str((await parts_of(gateway))["gateway"]["note"])
        assert "SIGNALS" in note
        assert "ottit losses accept" in note
        assert await votes.send("vote", "post-9", ada.id, 1) <= last, "a sequence that was used before"

        async def voted() -> list[str]:
            rows = view.connection.rows("SELECT post_id FROM votes ORDER BY post_id", {})
            return [row["post_id"] for row in rows]

        async def folded() -> bool:
            return "post-9" in await voted()

        await wait_until(folded, "the vote counts")
        assert await voted() == ["post-0", "post-1", "post-2", "post-9"], "the view keeps what the stream has lost"
