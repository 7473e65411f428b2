"""`ottit status`: what runs on this data folder, or at OTTIT_URL where that is set."""

import asyncio
import json
import time
from typing import Annotated, Any

import typer

from deploy.cli.operator import ElsewhereSettings
from deploy.cli.settings import read_settings
from deploy.local.lock import holder
from deploy.local.measure import resident_bytes
from deploy.local.readiness import PartReadiness, Readiness, ask_readiness
from deploy.local.settings import LauncherSettings
from deploy.local.state import HouseState, PartState, read_state

MIB = 1024 * 1024


def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")] = False,
) -> None:
    """Show the parts, their memory and what waits. Exit code 0 when all is ready, 1 otherwise."""
    report = make_report(read_settings())
    typer.echo(json.dumps(report, indent=2) if as_json else _as_text(report))
    raise typer.Exit(0 if report["ready"] else 1)


def make_report(settings: LauncherSettings) -> dict[str, Any]:
    """`running, ready, url, lag, parts[]`; of an installation on this machine `pid, data_dir, memory_bytes`, too."""
    if elsewhere := ElsewhereSettings().url:
        return elsewhere_report(elsewhere, asyncio.run(ask_readiness(elsewhere)))
    pid = holder(settings.data)
    state = read_state(settings.data)
    if pid is None or state is None:
        return {"running": False, "ready": False, "data_dir": str(settings.data)}
    readiness = asyncio.run(ask_readiness(state.url))
    rows = [_row(part, readiness.parts.get(part.name)) for part in state.parts]
    launcher = {"name": "launcher", "condition": "running", "pid": pid, "memory_bytes": resident_bytes(pid) or 0}
    return _whole(state, readiness, [*rows, launcher]) | {"pid": pid, "data_dir": str(settings.data)}


def elsewhere_report(url: str, readiness: Readiness) -> dict[str, Any]:
    """What the gateway says of every part: in containers nobody else sees them all."""
    rows = [
        {"name": name, "condition": "running" if part.ok else "not ready"}
        | {"ready": part.ok, "why": part.why, "lag": part.lag}
        for name, part in readiness.parts.items()
    ]
    return {
        "running": bool(rows), "ready": readiness.ready, "url": url, "lag": readiness.lag, "parts": rows,
    }  # fmt: skip


def _whole(state: HouseState, readiness: Readiness, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "running": True,
        "ready": readiness.ready,
        "url": state.url,
        "lag": readiness.lag,
        "memory_bytes": sum(row["memory_bytes"] for row in rows),
        "parts": rows,
    }


def _row(part: PartState, readiness: PartReadiness | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": part.name,
        "condition": part.condition,
        "pid": part.pid,
        "restarts": part.restarts,
        "seconds": round(time.time() - part.since),
        "memory_bytes": (resident_bytes(part.pid) or 0) if part.pid else 0,
    }
    if readiness:
        row |= {"ready": readiness.ok, "why": readiness.why, "lag": readiness.lag}
    return row


def _as_text(report: dict[str, Any]) -> str:
    if not report["running"] and "url" in report:
        return f"{report['url']} does not answer."
    if not report["running"]:
        return f"Nothing runs on the data folder {report['data_dir']}. Start it: make up"
    head = "ready" if report["ready"] else "not ready"
    memory = f", {report['memory_bytes'] // MIB} MiB" if "memory_bytes" in report else ""
    lines = [f"{report['url']}  {head}, {report['lag']} messages wait{memory}", ""]
    lines.append(f"{'part':<12}{'state':<12}{'process':>8}{'memory':>10}{'lag':>7}{'restarts':>10}")
    lines += [_line(row) for row in report["parts"]]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    condition = "not ready" if row.get("ready") is False and row["condition"] == "running" else row["condition"]
    memory = f"{row['memory_bytes'] // MIB} MiB" if "memory_bytes" in row else ""
    numbers = f"{row.get('pid', ''):>8}{memory:>10}{row.get('lag', ''):>7}{row.get('restarts', ''):>10}"
    return f"{row['name']:<12}{condition:<12}{numbers}  {row.get('why', '')}".rstrip()
