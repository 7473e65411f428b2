"""Checks an installation before a backup: a damaged one must not replace the last good people file unnoticed."""

from collections.abc import Iterable
from pathlib import Path

from nats.aio.client import Client

from deploy.operations.backup_file import DamagedBackup
from deploy.operations.lost_people import lost_people
from deploy.operations.people_file import PEOPLE_FILE, People, WrongMasterKey, owner_of, read_people
from shared.log.integrity import LogIntegrity
from shared.log.lost_messages import unreadable_messages

KEEP = "Keep all earlier backups and their people.backup. To save what is left nevertheless, add --damaged."


class DamagedInstallation(Exception):
    """The installation has lost something that earlier backups may have."""


async def require_whole_streams(broker: Client, names: Iterable[str]) -> None:
    """Raise DamagedInstallation if the log has lost facts, or messages of a stream cannot be read."""
    if found := await LogIntegrity(broker).finding():
        raise DamagedInstallation(f"{found} {KEEP}")
    for name in names:  # the broker's own check before a snapshot does not notice it
        if count := await unreadable_messages(broker, name):
            raise DamagedInstallation(f"{name} is damaged: {count} messages cannot be read. {KEEP}")


async def require_whole_people(broker: Client, people: People, master_key: str) -> None:
    """Raise DamagedInstallation if users of the log have no key or no credentials."""
    if lost := str(await lost_people(broker, people, master_key)):
        raise DamagedInstallation(
            f"The broker has lost {lost}. Put them back: `ottit restore-people` with the newest {PEOPLE_FILE}. {KEEP}"
        )


def with_earlier(people: People, file: Path, master_key: str) -> People:
    """Add what an earlier people file has of users who are not erased, if it can be read."""
    try:
        earlier = read_people(file, master_key)
    except (WrongMasterKey, DamagedBackup):
        return people
    gone = set(people.erased)
    keys = {person: key for person, key in earlier.keys.items() if person not in gone}
    accounts = {handle: value for handle, value in earlier.accounts.items() if owner_of(value) not in gone}
    whole = {handle: value for handle, value in people.accounts.items() if owner_of(value)}
    return people.model_copy(update={"keys": people.keys | keys, "accounts": accounts | whole})
