"""Tests that `ottit status` gives the reasons of readiness for every part."""

import os
from pathlib import Path

import pytest

from deploy.cli import status
from deploy.installation.data_folder import FolderLock, InstallationState, ProcessState, write_state
from deploy.installation.settings import LauncherSettings
from deploy.local.readiness import PartReadiness, Readiness


def report(folder: Path, readiness: Readiness, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the text of the report for a gateway that answers so."""

    async def answer(_: str) -> Readiness:
        return readiness

    monkeypatch.setattr(status, "ask_readiness", answer)
    parts = [ProcessState(name, "running", os.getpid(), 0, 0.0) for name in ("broker", "gateway")]
    lock = FolderLock(folder)
    lock.acquire()
    try:
        write_state(folder, InstallationState(os.getpid(), "http://x", "nats://x", ready=True, parts=parts))
        return status._as_text(status.make_report(LauncherSettings(data_dir=folder)))
    finally:
        lock.release()


def test_a_part_without_a_process_is_listed_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"gateway": PartReadiness(ok=True), "disk": PartReadiness(ok=False, reason="only 3 MiB are free")}
    lines = report(tmp_path, Readiness(ready=False, parts=parts), monkeypatch).splitlines()
    assert [line for line in lines if line.startswith("disk") and "not ready" in line and "only 3 MiB" in line]


def test_a_silent_gateway_is_said_to_be_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = report(tmp_path, Readiness(ready=False), monkeypatch).splitlines()
    assert [line for line in lines if line.startswith("gateway") and "does not answer" in line]


def test_the_operator_sees_the_address_that_the_public_report_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def details(_: LauncherSettings) -> Readiness:
        return Readiness(ready=True, parts={"broker": PartReadiness(ok=True, reason="http://127.0.0.1:1 is silent")})

    monkeypatch.setattr(status, "_ask_over_broker", details)
    public = Readiness(ready=True, parts={"broker": PartReadiness(ok=True, reason="its address is silent")})
    assert "http://127.0.0.1:1 is silent" in report(tmp_path, public, monkeypatch)
