"""Tests of the drift view's file."""

from pathlib import Path

import pytest

from services.gateway.drift.store import DriftStore
from shared.testing import TestBroker
from tests.gateway.conftest import running_gateway, settings_for

pytestmark = pytest.mark.broker


async def test_a_damaged_file_is_replaced_at_the_start(broker: TestBroker, tmp_path: Path) -> None:
    file = DriftStore.path_in(settings_for(broker, tmp_path).data_dir / "gateway")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"this was a database " * 1000)
    async with running_gateway(broker, tmp_path) as gateway:
        assert (await gateway.dependencies.drift.drift("day", "tier")).submits == 0


async def test_rows_older_than_a_month_are_deleted_at_the_start(broker: TestBroker, tmp_path: Path) -> None:
    folder = settings_for(broker, tmp_path).data_dir / "gateway"
    before = DriftStore(folder)
    before.insert("publications", post_id="an old post", at=1.0)
    before.close()
    async with running_gateway(broker, tmp_path):
        pass
    after = DriftStore(folder)
    assert after.rows("SELECT * FROM publications") == []
    after.close()
