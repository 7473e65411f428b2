"""The drift view's file: damage and old rows are gone after a start."""

from pathlib import Path

import pytest

from services.gateway.drift.store import Store
from shared.testing import TestBroker
from tests.gateway.conftest import running_gateway, settings_for

pytestmark = pytest.mark.broker


async def test_a_gateway_starts_over_a_damaged_file(broker: TestBroker, tmp_path: Path) -> None:
    file = Store.path_in(settings_for(broker, tmp_path).data_dir / "gateway")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"this was a database " * 1000)
    async with running_gateway(broker, tmp_path) as gateway:
        assert (await gateway.dependencies.drift.drift("day", "tier")).submits == 0


async def test_a_start_lets_go_of_what_is_older_than_a_month(broker: TestBroker, tmp_path: Path) -> None:
    folder = settings_for(broker, tmp_path).data_dir / "gateway"
    before = Store(folder)
    before.insert("publications", post_id="an old post", at=1.0)
    before.close()
    async with running_gateway(broker, tmp_path):
        pass
    after = Store(folder)
    assert after.rows("SELECT * FROM publications") == []
    after.close()
