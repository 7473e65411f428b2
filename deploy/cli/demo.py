"""`ottit demo`: a few posts to look at."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from deploy.cli.import_file import ending_with_a_sentence, print_report
from deploy.cli.importing.start import import_file
from deploy.cli.operator import OPERATOR_ID, operator
from deploy.cli.settings import read_settings
from deploy.local.settings import ROOT, LauncherSettings
from services.gateway.communities.commands import Communities
from shared.problems import Conflict

DEMO = ROOT / "deploy" / "demo"


def demo() -> None:
    """Fill the house with about 60 posts in 8 communities. Doing it twice changes nothing."""
    console = Console(highlight=False)
    settings = read_settings()
    with ending_with_a_sentence(console), TemporaryDirectory() as folder:
        asyncio.run(_open_communities(settings))
        file = Path(folder) / "posts.jsonl"
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows(datetime.now(UTC))), encoding="utf-8")
        report = asyncio.run(import_file(file, settings, console))
    print_report(report, console)


def rows(now: datetime) -> Iterator[dict[str, Any]]:
    """The posts as the importer takes them, as old as `hours_ago` says: a feed in which all is new looks like none."""
    for line in (DEMO / "posts.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row | {"created_at": (now - timedelta(hours=row.pop("hours_ago"))).isoformat()}


async def _open_communities(settings: LauncherSettings) -> None:
    async with operator(settings) as hands:
        communities = Communities(hands.log)
        for line in (DEMO / "communities.jsonl").read_text().splitlines():
            row = json.loads(line)
            with suppress(Conflict):  # it is there already
                await communities.create(row["name"], row["title"], row["guideline"], OPERATOR_ID)
