"""`python -m tests.bench`: measure this machine."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console

from deploy.installation.settings import ROOT
from services.gateway.imports.commands import slug_of
from tests.bench import accepted, decided, device, fairness, memory, pipeline, reads, rebuild, search_quality, texts
from tests.bench.people import Member, like_some, sign_up
from tests.bench.pipeline import Round, import_posts
from tests.bench.table import Line, Table
from tests.running_installation import RunningInstallation, running_installation

SECTIONS = ("accepted", "search", "decided", "fairness", "pipeline", "reads", "rebuild", "device", "memory")
WITHOUT_INSTALLATION = {"accepted", "search"}
REPORT = ROOT / "docs" / "benchmarks.md"
FIRST = 1000
SEARCHED = 10_000  # posts for the quality of search: they are encoded in a minute
# Imports that alternate with raw passes: enough for a median, long enough to make the start negligible.
PIPELINE_ROUNDS = 4


class Bench:
    """One run. The sections share one installation, which is filled step by step."""

    def __init__(self, table: Table, sections: Sequence[str], *, quick: bool) -> None:
        self._table = table
        self._sections = sections
        self._quick = quick
        self._rounds: list[Round] = []

    def run(self, posts: int, searched: Path) -> None:
        """Measure the selected sections. `searched`: a JSONL file of posts for the quality of search."""
        if "accepted" in self._sections:
            self._add(accepted.measure(*((3, 500) if self._quick else (5, 2000))))
        if "search" in self._sections:
            self._add(search_quality.measure(searched, min(posts, SEARCHED)))
        if set(self._sections) - WITHOUT_INSTALLATION:
            with (
                TemporaryDirectory() as folder,
                running_installation(Path(folder) / "data", OTTIT_RATE_SCALE="1000000") as installation,
            ):
                self._measure_on(installation, list(texts.rows(posts)))

    def _measure_on(self, installation: RunningInstallation, posts: list[dict[str, Any]]) -> None:
        member = sign_up(installation.url, "bench-reader")
        self._fill(installation, posts[:FIRST])
        self._read(member, posts[:FIRST])
        if len(posts) > FIRST:
            size = -(-(len(posts) - FIRST) // PIPELINE_ROUNDS)
            for at in range(FIRST, len(posts), size):
                self._fill(installation, posts[at : at + size])
            if "pipeline" in self._sections:
                self._add(pipeline.lines(self._rounds[1:]))
            self._read(member, posts)
        if "decided" in self._sections:
            self._add(decided.measure(installation, 10 if self._quick else 20, slug_of(posts[0]["community"])))
        if "fairness" in self._sections:
            self._add(fairness.measure(installation, slug_of(posts[0]["community"]), 10 if self._quick else 30))
        if "rebuild" in self._sections:
            self._add(rebuild.measure(installation, 1 if self._quick else 3))
        if "device" in self._sections:
            self._add(device.measure(installation, 50 if self._quick else 200))
        if "memory" in self._sections:
            self._add(memory.measure(installation, len(posts)))

    def _fill(self, installation: RunningInstallation, posts: list[dict[str, Any]]) -> None:
        result = import_posts(installation, posts, with_raw="pipeline" in self._sections)
        self._rounds.append(result)
        encoder = (
            f"; the encoder alone {result.raw:.0f}/s ({result.raw_cpu_ms:.1f} ms of CPU each)" if result.raw else ""
        )
        words = f"  {result.posts} posts imported, {result.ottit:.0f}/s ({result.cpu_ms:.1f} ms of CPU each){encoder}"
        self._table.console.print(words, style="dim")

    def _read(self, member: Member, posts: list[dict[str, Any]]) -> None:
        if "reads" in self._sections:
            like_some(member)
            self._add(reads.measure(member, posts, 300 if self._quick else 2000))

    def _add(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self._table.add(line)


def main(
    quick: Annotated[
        bool, typer.Option("--quick", help="Few posts and short rounds, to check that the benchmark works.")
    ] = False,
    only: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(SECTIONS)}; repeatable.")] = None,
    posts: Annotated[int, typer.Option(help="The number of posts in the installation.", min=100)] = 20_000,
    file: Annotated[
        Path, typer.Option(help="Posts for the section search: JSONL with text, or title and body; may end in .gz.")
    ] = texts.POSTS,
    write: Annotated[bool, typer.Option("--write", help=f"Append the table to {REPORT.relative_to(ROOT)}.")] = False,
) -> None:
    """Measure this machine: each number beside its raw limit, alternating in the same run."""
    unknown = set(only or ()) - set(SECTIONS)
    if unknown:
        raise typer.BadParameter(f"unknown section: {', '.join(sorted(unknown))}")
    table, count = Table(Console(highlight=False)), min(posts, 2 * FIRST) if quick else posts
    Bench(table, only or SECTIONS, quick=quick).run(count, file)
    source = texts.source() if set(only or SECTIONS) - WITHOUT_INSTALLATION else file.name
    table.show(source)
    if write:
        table.append_to(REPORT, f"Posts: {source}. Medians over rounds that alternate Ottit and the raw limit.")


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False)
    command.command()(main)
    command()
