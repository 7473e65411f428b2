"""Tests of the launcher's watchdog on fake processes."""

import asyncio
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deploy.installation.secret_files import Secrets
from deploy.installation.settings import LauncherSettings
from deploy.local import watchdog
from deploy.local.process_monitor import ProcessMonitor
from deploy.local.readiness import PartReadiness, Readiness
from deploy.local.terminal import Terminal
from deploy.local.watchdog import START_WITHIN_S, STUCK_AFTER_S, Watchdog, why_not_writable
from tests.faults.waiting import wait_until

SILENT = PartReadiness(ok=False, reason="does not answer (TimeoutError)")
OK = PartReadiness(ok=True)
NAMES = ("broker", "gateway", "moderation", "embeddings", "ranking")


@dataclass
class Monitor:
    """A process that only remembers why it was restarted."""

    pid: int
    restarts: list[str] = field(default_factory=list)

    @property
    def state(self) -> Any:
        return SimpleNamespace(pid=self.pid)

    def restart(self, why: str) -> None:
        self.restarts.append(why)
        self.pid += 100


class Stage:
    """A watchdog, what it is told, and the time."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "broker").mkdir()
        self.now = 1000.0
        self.parts = dict.fromkeys(NAMES, OK)
        self.gateway_answers = True
        self.broker: str | None = ""
        self.provisioned = 0
        self.monitors = {name: Monitor(number + 1) for number, name in enumerate(NAMES)}
        monitors = cast("dict[str, ProcessMonitor]", self.monitors)
        self.out = StringIO()
        self.dog = Watchdog(
            LauncherSettings(data_dir=folder), monitors, Terminal(self.out), self.provision, secrets=Secrets("", {})
        )
        self.dog._answers._clock = lambda: self.now
        monkeypatch.setattr(watchdog, "ask_readiness", self.readiness)
        monkeypatch.setattr(self.dog, "_broker_problem", self.problem)

    async def provision(self) -> None:
        self.provisioned += 1

    async def readiness(self, _: str) -> Readiness:
        return Readiness(False, self.parts if self.gateway_answers else {})

    async def problem(self) -> str | None:
        return self.broker

    async def after(self, seconds: float) -> list[str]:
        """Check again some seconds later. Return the processes that were restarted since the start."""
        self.now += seconds
        await self.dog.check()
        return [name for name, monitor in self.monitors.items() if monitor.restarts]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


async def test_a_silent_service_is_restarted_after_the_stated_time(stage: Stage) -> None:
    await stage.after(0)
    stage.parts |= {"ranking": SILENT}
    assert await stage.after(STUCK_AFTER_S - 1) == []
    assert await stage.after(2) == ["ranking"]


async def test_a_service_that_never_answers_gets_the_time_to_start_and_is_then_restarted(stage: Stage) -> None:
    stage.parts |= {"ranking": SILENT}
    await stage.after(0)
    assert await stage.after(START_WITHIN_S - 1) == []
    assert await stage.after(2) == ["ranking"]


async def test_a_service_that_needs_long_to_start_gets_twice_the_time_after_each_restart(stage: Stage) -> None:
    stage.parts |= {"ranking": SILENT}
    await stage.after(0)
    await stage.after(START_WITHIN_S + 1)
    await stage.after(0)
    await stage.after(2 * START_WITHIN_S - 1)
    assert len(stage.monitors["ranking"].restarts) == 1
    stage.parts |= {"ranking": OK}
    await stage.after(0)
    stage.monitors["ranking"].pid += 1  # it answered, and then ended by itself
    stage.parts |= {"ranking": SILENT}
    await stage.after(0)
    await stage.after(START_WITHIN_S + 1)
    assert len(stage.monitors["ranking"].restarts) == 2


async def test_a_service_that_starts_while_nobody_can_ask_it_is_left_alone(stage: Stage) -> None:
    stage.parts |= {"ranking": SILENT}
    stage.gateway_answers = False
    for _ in range(20):
        stage.monitors["gateway"].pid += 1
        await stage.after(START_WITHIN_S / 4)
    stage.gateway_answers = True
    await stage.after(0)
    assert await stage.after(STUCK_AFTER_S + 1) == []
    assert await stage.after(START_WITHIN_S) == ["ranking"]


async def test_a_gateway_that_waits_for_the_broker_at_its_start_is_left_alone(stage: Stage) -> None:
    stage.gateway_answers, stage.broker = False, None
    for _ in range(9):
        stage.monitors["broker"].pid += 1
        await stage.after(START_WITHIN_S / 3)
    assert stage.monitors["gateway"].restarts == []
    stage.broker = ""
    await stage.after(0)
    assert await stage.after(START_WITHIN_S + 1) == ["gateway"]


async def test_a_service_that_stops_before_the_first_check_is_restarted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "CHECK_EVERY_S", 0.01)
    stage.parts |= {"ranking": SILENT}
    watching = asyncio.create_task(stage.dog.run())
    await asyncio.sleep(0)
    stage.now += STUCK_AFTER_S + 1

    async def restarted() -> bool:
        return bool(stage.monitors["ranking"].restarts)

    await wait_until(restarted, "a restart of ranking")
    watching.cancel()


async def test_a_restarted_process_gets_the_time_to_start(stage: Stage) -> None:
    await stage.after(0)
    stage.parts |= {"ranking": SILENT}
    await stage.after(STUCK_AFTER_S + 1)
    await stage.after(0)
    await stage.after(START_WITHIN_S - 1)
    assert len(stage.monitors["ranking"].restarts) == 1
    await stage.after(2)
    assert len(stage.monitors["ranking"].restarts) == 2


async def test_a_silent_broker_is_restarted_and_not_the_services(stage: Stage) -> None:
    await stage.after(0)
    stage.broker = None
    silent = PartReadiness(ok=False, reason="no answer within 2 s")
    stage.parts = {"broker": silent, "gateway": OK} | dict.fromkeys(NAMES[2:], SILENT)
    assert await stage.after(STUCK_AFTER_S + 1) == ["broker"]


async def test_a_silent_gateway_is_restarted(stage: Stage) -> None:
    await stage.after(0)
    stage.gateway_answers = False
    assert await stage.after(STUCK_AFTER_S + 1) == ["gateway"]


async def test_services_live_on_while_the_gateway_is_away_for_long(stage: Stage) -> None:
    await stage.after(0)
    stage.gateway_answers = False
    for _ in range(5):
        await stage.after(STUCK_AFTER_S / 2)
    assert await stage.after(STUCK_AFTER_S / 2) == ["gateway"]


async def test_a_broker_with_a_write_error_is_restarted_as_soon_as_its_folder_can_be_written(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.broker = "EVENTS: write error: no space left on device"
    monkeypatch.setattr(watchdog, "why_not_writable", lambda _: "No space left on device")
    for _ in range(3):
        assert await stage.after(2) == []
    said = stage.out.getvalue()
    assert said.count("No space left on device") == 1
    assert "Ottit goes on by itself" in said
    monkeypatch.setattr(watchdog, "why_not_writable", lambda _: "")
    assert await stage.after(2) == ["broker"]


async def test_missing_consumers_are_created_again(stage: Stage) -> None:
    missing = PartReadiness(ok=False, reason="durable: the durable consumer is missing: run `ottit provision`")
    stage.parts |= {"moderation": missing}
    for _ in range(3):
        await stage.after(2)
    assert stage.provisioned == 1
    assert stage.out.getvalue().count("durable consumer is missing") == 1


def test_a_folder_is_writable_until_it_is_not(tmp_path: Path) -> None:
    assert why_not_writable(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []
    assert why_not_writable(tmp_path / "missing") == "No such file or directory"
