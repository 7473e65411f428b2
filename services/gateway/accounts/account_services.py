"""Builds the objects behind passwords, mails and sign-in, which belong together."""

from collections.abc import Callable
from dataclasses import dataclass

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.guess_limits import GuessLimits, KnownDevices
from services.gateway.accounts.mail import Mailer
from services.gateway.accounts.mail_commands import MailCommands
from services.gateway.accounts.notices import OwnerNotices
from services.gateway.accounts.passkey_challenges import PasskeyChallenges
from services.gateway.accounts.passkey_commands import PasskeyCommands
from services.gateway.accounts.password_commands import PasswordCommands
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.sessions import Sessions
from services.gateway.accounts.sign_in import SignIn
from services.gateway.http.caller import User
from services.gateway.posts.schemas import VoteWeight
from services.gateway.view.view import View
from shared.security.data_keys import DataKeyStore


@dataclass(frozen=True)
class SignInOptions:
    """`session_days`: how long a session lasts at most. `public_url`: the site's address; empty if it is not set.

    `weigh`: returns the weight of a user's votes.
    """

    session_days: int
    public_url: str
    weigh: Callable[[User], VoteWeight]


@dataclass(frozen=True)
class AccountServices:
    """The objects that routes of accounts use besides commands, queries and sessions."""

    passwords: PasswordCommands
    mails: MailCommands
    entry: SignIn
    mailer: Mailer
    passkeys: PasskeyCommands
    challenges: PasskeyChallenges

    @classmethod
    def build(
        cls, commands: AccountCommands, queries: AccountQueries, sessions: Sessions, view: View,
        *, keys: DataKeyStore, mailer: Mailer, signing_key: bytes, options: SignInOptions,
    ) -> "AccountServices":  # fmt: skip
        """Build the objects around those that exist already."""
        passwords, notices = PasswordCommands(commands), OwnerNotices(commands.credentials, keys, mailer)
        return cls(
            passwords=passwords,
            mails=MailCommands(
                commands, passwords, keys, notices, signing_key=signing_key, public_url=options.public_url
            ),
            entry=SignIn(
                commands, queries, sessions, view, GuessLimits(), KnownDevices(signing_key), notices,
                options.session_days, options.weigh,
            ),
            mailer=mailer,
            passkeys=PasskeyCommands(commands, passwords, keys),
            challenges=PasskeyChallenges(signing_key, options.public_url),
        )  # fmt: skip
