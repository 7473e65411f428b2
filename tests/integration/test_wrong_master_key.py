"""A master key that does not open the stored data is refused by every process that uses it, before anything changes."""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from nats.aio.client import Client

from deploy.containers.provision import check_keys
from deploy.installation.secret_files import MASTER, SERVICES, open_secrets, secrets_folder
from deploy.operations.backup import save_people
from deploy.operations.master_key import rotate_master_key
from shared.problems import REFUSED_EXIT
from shared.security.data_keys import DataKeyStore
from shared.security.master_key_check import WrongMasterKey, check_master_key
from shared.security.sealing import fingerprint, master_keys
from shared.testing import MASTER_KEY, TestBroker, free_port

pytestmark = pytest.mark.broker

OTHER_KEY = "cd" * 32
ROOT = Path(__file__).parents[2]


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def seal(broker: TestBroker, people: int = 3, erased: int = 0) -> Client:
    """Store a data key for each person, and erase the first ones again."""
    operator = await broker.connect()
    store = await DataKeyStore.open(operator, MASTER_KEY)
    for number in range(people):
        await store.create(f"person-{number}")
    for number in range(erased):
        await store.erase(f"person-{number}")
    await store.close()
    return operator


@pytest.mark.parametrize(
    ("key", "people", "erased", "opens"),
    [
        (MASTER_KEY, 3, 0, True),
        (MASTER_KEY, 3, 2, True),
        (f"{OTHER_KEY},{MASTER_KEY}", 3, 2, True),
        (OTHER_KEY, 0, 0, True),
        (OTHER_KEY, 3, 3, True),
        (OTHER_KEY, 3, 0, False),
        (OTHER_KEY, 3, 2, False),
        (f"{OTHER_KEY},{'ef' * 32}", 1, 0, False),
    ],
)
async def test_a_key_is_accepted_if_it_opens_what_is_left(
    broker: TestBroker, key: str, people: int, erased: int, opens: bool
) -> None:
    operator = await seal(broker, people, erased)
    if opens:
        assert await check_master_key(operator, master_keys(key)) is (people > erased)
    else:
        with pytest.raises(WrongMasterKey, match=fingerprint(master_keys(key)[0])):
            await check_master_key(operator, master_keys(key))


async def test_half_of_an_interrupted_rotation_is_refused(broker: TestBroker, tmp_path: Path) -> None:
    operator, data = await broker.connect(), tmp_path / "data"
    first = open_secrets(data, SERVICES).master_key
    store = await DataKeyStore.open(operator, first)
    for number in range(4):
        await store.create(f"person-{number}")
    await store.close()

    class Cut(Exception):
        pass

    def cut(what: str, done: int, of: int) -> None:
        if done == 2:
            raise Cut

    with pytest.raises(Cut):
        await rotate_master_key(operator, secrets_folder(data), cut)
    assert await check_master_key(operator, master_keys(open_secrets(data, SERVICES).master_key))
    with pytest.raises(WrongMasterKey, match=r"master-key\.next"):
        await check_master_key(operator, master_keys(first))


@pytest.mark.parametrize(
    "command",
    [
        lambda broker, folder: save_people(broker, folder, OTHER_KEY),
        lambda broker, folder: rotate_master_key(broker, secrets_folder(folder), lambda *_: None),
        lambda broker, _: DataKeyStore.open(broker, OTHER_KEY),
        lambda broker, _: check_keys(broker, OTHER_KEY),
    ],
    ids=["backup", "rotate-keys master", "commands on a running installation", "provision in a container"],
)
async def test_a_command_with_another_key_writes_nothing(
    broker: TestBroker, tmp_path: Path, command: Callable[[Client, Path], Awaitable[object]]
) -> None:
    operator = await seal(broker)
    open_secrets(tmp_path, SERVICES)
    (secrets_folder(tmp_path) / MASTER).write_text(OTHER_KEY)
    before = contents(secrets_folder(tmp_path))
    stored = (await operator.jetstream().stream_info("KV_KEYS")).state
    with pytest.raises((WrongMasterKey, SystemExit), match="does not open"):
        await command(operator, tmp_path)
    assert (await operator.jetstream().stream_info("KV_KEYS")).state == stored
    assert contents(secrets_folder(tmp_path)) == before
    assert not (tmp_path / "people.backup").exists()


@pytest.mark.parametrize(
    ("service", "key", "reason"),
    [
        ("gateway", OTHER_KEY, "does not open the texts"),
        ("moderation", OTHER_KEY, "does not open the texts"),
        ("embeddings", OTHER_KEY, "does not open the texts"),
        ("gateway", "", "OTTIT_MASTER_KEY is not set"),
        ("embeddings", "no key", "OTTIT_MASTER_KEY is not 32 bytes"),
    ],
)
def test_a_service_refuses_to_start_in_one_sentence(
    broker: TestBroker, tmp_path: Path, service: str, key: str, reason: str
) -> None:
    asyncio.run(seal(broker))
    environment = {
        **os.environ,
        "OTTIT_BROKER_URL": broker.url,
        "OTTIT_BROKER_PASSWORD": broker.passwords[service],
        "OTTIT_MASTER_KEY": key,
        "OTTIT_DATA_DIR": str(tmp_path / "data"),
        "OTTIT_PORT": str(free_port()),
    }
    command = [sys.executable, "-m", f"services.{service}"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == REFUSED_EXIT, output
    assert "Traceback" not in output
    assert reason in output.splitlines()[-1]
    assert not (tmp_path / "data").exists(), "a refused start writes nothing"


def test_the_fingerprint_does_not_reveal_the_key() -> None:
    key = secrets.token_bytes(32)
    assert len(fingerprint(key)) == 16
    assert fingerprint(key) not in key.hex()
