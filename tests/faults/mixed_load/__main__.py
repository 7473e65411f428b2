"""`python -m tests.faults.mixed_load`: sends a mixed load to a running installation and keeps a journal of it."""

import argparse
import asyncio
import secrets
import sys
import time
from pathlib import Path

import httpx

from tests.faults.mixed_load.generator import Generator, Plan, Totals
from tests.faults.mixed_load.journal import Account, MixedJournal, read_journal
from tests.faults.mixed_load.people import TIMEOUT_S, Caller, Person

SETTLE_WITHIN_S = 300.0


def options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.mixed_load",
        description="Send a mixed load to an installation that you may fill with test posts, and keep a journal.",
        epilog="Start the installation with OTTIT_RATE_SCALE=1000: all users of the load share one address.",
    )
    parser.add_argument("--url", default="http://127.0.0.1:8700")
    parser.add_argument("--rate", type=float, default=10.0, help="operations per second (default 10)")
    parser.add_argument("--seconds", type=float, default=60.0, help="duration (default 60)")
    parser.add_argument("--seed", type=int, default=None, help="default: a random one, which is printed")
    parser.add_argument("--people", type=int, default=6, help="users that sign up at the start (default 6)")
    parser.add_argument("--community", default="", help="default: the first community of the installation")
    parser.add_argument("--journal", type=Path, default=Path("load-journal.jsonl"))
    parser.add_argument("--moderator", default="", metavar="HANDLE:PASSWORD", help="decides on held posts")
    return parser.parse_args()


async def main(chosen: argparse.Namespace) -> int:
    """Run the load. Returns the exit code."""
    seed = secrets.randbelow(10**6) if chosen.seed is None else chosen.seed
    community = chosen.community or await first_community(chosen.url)
    if not community:
        print("There is no community. Create one, for example with `ottit demo`, or name it with --community.")
        return 1
    prefix = f"load-{int(time.time()) % 10**6}"
    plan = Plan(chosen.url, chosen.rate, chosen.seconds, seed, community, chosen.people, prefix)
    print(f"Seed {seed}, {plan.rate:g} operations/s for {plan.seconds:g} s to {plan.url}, journal {chosen.journal}")
    journal = MixedJournal(chosen.journal)
    journal.record_run(**vars(plan))
    generator = Generator(plan, journal, await moderators_of(chosen, journal))
    await generator.prepare()
    await generator.run()
    retried = await generator.settle(read_journal(chosen.journal), SETTLE_WITHIN_S)
    await generator.close()
    journal.close()
    print(summary(generator.totals, retried))
    return 1 if generator.totals.failures else 0


async def moderators_of(chosen: argparse.Namespace, journal: MixedJournal) -> list[Person]:
    """Sign the moderator in, if one is named."""
    if not chosen.moderator:
        return []
    handle, _, password = chosen.moderator.partition(":")
    person = await sign_in(chosen.url, handle, password, journal)
    if person is None:
        sys.exit(f"{handle} cannot sign in at {chosen.url}.")
    return [person]


async def sign_in(url: str, handle: str, password: str, journal: MixedJournal) -> Person | None:
    """Sign an existing user in. Returns None if that failed."""
    http = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False)
    person = Person(Account("", handle, password), http)
    if not await Caller(journal).sign_in(person):
        return None
    journal.record_account(person.account)
    return person


async def first_community(url: str) -> str:
    """Return the name of the first community, or an empty text."""
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False) as http:
        items = (await http.get("/v1/communities")).raise_for_status().json()["items"]
    return items[0]["name"] if items else ""


def summary(totals: Totals, retried: int) -> str:
    """Return the result in words."""
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(totals.started.items()))
    lines = [
        f"{totals.started.total()} operations: {kinds}",
        f"{totals.late} began late, the latest by {totals.latest_s:.2f} s",
        f"{retried} submissions had an unknown outcome and were sent again until it was known",
    ]
    lines += [f"The load itself failed {count} times: {reason}" for reason, count in totals.failures.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(options())))
