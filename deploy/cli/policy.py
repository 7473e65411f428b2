"""`ottit policy`: moderation policies. Exit codes: 0 done, 1 refused, 2 invalid policy files."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from deploy.cli.errors import UNREACHABLE, exit_on, read_settings
from deploy.cli.policy_text import differences, history_line, summary
from deploy.installation.admin_context import admin_context, operator_secrets_folder
from deploy.installation.signing_keys import activate_next_policy_key, open_policy_keys, prepare_next_policy_key
from deploy.policy.case_runner import failed_cases
from deploy.policy.policy_admin import SHORT_DIGEST, CannotActivate, PolicyAdmin
from deploy.policy.provider_trial import require_provider
from shared.log.append import ConcurrencyConflict, UnknownOutcome
from shared.log.events import PolicyActivated
from shared.policy import DEFAULT_POLICY, Policy, PolicyError, load_policy
from shared.policy.bundle import InvalidBundle
from shared.policy.bundle_store import NoPolicy
from shared.policy.load import needs_provider
from shared.policy.public_view import split
from shared.policy.signing import UntrustedSignature

policy = typer.Typer(help="Show, change and roll back the moderation policy.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="A folder with policy.yaml, prompts.yaml and cases.yaml.")]
Which = Annotated[str, typer.Argument(help="A folder, the beginning of a digest, or `active`.")]
Untried = Annotated[bool, typer.Option("--untried", help="Activate without asking the AI provider first.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Answer = TypeVar("Answer")


@policy.command()
def lint(folder: Folder = DEFAULT_POLICY, as_json: AsJson = False) -> None:
    """Check a policy's files and run its test cases. Works without a running installation."""
    candidate = None
    try:
        candidate = load_policy(folder)
        problems = failed_cases(candidate)
    except PolicyError as error:
        problems = list(error.problems)
    if as_json:
        typer.echo(json.dumps({"digest": candidate.digest if candidate else None, "problems": problems}))
    else:
        typer.echo("\n".join(problems) or summary(_read(folder)))
    raise typer.Exit(2 if problems else 0)


@policy.command()
def build(folder: Folder = DEFAULT_POLICY, as_json: AsJson = False) -> None:
    """Check, sign and store a policy. It has no effect until it is activated."""
    bundle = _run(_build(_read(folder)))
    _print(as_json, {"digest": bundle}, f"Stored as {bundle}\nNext: ottit policy activate {bundle[:SHORT_DIGEST]}")


@policy.command()
def show(which: Which = "active", as_json: AsJson = False) -> None:
    """Show a policy and the history of active policies."""
    selected, history = _run(_show(_source(which)))
    if as_json:
        view, overlay = split(selected)
        typer.echo(json.dumps({"view": view.model_dump(mode="json"), "overlay": overlay.model_dump(mode="json")}))
        return
    typer.echo("\n".join([summary(selected), *history]))


@policy.command()
def diff(old: Which, new: Which = str(DEFAULT_POLICY)) -> None:
    """Show the differences between two policies."""
    before, after = _source(old), _source(new)
    if isinstance(before, str) or isinstance(after, str):
        before, after = _run(_pair(before, after))
    typer.echo("\n".join(differences(before, after)) or "The policies are the same.")


@policy.command()
def activate(which: Which, untried: Untried = False, as_json: AsJson = False) -> None:
    """Activate a policy if its test cases pass, and the AI provider works if it needs one. A folder is built first."""
    selected = _run(_activate(_source(which), tries_provider=not untried))
    text = f"Active: {selected.name} version {selected.version}, {selected.digest}"
    _print(as_json, {"digest": selected.digest, "version": selected.version}, text)


@policy.command()
def rollback(
    which: Annotated[
        str, typer.Argument(help="The beginning of a digest. Default: the policy that was active before.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Go back to an earlier policy, with a signed note so that browsers accept the lower version."""
    selected = _run(_go_back(which))
    text = f"Active again: {selected.name} version {selected.version}, {selected.digest}"
    _print(as_json, {"digest": selected.digest, "version": selected.version}, text)


@policy.command()
def rotate() -> None:
    """Create a new signing key, introduced by the old one, which stays valid for existing versions only."""
    typer.echo(f"Policies are now signed with the key {_run(_rotate())}. Back up the data folder.")


async def _build(candidate: Policy) -> str:
    async with _policy_admin() as admin:
        return (await admin.draft(candidate)).digest


async def _show(which: Policy | str) -> tuple[Policy, list[str]]:
    async with _policy_admin() as admin:
        signing = admin.keys.signing.key_id
        key = f"  Signing key: {signing} (users can compare it with the key that their browser shows)."
        return await _find(admin, which), [*map(history_line, await admin.history()), key]


async def _pair(old: Policy | str, new: Policy | str) -> tuple[Policy, Policy]:
    async with _policy_admin() as admin:
        return await _find(admin, old), await _find(admin, new)


async def _activate(which: Policy | str, *, tries_provider: bool) -> Policy:
    async with _policy_admin() as admin:
        selected = await _find(admin, which)
        if tries_provider and needs_provider(selected):
            typer.echo("Asking the AI provider about a sample text …", err=True)
            await require_provider(admin.broker)
        await admin.draft(selected)
        await admin.activate(selected)
        return selected


async def _go_back(which: str) -> Policy:
    async with _policy_admin() as admin:
        selected = await _find(admin, which) if which else await _before(admin)
        await admin.activate(selected, back=True)
        return selected


async def _before(admin: PolicyAdmin) -> Policy:
    """Return the policy that was active before the current one."""
    activated = [event.data for event in await admin.history() if isinstance(event.data, PolicyActivated)]
    others = [fact.digest for fact in activated if fact.digest != activated[-1].digest]
    if not others:
        raise CannotActivate("No other policy was active before.")
    return (await admin.read(others[-1])).policy


async def _rotate() -> str:
    secrets = operator_secrets_folder(read_settings())
    async with _policy_admin() as admin:
        first: dict[str, int] = {}
        for event in await admin.history():
            version = getattr(event.data, "version", 0)
            first[event.entity_id] = max(first.get(event.entity_id, 0), version + 1)
        note = prepare_next_policy_key(secrets, first)
        await admin.bundles.store_successor(note)
        keys = activate_next_policy_key(secrets, note)
        await replace(admin, keys=keys).renew()
        return keys.signing.key_id


def _source(which: str) -> Policy | str:
    """Return the policy of a folder; a text that is not a folder is looked up on the broker later."""
    return _read(Path(which)) if Path(which).exists() else which


async def _find(admin: PolicyAdmin, which: Policy | str) -> Policy:
    if isinstance(which, Policy):
        return which
    if which == "active":
        return (await admin.active_policy()).policy
    digests = {str(getattr(event.data, "digest", "")) for event in await admin.history()}
    matching = [digest for digest in digests if digest.startswith(which)]
    if len(matching) != 1:
        raise CannotActivate(
            f"{len(matching) or 'No'} policies begin with {which!r}. List them with `ottit policy show`."
        )
    return (await admin.read(matching[0])).policy


@asynccontextmanager
async def _policy_admin() -> AsyncIterator[PolicyAdmin]:
    settings = read_settings()
    async with admin_context(settings) as context:
        yield await PolicyAdmin.open(context.broker, open_policy_keys(operator_secrets_folder(settings)))


def _read(folder: Path) -> Policy:
    try:
        return load_policy(folder)
    except PolicyError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def _run(work: Coroutine[Any, Any, Answer]) -> Answer:
    overtaken = "Another change happened at the same time: check with `ottit policy show`."
    refusals = (NoPolicy, InvalidBundle, CannotActivate, UntrustedSignature)
    with exit_on(ConcurrencyConflict, UnknownOutcome, message=overtaken), exit_on(*UNREACHABLE, *refusals):
        return asyncio.run(work)


def _print(as_json: bool, facts: dict[str, object], text: str) -> None:
    typer.echo(json.dumps(facts) if as_json else text)
