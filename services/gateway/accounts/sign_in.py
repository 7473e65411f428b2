"""Begins sessions: the last step of every way to sign in."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import BackgroundTasks, Request, Response
from nats.errors import Error as BrokerError

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.guess_limits import GuessLimits, KnownDevices
from services.gateway.accounts.notices import OwnerNotices
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.schemas import Session, account_of
from services.gateway.accounts.sessions import Sessions
from services.gateway.accounts.sign_up import SignUps
from services.gateway.accounts.standing import own_standing
from services.gateway.accounts.user_agents import summarize
from services.gateway.http.caller import Caller, User
from services.gateway.http.session_cookie import DEVICE, read_cookie, set_cookie
from services.gateway.posts.schemas import VoteWeight
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.problems import Forbidden, NotFound, Unauthenticated, Unavailable

logger = logging.getLogger(__name__)
# Longer than people stay away; the cookie only gives its browser guesses of its own.
DEVICE_KNOWN_FOR = timedelta(days=365)


@dataclass(frozen=True)
class SignIn:
    """Checks passwords under a limit, and begins sessions.

    `days`: how long a session lasts at most. `weigh`: returns the weight of a user's votes.
    """

    commands: AccountCommands
    queries: AccountQueries
    sessions: Sessions
    view: View
    limits: GuessLimits
    devices: KnownDevices
    notices: OwnerNotices
    sign_ups: SignUps
    days: int
    weigh: Callable[[User], VoteWeight]

    async def by_password(self, handle: str, password: str, request: Request, response: Response) -> Session:
        """Sign in with a password. Raises like `check_password`.

        A password that is replaced during its check begins no session: who replaced it may have ended all of them.
        """
        before = await self.commands.credentials.read(await self.commands.id_or_empty(handle))
        user_id = await self.check_password(handle, password, request)
        secret, session = await self._begin(user_id, handle, request, response, is_proved=True)
        if (await self.commands.credentials.read(user_id)).password != before.password:
            await self.sessions.end(secret)
            raise Unauthenticated("The password was changed meanwhile. Sign in again.", "wrong_credentials")
        return session

    async def check_password(self, handle: str, password: str, request: Request) -> str:
        """Check a password. Returns the user's id.

        Raises:
            Unauthenticated: `wrong_credentials`.
            TooManyRequests: `too_many_guesses`.
            Unavailable: `overloaded`, too many strangers sign in at once.
        """
        device = self.devices.recognize(await self.commands.id_or_empty(handle), read_cookie(request, DEVICE))
        guess = await self.limits.take(handle, device)
        try:
            user_id = await self.commands.check(handle, password, is_known=bool(device) or is_own(request, handle))
        except Unavailable:  # nobody has looked at the password
            await self.limits.give_back(guess)
            raise
        except Unauthenticated:
            guessed = await self.commands.id_or_empty(handle)
            logger.info("a password was wrong", extra={"user_id": guessed})
            if await self.limits.is_last(guess):
                await self.notices.guessed_too_often(guessed)
            raise
        await self.limits.give_back(guess)
        return user_id

    async def begin(
        self, user_id: str, handle: str, request: Request, response: Response, *, is_proved: bool = True
    ) -> Session:
        """Begin a session and set its cookies. `is_proved`: the user has just proved who they are.

        The session that this browser had before ends: its secret may have been planted by somebody else.
        """
        return (await self._begin(user_id, handle, request, response, is_proved=is_proved))[1]

    async def _begin(
        self, user_id: str, handle: str, request: Request, response: Response, *, is_proved: bool
    ) -> tuple[str, Session]:
        """Begin a session. Returns its secret as well."""
        user = await self._present(user_id, handle)
        guessed_at = (await self.commands.credentials.read(user_id)).guessed_at
        device = summarize(request.headers.get("user-agent", ""))
        if before := read_cookie(request):
            await self.sessions.end(before)
        secret, grant = await self.sessions.begin(user_id, self.days, device, is_proved=is_proved)
        logger.info("a session began", extra={"user_id": user_id, "path": request.url.path})
        set_cookie(request, response, secret, grant.expires_at)
        known_until = datetime.now(UTC) + DEVICE_KNOWN_FOR
        set_cookie(request, response, self.devices.issue(user.id), known_until, name=DEVICE)
        return secret, Session(
            **own_standing(user, self.sign_ups.may_invite(user.id), datetime.now(UTC)).model_dump(),
            user=account_of(user),
            csrf_token=grant.csrf,
            expires_at=grant.expires_at,
            vote_weight=self.weigh(user),
            guessed_at=guessed_at,
        )

    async def renew(self, request: Request, response: Response, tasks: BackgroundTasks) -> None:
        """Replace the session of a user who has just proved again who they are, as OWASP ASVS 5, 7.2.4, wants it.

        The old one ends after the answer: until then the browser may send requests with it.

        Raises:
            Forbidden: `session_needed`, a token has proved something. A cookie beside it may be another user's.
        """
        caller: Caller = request.state.caller
        if caller.grant is None or caller.grant.kind != "session":
            raise Forbidden("Sign in with a browser to confirm that it is you.", "session_needed")
        before = read_cookie(request)
        if renewed := await self.sessions.renew(before):
            secret, grant = renewed
            set_cookie(request, response, secret, grant.expires_at)
            tasks.add_task(self._end, before)

    async def _end(self, secret: str) -> None:
        try:
            await self.sessions.end(secret)
        except (BrokerError, TimeoutError, ConnectionError) as error:
            # It stays in its user's list.
            logger.warning("a replaced session was not ended", extra={"error": type(error).__name__})

    async def _present(self, user_id: str, handle: str) -> User:
        """Return the user from this replica's view, after finishing a sign-up that stopped after taking the handle."""
        user = self.queries.user_by_id(user_id)
        if user is None and handle and (registered := await self.sign_ups.finish(user_id, handle)):
            await self.view.wait_for(registered.sequence, SEE_OWN_WRITE_S)
            user = self.queries.user_by_id(user_id)
        if user is None or user.erased:
            raise NotFound("This account is not available yet. Try again in a moment.")
        return user


def is_own(request: Request, handle: str) -> bool:
    """Return whether a user who is signed in gives the password of their own account."""
    caller: Caller = request.state.caller
    return caller.user is not None and caller.user.handle == handle
