"""`ottit demo`: a few posts to look at."""

import asyncio
import json
from contextlib import suppress

from rich.console import Console

from deploy.cli.import_file import ending_with_a_sentence, print_report
from deploy.cli.importing.start import import_file
from deploy.cli.operator import OPERATOR_ID, operator
from deploy.cli.settings import read_settings
from deploy.local.settings import ROOT, LauncherSettings
from services.gateway.communities import Communities
from shared.problems import Conflict

DEMO = ROOT / "deploy" / "demo"


def demo() -> None:
    """Fill the house with about 60 posts in 8 communities. Doing it twice changes nothing."""
    console = Console(highlight=False)
    settings = read_settings()
    with ending_with_a_sentence(console):
        asyncio.run(_open_communities(settings))
        report = asyncio.run(import_file(DEMO / "posts.jsonl", settings, console, again=True))
    print_report(report, console)


async def _open_communities(settings: LauncherSettings) -> None:
    async with operator(settings) as hands:
        communities = Communities(hands.log)
        for line in (DEMO / "communities.jsonl").read_text().splitlines():
            row = json.loads(line)
            with suppress(Conflict):  # it is there already
                await communities.create(row["name"], row["title"], row["guideline"], OPERATOR_ID)
