"""Compares the locked packages with published weaknesses. What could not be asked about is said, never passed over."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.packages.commands import run, run_npm, uv_output

NONE_KNOWN, WEAK, UNCHECKED = 0, 1, 3


@dataclass(frozen=True)
class Findings:
    """The answer about one lock file: a line for each known weakness, and why packages were not checked."""

    lock: str
    weak: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.lock}: {len(self.weak)} known weaknesses"]
        lines += [f"  {line}" for line in self.weak]
        lines += [f"  NOT CHECKED: {line}" for line in self.unchecked]
        return "\n".join(lines)


def exit_code(findings: list[Findings]) -> int:
    """Return 1 if there is a known weakness, else 3 if anything was not checked, else 0."""
    if any(one.weak for one in findings):
        return WEAK
    return UNCHECKED if any(one.unchecked for one in findings) else NONE_KNOWN


def ask_about_python() -> Findings:
    """Return what pip-audit finds about all packages of `uv.lock`, by name and version."""
    locked = uv_output("export", "--frozen", "--quiet", "--all-groups", "--no-emit-project")
    with tempfile.TemporaryDirectory() as folder:
        (file := Path(folder) / "locked.txt").write_text(locked, encoding="utf-8")
        options = ["--disable-pip", "--require-hashes", "--format=json", "--progress-spinner=off"]
        return python_findings(run([sys.executable, "-m", "pip_audit", *options, "--requirement", file]))


def python_findings(done: subprocess.CompletedProcess[str]) -> Findings:
    """Read the answer of pip-audit, whose exit code is the same for weaknesses and for failures."""
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return Findings("uv.lock", unchecked=(_last_line(done.stderr),))
    weak = [
        f"{package['name']} {package['version']}: {one['id']}, fixed in {', '.join(one['fix_versions']) or 'none'}"
        for package in packages
        for one in package.get("vulns", [])
    ]
    skipped = [f"{package['name']}: {package['skip_reason']}" for package in packages if "skip_reason" in package]
    if len(skipped) > 1:
        skipped = [f"{len(skipped)} of {len(packages)} packages, such as {skipped[0]}"]
    return Findings("uv.lock", tuple(weak), tuple(skipped))


def ask_about_client() -> Findings:
    """Return what npm's registry knows about all packages of `client/package-lock.json`."""
    return client_findings(run_npm("audit", "--package-lock-only", "--json"))


def client_findings(done: subprocess.CompletedProcess[str]) -> Findings:
    """Read the answer of `npm audit`."""
    lock = "client/package-lock.json"
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return Findings(lock, unchecked=(_last_line(done.stderr),))
    if "vulnerabilities" not in answer:
        return Findings(lock, unchecked=(str(answer.get("message") or answer),))
    weak = [f"{name} {one['range']}: {one['severity']}" for name, one in answer["vulnerabilities"].items()]
    return Findings(lock, tuple(weak))


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it printed nothing"])[-1]
