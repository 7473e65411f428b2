"""Sends mails through the operator's SMTP server."""

import asyncio
import logging
from collections.abc import Coroutine
from email.message import EmailMessage
from typing import Any

import aiosmtplib
from nats.errors import Error as BrokerError
from pydantic import BaseModel, ConfigDict, SecretStr

from shared.log.append import UnknownOutcome
from shared.problems import Problem
from shared.tasks import cancel_and_wait

logger = logging.getLogger(__name__)
# Mail servers delay strangers on purpose, some for half a minute.
TIMEOUT_S = 60.0
# Mails that are under way; more are dropped and logged, so that a dead server costs no memory.
AT_ONCE = 100


class SmtpSettings(BaseModel):
    """The SMTP server and the sender. An empty host: no mails."""

    model_config = ConfigDict(frozen=True)
    host: str
    port: int
    user: str
    password: SecretStr
    sender: str
    tls: str


class Mailer:
    """Sends mails in the background: the answer to a request must not tell if a mail was sent."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def available(self) -> bool:
        """True if an SMTP server is set."""
        return bool(self._settings.host)

    def send(self, to: str, subject: str, text: str) -> None:
        """Send a mail soon. Failures are logged for the operator, without the address."""
        if not self.available:
            return
        self.soon(self._send(_message(self._settings.sender, to, subject, text)))

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work that ends in a mail, in the background."""
        if len(self._sending) >= AT_ONCE:
            logger.error("a mail was not sent: too many are under way. Check the SMTP server")
            work.close()
            return
        task = asyncio.create_task(_logged(work), name="mail")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Give up on the mails that are under way."""
        for task in tuple(self._sending):
            await cancel_and_wait(task)

    async def _send(self, message: EmailMessage) -> None:
        settings = self._settings
        try:
            await aiosmtplib.send(
                message,
                hostname=settings.host,
                port=settings.port,
                username=settings.user or None,
                password=settings.password.get_secret_value() or None,
                use_tls=settings.tls == "tls",
                start_tls=settings.tls == "starttls",
                timeout=TIMEOUT_S,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            # Not the error's text: it may quote the address.
            logger.error("a mail was not sent. Check the SMTP settings", extra={"error": type(error).__name__})


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except (Problem, UnknownOutcome, BrokerError, OSError, TimeoutError) as error:
        logger.error("a mail was not prepared", extra={"error": type(error).__name__})


def _message(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, f"Ottit: {subject}"
    message.set_content(text)
    return message
