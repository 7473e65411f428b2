"""Builds the objects behind sign-up, passwords, mails and sign-in, which belong together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from nats.aio.client import Client

from services.gateway.accounts.approvals import Approvals
from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.erasure import Erasures
from services.gateway.accounts.guess_limits import GuessLimits, KnownDevices
from services.gateway.accounts.mail import Mailer, SmtpSettings
from services.gateway.accounts.mail_commands import MailCommands
from services.gateway.accounts.notices import OwnerNotices
from services.gateway.accounts.oidc_entry import OidcEntry
from services.gateway.accounts.oidc_services import oidc_entry
from services.gateway.accounts.passkey_challenges import PasskeyChallenges
from services.gateway.accounts.passkey_commands import PasskeyCommands
from services.gateway.accounts.password_commands import PasswordCommands
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.sessions import Sessions
from services.gateway.accounts.shared_guesses import SharedGuesses
from services.gateway.accounts.sign_in import SignIn
from services.gateway.accounts.sign_up import GUESSED, SignUps
from services.gateway.http.caller import User
from services.gateway.invitations.commands import InvitationCommands
from services.gateway.invitations.queries import may_invite
from services.gateway.posts.schemas import VoteWeight
from services.gateway.settings import Settings
from services.gateway.view.view import View
from shared.log.append import Log
from shared.security.data_keys import DataKeyStore
from shared.security.sealing import master_keys


@dataclass(frozen=True)
class Connections:
    """The broker, and what reads and writes through it. `weigh`: returns the weight of a user's votes."""

    broker: Client
    log: Log
    keys: DataKeyStore
    view: View
    weigh: Callable[[User], VoteWeight]


@dataclass(frozen=True)
class AccountServices:
    """The objects that routes of accounts use besides queries."""

    commands: AccountCommands
    sessions: Sessions
    erasures: Erasures
    passwords: PasswordCommands
    mails: MailCommands
    entry: SignIn
    sign_ups: SignUps
    invitations: InvitationCommands
    approvals: Approvals
    notices: OwnerNotices
    mailer: Mailer
    passkeys: PasskeyCommands
    challenges: PasskeyChallenges
    oidc: OidcEntry

    @classmethod
    def build(cls, settings: Settings, queries: AccountQueries, through: Connections) -> "AccountServices":
        """Build the objects around those that exist already."""
        signing_key, keys = master_keys(settings.master_key.get_secret_value())[0], through.keys
        commands = AccountCommands(through.broker, keys, through.log, settings.oidc_issuer)
        sessions = Sessions(through.broker, keys, settings.session_idle_days)
        mailer, passwords = mailer_of(settings), PasswordCommands(commands)
        notices = OwnerNotices(commands.credentials, keys, mailer)
        guesses = SharedGuesses(through.broker, signing_key)
        invitations = _invitations(settings, queries, through)
        sign_ups = SignUps(commands, queries, invitations, settings.sign_ups, GuessLimits(guesses, refusal=GUESSED))
        approvals = Approvals(through.log, keys)
        entry = SignIn(
            commands, queries, sessions, through.view, GuessLimits(guesses), KnownDevices(signing_key), notices,
            sign_ups, settings.session_days, through.weigh,
        )  # fmt: skip
        return cls(
            commands=commands,
            sessions=sessions,
            erasures=Erasures(
                commands, queries, sessions, through.view, invitations=invitations, approvals=approvals
            ),
            passwords=passwords,
            mails=MailCommands(
                commands, passwords, keys, notices, signing_key=signing_key, public_url=settings.site_url
            ),
            entry=entry,
            sign_ups=sign_ups,
            invitations=invitations,
            approvals=approvals,
            notices=notices,
            mailer=mailer,
            passkeys=PasskeyCommands(commands, passwords, keys),
            challenges=PasskeyChallenges(through.broker, signing_key, settings.public_url),
            oidc=oidc_entry(settings, entry, passwords, broker=through.broker, keys=keys),
        )  # fmt: skip


def mailer_of(settings: Settings) -> Mailer:
    """Return the sender of mails."""
    return Mailer(
        SmtpSettings(
            host=settings.smtp_host,
            port=settings.smtp_port,
            user=settings.smtp_user,
            password=settings.smtp_password,
            sender=settings.smtp_from,
            tls=settings.smtp_tls,
        )
    )


def _invitations(settings: Settings, users: AccountQueries, through: Connections) -> InvitationCommands:
    def invites(user_id: str) -> bool:
        return may_invite(users.user_by_id(user_id), settings.inviters, datetime.now(UTC))

    return InvitationCommands(through.broker, through.log, invites)
