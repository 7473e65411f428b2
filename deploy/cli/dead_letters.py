"""`ottit dead-letters`: messages that could not be processed. Exit codes: 0 done, 1 not all done, 2 usage."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

import typer

from deploy.cli.errors import UNREACHABLE, exit_on, read_settings
from deploy.installation.admin_context import admin_context
from deploy.operations.dead_letters import DeadLetters, NoSuchDeadLetter, as_row, detail_lines, list_line, with_fact
from shared.log.append import ConcurrencyConflict, UnknownOutcome
from shared.log.dead_letters import DeadLetter

dead_letters = typer.Typer(help="Inspect, redrive or drop messages that could not be processed.", no_args_is_help=True)

LetterId = Annotated[int, typer.Argument(help="The id that `ottit dead-letters list` prints.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
T = TypeVar("T")


@dead_letters.command("list")
def list_letters(as_json: AsJson = False) -> None:
    """List all dead letters. Exit code 1 if there are any."""
    letters = _run(_all())
    if as_json:
        typer.echo(json.dumps([as_row(letter) for letter in letters], indent=2))
    else:
        head = f"{'id':>5}  {'since':<16}  {'durable':<24} {'sequence':>8}  reason"
        typer.echo("\n".join([head, *map(list_line, letters)] if letters else ["No dead letters."]))
    raise typer.Exit(1 if letters else 0)


@dead_letters.command()
def show(number: LetterId, as_json: AsJson = False) -> None:
    """Show a dead letter with its fact. Texts stay sealed."""
    fields = with_fact(_run(_one(number)))
    typer.echo(json.dumps(fields, indent=2) if as_json else "\n".join(detail_lines(fields)))


@dead_letters.command()
def redrive(
    number: Annotated[int | None, typer.Argument(help="The id that `ottit dead-letters list` prints.")] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="All dead letters, oldest first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Deliver the message to its handler once more. If it fails again, it stays a dead letter."""
    if (number is None) != all_of_them:
        raise typer.BadParameter("give one id, or --all")
    done = _run(_redrive(number))
    if as_json:
        typer.echo(json.dumps(done, indent=2))
    else:
        lines = [f"{row['id']:>5}  {row['outcome']}  {row['reason']}".rstrip() for row in done]
        typer.echo("\n".join(lines or ["No dead letters."]))
    raise typer.Exit(0 if all(row["outcome"] == "done" for row in done) else 1)


@dead_letters.command()
def drop(
    number: LetterId,
    reason: Annotated[str, typer.Option(prompt="Reason for dropping it", help="Recorded in the log.")],
    as_json: AsJson = False,
) -> None:
    """Drop a dead letter. The log records who dropped it and why; the fact stays in the log."""
    if not reason.strip():
        raise typer.BadParameter("give a reason: the log records it")
    letter = _run(_drop(number, reason.strip()))
    text = f"Dropped: {letter.durable} will not handle sequence {letter.sequence}."
    typer.echo(json.dumps(as_row(letter)) if as_json else text)


async def _all() -> list[DeadLetter]:
    async with _letters() as letters:
        return [letter async for letter in letters.all()]


async def _one(number: int) -> DeadLetter:
    async with _letters() as letters:
        return await letters.one(number)


async def _redrive(number: int | None) -> list[dict[str, Any]]:
    async with _letters() as letters:
        chosen = [letter async for letter in letters.all()] if number is None else [await letters.one(number)]
        answers = [(letter, await letters.redrive(letter)) for letter in chosen]
        return [{"id": letter.number, **answer.model_dump()} for letter, answer in answers]


async def _drop(number: int, reason: str) -> DeadLetter:
    async with _letters() as letters:
        letter = await letters.one(number)
        await letters.drop(letter, reason)
        return letter


@asynccontextmanager
async def _letters() -> AsyncIterator[DeadLetters]:
    async with admin_context(read_settings()) as context:
        yield DeadLetters(context.broker, context.log)


def _run(work: Coroutine[Any, Any, T]) -> T:
    unconfirmed = "The log did not confirm the change: check the list and try again."
    with exit_on(ConcurrencyConflict, UnknownOutcome, message=unconfirmed), exit_on(*UNREACHABLE, NoSuchDeadLetter):
        return asyncio.run(work)
