"""The broker's store: before its streams had an account of their own, they were in the broker's global account."""

import os
from pathlib import Path

from shared.security.broker_accounts import STREAMS_ACCOUNT

# In containers, deploy/nats/start.sh does the same.
GLOBAL_ACCOUNT = "$G"


def move_streams(store: Path) -> bool:
    """Move the streams of an earlier version to the account in which the broker looks for them now.

    Call it while the broker is stopped. The account is only a folder's name: nothing in the files refers to it. Safe to
    repeat. Returns whether anything was moved.
    """
    accounts = store / "jetstream"
    earlier, now = accounts / GLOBAL_ACCOUNT, accounts / STREAMS_ACCOUNT
    if not earlier.is_dir() or now.exists():
        return False
    earlier.rename(now)
    folder = os.open(accounts, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True
