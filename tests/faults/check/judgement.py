"""Judges an installation by a load's journal: waits until it is quiet, then applies every checker."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.faults.check.evidence import Evidence, open_evidence
from tests.faults.check.shown import judge_shown
from tests.faults.check.stored import Findings, judge_stored
from tests.faults.effect_invariants import none_spins
from tests.faults.mixed_load.journal import Record
from tests.faults.processes import cpu_shares

# The stated time in which everything is decided, indexed and shown again after a fault.
QUIET_WITHIN_S = 180.0
POLL_S = 0.5
ALL = tuple(f"I{number}" for number in range(1, 15))
# `make test` compares the log and the views with and without previews (I8) and searches every byte after an erasure.
ELSEWHERE = {"I8": "tests/faults/test_previews_do_not_bind.py"}


async def judge(evidence: Evidence, record: Record, traces_after: float = 0.0) -> Findings:
    """Return invariant → violations. A running installation must become quiet; of a stopped one that is not asked."""
    late = await wait_until_quiet(evidence) if evidence.url else []
    quiet = bool(evidence.url) and not late
    findings, judged = await judge_stored(evidence, record, quiet=quiet)
    if evidence.url:
        findings["I9"] = late
    if quiet:
        for name, found in (await judge_shown(evidence.url, record, judged, traces_after)).items():
            findings[name] = [*findings.get(name, []), *found]
        findings["I9"] = none_spins(await cpu_shares(evidence.data))
    return findings


async def wait_until_quiet(evidence: Evidence, within_s: float = QUIET_WITHIN_S) -> list[str]:
    """I9: wait until the installation is ready, nothing waits and the log no longer grows. Returns the violation."""
    deadline, seen, state = time.monotonic() + within_s, -1, ""
    while time.monotonic() < deadline:
        ready, lag, state = await read_health(evidence.url)
        last = (await evidence.operator.jetstream().stream_info("EVENTS")).state.last_seq if ready else -1
        if ready and not lag and last == seen:
            return []
        seen = last
        await asyncio.sleep(POLL_S)
    return [f"not quiet after {within_s:g} s: {state}"]


async def read_health(url: str, within_s: float = 20.0) -> tuple[bool, int, str]:
    """Return whether `/readyz` is green, the waiting messages in all, and the answer in words. Silence is not green."""
    try:
        async with httpx.AsyncClient(base_url=url, timeout=within_s, trust_env=False) as http:
            answer = await http.get("/readyz")
            parts = answer.json()["parts"]
    except (httpx.TransportError, ValueError, KeyError) as error:
        return False, 0, type(error).__name__
    lag = sum(int(part.get("lag", 0)) for part in parts.values())
    words = "; ".join(f"{name}: {part['state']} (lag {part.get('lag', 0)})" for name, part in parts.items())
    return answer.is_success, lag, words


async def judge_folder(data: Path, record: Record, url: str = "", traces_after: float = 0.0) -> Findings:
    """Judge the installation on a data folder, running or stopped."""
    async with open_evidence(data, url) as evidence:
        return await judge(evidence, record, traces_after)


def violations(findings: Findings) -> list[str]:
    """Return all violations, each with its invariant."""
    return [f"{name}: {found}" for name, all_found in sorted(findings.items()) for found in all_found]


def checked(findings: Findings, names: Sequence[str] = ALL) -> list[str]:
    """Return the invariants that were judged."""
    return [name for name in names if name in findings]
