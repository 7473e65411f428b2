"""The gateway's files × every damage: the view and the drift view are built again with the same content."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from services.gateway.drift import store
from services.gateway.drift.drift_view import DriftView
from services.gateway.drift.store import DriftStore
from services.gateway.drift.tables import CONTENT
from services.gateway.view.store import Store
from shared.storage.seal import remove_seal
from shared.testing import TestBroker, decided
from tests.faults.waiting import wait_until
from tests.gateway.conftest import running_gateway, settings_for
from tests.gateway.preview_steps import Sight, settled
from tests.gateway.test_drift_on_broker import through
from tests.gateway.test_view_on_broker import PATIENCE_S, a_view, append, post_by_ada
from tests.local_damage import damages, flip

pytestmark = pytest.mark.broker


async def test_a_damaged_view_is_built_again_with_the_same_content(
    broker: TestBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client, folder = await broker.connect("gateway"), tmp_path / "view"
    operator = await broker.connect()
    for number in range(20):
        post = post_by_ada(f"text {number} " * 20)
        await append(operator, post, decided(post))
    async with a_view(folder, client) as view:
        await view.until_caught_up(PATIENCE_S)
        right = view.connection.digest()
    silent = ("missing", "read-only", "a foreign write-ahead log", "a folder for the seal")
    for seed, (name, damage, in_order) in enumerate(damages()):
        if not in_order:
            remove_seal(Store.place(folder))
        damage(Store.place(folder), Random(seed))
        caplog.clear()
        async with a_view(folder, client) as view:
            await view.until_caught_up(PATIENCE_S)
            assert view.connection.digest() == right, name
        said = any("damaged" in record.message and record.levelno >= logging.ERROR for record in caplog.records)
        assert said or name.removesuffix(", after a crash") in silent or (name == "a damaged seal, after a crash"), name


async def test_an_undamaged_view_is_not_built_again(
    broker: TestBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client, folder = await broker.connect("gateway"), tmp_path / "view"
    await append(client, *[post_by_ada(str(number)) for number in range(20)])
    for _ in range(3):
        async with a_view(folder, client) as view:
            await view.until_caught_up(PATIENCE_S)
    assert not [record for record in caplog.records if "damaged" in record.message]
    assert sorted(file.name for file in folder.iterdir()) == [
        Store.place(folder).name,
        f"{Store.place(folder).name}.seal",
    ]


def drift_rows(file: Path) -> list[tuple[object, ...]]:
    """Return every row of the drift view."""
    with closing(sqlite3.connect(file)) as db:
        return [row for table in CONTENT for row in db.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]


async def test_a_damaged_drift_view_is_built_again_and_the_damaged_file_kept(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "RETENTION_S", 1e12)  # the made-up decision is old
    folder = settings_for(broker, tmp_path).data_dir / "gateway"
    file = DriftStore.path_in(folder)
    async with running_gateway(broker, tmp_path) as gateway:
        await gateway.community()
        ada = await gateway.person("ada")
        await through(gateway, ada, Sight("published"), "held")
        await settled(gateway)
        ends = [follower.last_applied for follower in gateway.dependencies.drift.followers]
    right = drift_rows(file)
    assert len(right) >= 3
    client = await broker.connect("gateway")
    for seed, (name, damage, in_order) in enumerate(damages()):
        if not in_order:
            remove_seal(file)
        damage(file, Random(seed))
        view = DriftView(folder, client, "hybrid", recent_models=none_known, fewest_people=1)
        await view.start()
        assert await view.wait_for(ends[0], ends[1], PATIENCE_S)
        await view.close()
        assert drift_rows(file) == right, name
    assert list(folder.glob("drift-*.damaged-*"))


async def none_known() -> dict[str, str]:
    return {}


async def test_a_drift_view_damaged_while_it_runs_is_built_again(broker: TestBroker, tmp_path: Path) -> None:
    file = DriftStore.path_in(settings_for(broker, tmp_path).data_dir / "gateway")
    async with running_gateway(broker, tmp_path) as gateway:
        await gateway.community()
        ada = await gateway.person("ada")
        await through(gateway, ada, Sight("published"), "held")
        await settled(gateway)
        with closing(sqlite3.connect(file)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        flip(file, 0, 2000, Random(1))

        async def healed() -> bool:
            try:
                return (await gateway.dependencies.drift.drift("day", "tier")).total.decided == 1
            except (sqlite3.DatabaseError, RuntimeError):
                return False

        await wait_until(healed, "the drift view is built again")
