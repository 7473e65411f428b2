"""Tests that a damaged file of the broker never passes silently: the log is whole, or writes are refused."""

import asyncio
from pathlib import Path
from random import Random
from secrets import token_hex, token_urlsafe

import pytest

from shared.security.permissions import SERVICES
from tests.faults.damage import files_of, random_damage, stream_folder
from tests.faults.damaged_copies import StoppedInstallation, make_installation, run_trial

pytestmark = pytest.mark.broker
SIGNED, UNSIGNED = 30, 6
# Few block trials in the ordinary run, because each starts a broker.
BLOCK_TRIALS, FILE_TRIALS = 8, 150


async def made(tmp_path: Path, *, kill: bool) -> StoppedInstallation:
    passwords = {name: f"p{token_hex(8)}" for name in ("operator", *SERVICES)}
    return await make_installation(tmp_path / "whole", passwords, signed=SIGNED, unsigned=UNSIGNED, kill=kill)


async def try_damage(installation: StoppedInstallation, tmp_path: Path, files: list[Path], seed: str) -> str:
    """Damage one of the files (relative paths) by the seed; return what happened. Fails if a loss is not reported."""
    random = Random(seed)
    copy = installation.copy(tmp_path / "damaged")
    damage = random_damage(copy.folder / random.choice(files), random)
    outcome = await run_trial(copy, damage)
    told = f"seed {seed}: {damage.file.relative_to(copy.folder)} at {damage.at}, bit {damage.bit}: {outcome.refused}"
    assert outcome.refused or list(outcome.facts) == list(installation.facts), f"facts are silently lost: {told}"
    return told


@pytest.mark.parametrize("kill", [False, True], ids=["clean stop", "killed"])
async def test_a_damaged_block_of_the_log_is_never_silent(tmp_path: Path, kill: bool) -> None:
    installation = await made(tmp_path, kill=kill)
    blocks = [
        file.relative_to(installation.folder)
        for file in files_of(stream_folder(installation.folder / "broker", "EVENTS"))
        if file.suffix == ".blk"
    ]
    stories = [
        await try_damage(installation, tmp_path, blocks, f"{token_urlsafe(4)}-{trial}") for trial in range(BLOCK_TRIALS)
    ]
    assert any("damaged" in story for story in stories), stories


@pytest.mark.faults
@pytest.mark.parametrize("kill", [False, True], ids=["clean stop", "killed"])
async def test_damage_anywhere_in_the_store_is_never_silent(tmp_path: Path, kill: bool) -> None:
    installation = await made(tmp_path, kill=kill)
    files = [file.relative_to(installation.folder) for file in files_of(installation.folder / "broker" / "jetstream")]
    for trial in range(FILE_TRIALS):
        print(await try_damage(installation, tmp_path, files, f"{token_urlsafe(4)}-{trial}"))
        await asyncio.sleep(0)
