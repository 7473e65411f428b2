"""Counts wrong guesses of all replicas in the stream `GUESSES`, whose own limits the broker keeps for every writer.

The broker's clock alone ends a guess, so that the clocks of the replicas may differ.
"""

import hashlib
import hmac
import logging

import orjson
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import APIError

from shared.log.streams import SECOND, STREAMS

logger = logging.getLogger(__name__)
STREAM = "GUESSES"
_DECLARED = next(one for one in STREAMS if one["name"] == STREAM)
GUESSES: int = _DECLARED["max_msgs_per_subject"]
WINDOW_S = float(_DECLARED["max_age"] / SECOND)
# The broker's error text for one message more than a subject takes; a full stream has the same code.
FULL_SUBJECT = "per subject"
# A sign-in waits this long for the count, and goes on with that of its own replica.
TIMEOUT_S = 2.0


class GuessesUsedUp(Exception):
    """All replicas together have seen as many guesses as are allowed."""


class SharedGuesses:
    """Adds, counts and removes guesses. Subjects are MACs: they show neither handles nor devices."""

    def __init__(self, broker: Client, key: bytes) -> None:
        self._broker = broker
        self._key = hmac.digest(key, b"ottit guesses", "sha256")

    async def add(self, account: str, device: str) -> int:
        """Count a guess. Returns its sequence; 0 if the broker cannot count now.

        Raises:
            GuessesUsedUp: it is one too many.
        """
        try:
            ack = await self._broker.jetstream(timeout=TIMEOUT_S).publish(self._subject(account, device), stream=STREAM)
        except APIError as error:
            if FULL_SUBJECT in (error.description or ""):
                raise GuessesUsedUp from error
            _log(error)
        except (BrokerError, OSError, TimeoutError) as error:
            _log(error)
        else:
            return ack.seq
        return 0

    async def count(self, account: str, device: str) -> int:
        """Return the number of guesses that count now; 0 if the broker does not answer."""
        subject = self._subject(account, device)
        asked = orjson.dumps({"subjects_filter": subject})
        try:
            answer = await self._broker.request(f"$JS.API.STREAM.INFO.{STREAM}", asked, timeout=TIMEOUT_S)
            subjects = orjson.loads(answer.data)["state"].get("subjects") or {}
            return int(subjects.get(subject, 0))
        except (BrokerError, OSError, TimeoutError, KeyError) as error:
            _log(error)
            return 0

    async def remove(self, sequence: int) -> None:
        """Remove a guess; without the broker's answer it counts until it ends."""
        try:
            await self._broker.jsm(timeout=TIMEOUT_S).delete_msg(STREAM, sequence)
        except (BrokerError, OSError, TimeoutError) as error:
            _log(error)

    def _subject(self, account: str, device: str) -> str:
        mac = hmac.new(self._key, f"{account}\0{device}".encode(errors="replace"), hashlib.sha256)
        return f"guesses.{mac.hexdigest()[:32]}"


def _log(error: Exception) -> None:
    logger.warning("guesses are counted by this replica alone", extra={"error": type(error).__name__})
