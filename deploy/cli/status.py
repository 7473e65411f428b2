"""`ottit status`: the processes of the installation on this data folder, or at OTTIT_URL if set."""

import asyncio
import json
import subprocess
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.errors import UNAVAILABLE, read_settings
from deploy.installation.admin_context import find_installation
from deploy.installation.broker_connection import connect_as_operator
from deploy.installation.data_folder import InstallationState, ProcessState, launcher_pid, read_state
from deploy.installation.settings import LauncherSettings, RemoteSettings
from deploy.local.readiness import REQUEST_TIMEOUT_S, PartReadiness, Readiness, ask_readiness, read_answer
from shared.log.operator_requests import readiness_subject, request_one

MIB = 1024 * 1024


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show processes, memory and waiting messages. Exit code 0 if everything is ready, else 1."""
    report = make_report(read_settings())
    typer.echo(json.dumps(report, indent=2) if as_json else _as_text(report))
    raise typer.Exit(0 if report["ready"] else 1)


def make_report(settings: LauncherSettings) -> dict[str, Any]:
    """Return `running, ready, url, lag, parts[]`, and for a local installation `pid, data_dir, memory_bytes`."""
    if remote := RemoteSettings().url:
        return remote_report(remote, asyncio.run(ask_everything(settings, remote)))
    pid = launcher_pid(settings.data)
    state = read_state(settings.data)
    if pid is None or state is None:
        return {"running": False, "ready": False, "data_dir": str(settings.data)}
    readiness = asyncio.run(ask_everything(settings, state.url))
    rows = [_row(part, readiness.parts.get(part.name)) for part in state.parts]
    rows += other_parts(readiness, {part.name for part in state.parts})
    launcher = {"name": "launcher", "condition": "running", "pid": pid, "memory_bytes": resident_bytes(pid) or 0}
    return _local_report(state, readiness, [*rows, launcher]) | {"pid": pid, "data_dir": str(settings.data)}


async def ask_everything(settings: LauncherSettings, url: str) -> Readiness:
    """Return the readiness with the addresses, paths, replicas and advice that `/readyz` keeps from the public.

    Without an answer over the broker it is what `/readyz` says.
    """
    public = await ask_readiness(url)
    if not public.parts:
        return public
    try:
        return await _ask_over_broker(settings) or public
    except (*UNAVAILABLE, ValueError):
        return public


async def _ask_over_broker(settings: LauncherSettings) -> Readiness | None:
    _, broker_url, secrets = find_installation(settings)
    async with asyncio.timeout(REQUEST_TIMEOUT_S):
        broker = await connect_as_operator(broker_url, secrets)
        try:
            reply = await request_one(broker, readiness_subject("gateway"), timeout_s=REQUEST_TIMEOUT_S)
        finally:
            await broker.close()
    return read_answer(reply) if reply else None


def remote_report(url: str, readiness: Readiness) -> dict[str, Any]:
    """Return the report of a remote installation, from the gateway's readiness."""
    rows = other_parts(readiness, set())
    return {
        "running": bool(rows), "ready": readiness.ready, "url": url, "lag": readiness.lag, "parts": rows,
    }  # fmt: skip


def other_parts(readiness: Readiness, processes: set[str]) -> list[dict[str, Any]]:
    """Return a row for each part of the readiness without a process of its own here, such as the disk."""
    return [
        {"name": name, "condition": "running" if part.ok else "not ready"}
        | {"ready": part.ok, "why": part.reason, "lag": part.lag}
        for name, part in readiness.parts.items()
        if name not in processes
    ]


def _local_report(state: InstallationState, readiness: Readiness, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "running": True,
        "ready": readiness.ready,
        "url": state.url,
        "lag": readiness.lag,
        "memory_bytes": sum(row.get("memory_bytes", 0) for row in rows),
        "parts": rows,
    }


def _row(part: ProcessState, readiness: PartReadiness | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": part.name,
        "condition": part.condition,
        "pid": part.pid,
        "restarts": part.restarts,
        "seconds": round(time.time() - part.since),
        "memory_bytes": (resident_bytes(part.pid) or 0) if part.pid else 0,
    }
    if part.name == "gateway" and not readiness:
        row |= {"ready": False, "why": "does not answer, so the other parts are unknown: see its log"}
    if readiness:
        row |= {"ready": readiness.ok, "why": readiness.reason, "lag": readiness.lag}
    return row


def _as_text(report: dict[str, Any]) -> str:
    if not report["running"] and "url" in report:
        return f"{report['url']} does not answer."
    if not report["running"]:
        return f"Ottit is not running on the data folder {report['data_dir']}. Start it: make up"
    head = "ready" if report["ready"] else "not ready"
    memory = f", {report['memory_bytes'] // MIB} MiB" if "memory_bytes" in report else ""
    lines = [f"{report['url']}  {head}, {report['lag']} messages waiting{memory}", ""]
    lines.append(f"{'process':<12}{'state':<12}{'pid':>8}{'memory':>10}{'lag':>7}{'restarts':>10}")
    lines += [_line(row) for row in report["parts"]]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    condition = "not ready" if row.get("ready") is False and row["condition"] == "running" else row["condition"]
    memory = f"{row['memory_bytes'] // MIB} MiB" if "memory_bytes" in row else ""
    numbers = f"{row.get('pid', ''):>8}{memory:>10}{row.get('lag', ''):>7}{row.get('restarts', ''):>10}"
    return f"{row['name']:<12}{condition:<12}{numbers}  {row.get('why', '')}".rstrip()


def resident_bytes(pid: int) -> int | None:
    """Return the resident memory of a process in bytes, or None if there is no such process."""
    try:
        return _from_proc(Path(f"/proc/{pid}/status").read_text())
    except FileNotFoundError:
        return None if Path("/proc/self").exists() else _from_ps(pid)


def _from_proc(status: str) -> int | None:
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(fields["VmRSS"].split()[0]) * 1024 if "VmRSS" in fields else None  # a zombie has none


def _from_ps(pid: int) -> int | None:
    answer = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return int(answer.stdout) * 1024 if answer.stdout.strip() else None
