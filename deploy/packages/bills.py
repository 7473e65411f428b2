"""Bills of materials in the form of CycloneDX: every locked package with its version and hash or source."""

import json
from pathlib import Path
from typing import Any

from deploy.local.install.steps import ROOT
from deploy.packages.commands import npm_output, uv_output

FOLDER = ROOT / "build" / "sbom"
# What an installation runs. Test packages are in no image.
GROUPS = ("gateway", "moderation", "embeddings", "ranking", "operator", "local")


def write_bills(folder: Path = FOLDER) -> list[str]:
    """Write `python.cdx.json` and `client.cdx.json` from the lock files. Return a line about each.

    Raises:
        StepFailed: uv or npm failed.
    """
    groups = [word for group in GROUPS for word in ("--group", group)]
    bills = {
        "python": uv_output(
            "export", "--frozen", "--quiet", "--no-default-groups", *groups, "--format", "cyclonedx1.5"
        ),
        "client": npm_output("sbom", "--package-lock-only", "--omit", "dev", "--sbom-format", "cyclonedx"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, text in bills.items():
        bill: dict[str, Any] = json.loads(text)
        (folder / f"{name}.cdx.json").write_text(text, encoding="utf-8")
        lines.append(f"{folder / f'{name}.cdx.json'}: {len(bill['components'])} packages")
    return lines
