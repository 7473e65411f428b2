"""Routes of passwords, recovery codes, mail addresses and proofs."""

from dataclasses import dataclass

from fastapi import APIRouter, BackgroundTasks, Request, Response

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.mail_commands import MailCommands
from services.gateway.accounts.password_commands import PasswordCommands
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.security_schemas import (
    Mail,
    MailConfirmation,
    MailIn,
    PasswordChange,
    ProofIn,
    RecoveryCodes,
    ResetCompletion,
    ResetRequest,
    Security,
)
from services.gateway.accounts.sign_in import SignIn
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from shared.problems import Forbidden, Unauthenticated

# Mails to one account: a stranger who asks for more only fills its owner's mailbox.
RESETS = "reset by mail"


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    commands: AccountCommands
    queries: AccountQueries
    passwords: PasswordCommands
    mails: MailCommands
    entry: SignIn

    @guarded("GET", "/me/security", "see_security")
    async def see_security(self, caller: CallerIn) -> Security:
        """Read how you sign in: password, recovery codes and mail address."""
        user = caller.require_user()
        stored = await self.commands.credentials.read(user.id)
        address = await self.entry.notices.address_of(user.id, stored.mail)
        return Security(
            has_password=await self.commands.has_password(user.handle),
            recovery_codes=len(stored.recovery_codes),
            mail=Mail(address=address, confirmed=stored.mail_confirmed) if address else None,
            mail_available=self.entry.notices.mailer.available,
            guessed_at=stored.guessed_at,
        )

    @guarded("POST", "/me/proof", "prove_identity", status_code=204)
    async def prove_identity(
        self, proof: ProofIn, request: Request, response: Response, tasks: BackgroundTasks, caller: CallerIn
    ) -> None:
        """Prove by your password that it is you. For 10 minutes this session may change how you sign in.

        Its cookie is replaced, its CSRF token stays. If the password is wrong: 403 `wrong_password`.
        """
        try:
            await self.entry.check_password(caller.require_user().handle, proof.password, request)
        except Unauthenticated as error:
            raise Forbidden("The password is wrong.", "wrong_password") from error
        await self.entry.renew(request, response, tasks)

    @guarded("POST", "/me/password", "change_password", status_code=204)
    async def change_password(self, wanted: PasswordChange, caller: CallerIn) -> None:
        """Change your password. If the current one is wrong: 403 `wrong_password`. Your tokens stay valid.

        With `end_other_sessions`, all other browsers are signed out.
        """
        user = caller.require_user()
        async with self.entry.limits.counted(user.handle, user.id):
            await self.passwords.change(user.id, user.handle, wanted.current, wanted.new)
        if wanted.end_other_sessions:
            await self.entry.sessions.end_others(user.id, caller.grant.id if caller.grant else "")
        await self.entry.notices.mail(user.id, "Your password was changed", _NOT_YOU)

    @guarded("POST", "/me/recovery-codes", "change_sign_in", status_code=201, summary="Create recovery codes")
    async def create_recovery_codes(self, caller: CallerIn) -> RecoveryCodes:
        """Replace your recovery codes. They are shown only once; each sets one new password without the old one."""
        return RecoveryCodes(codes=await self.passwords.new_recovery_codes(caller.require_user().id))

    @guarded("PUT", "/me/mail", "change_sign_in", status_code=204, summary="Set your mail address")
    async def set_mail(self, wanted: MailIn, caller: CallerIn) -> None:
        """Set the address for reset codes and notices about your account. It counts once you confirm it.

        Only you and this site's operator can read it. Without a mail server: 409 `mail_unavailable`.
        """
        await self.mails.set(caller.require_user().id, wanted.address)

    @guarded("POST", "/me/mail/confirmation", "prove_identity", status_code=204, summary="Confirm your mail address")
    async def confirm_mail(self, confirmation: MailConfirmation, caller: CallerIn) -> None:
        """Confirm your address with the code of the last mail. Otherwise 422 `wrong_code`."""
        await self.mails.confirm(caller.require_user().id, confirmation.code)

    @guarded("DELETE", "/me/mail", "change_sign_in", status_code=204, summary="Remove your mail address")
    async def remove_mail(self, caller: CallerIn) -> None:
        """Remove your address: no more notices, and no reset by mail."""
        await self.mails.remove(caller.require_user().id)

    @guarded("POST", "/password-resets", "reset_password", status_code=202, summary="Ask for a reset code by mail")
    async def request_reset(self, wanted: ResetRequest) -> None:
        """Mail a code for a new password if the account has a confirmed address. The answer is always the same."""
        await self.entry.limits.take(wanted.handle, RESETS)
        self.mails.request_reset(wanted.handle)

    @guarded("POST", "/password-resets/completion", "reset_password", status_code=204, summary="Set a new password")
    async def complete_reset(self, wanted: ResetCompletion, caller: CallerIn) -> None:
        """Set a new password with a code, and end all sessions. A wrong, used or expired code: 401 `wrong_code`."""
        if wanted.handle:
            # By address: nobody guesses a code of 128 bits, and strangers must not keep the owner from using theirs.
            async with self.entry.limits.counted(wanted.handle, f"recovery from {caller.address}"):
                user_id = await self.passwords.recover(wanted.handle, wanted.code, wanted.new)
        else:
            owner = self.queries.user_by_id(wanted.code.partition(".")[0])
            user_id = await self.passwords.reset(wanted.code, wanted.new, owner.handle if owner else "")
        await self.entry.sessions.end_others(user_id, "")
        await self.entry.notices.mail(user_id, "Your password was changed", _NOT_YOU)


_NOT_YOU = (
    "The password of your account was changed. If it was not you, ask the operator of the site for a new one, and end "
    "all sessions on your account page."
)


def router(
    *,
    commands: AccountCommands,
    queries: AccountQueries,
    passwords: PasswordCommands,
    mails: MailCommands,
    entry: SignIn,
) -> APIRouter:
    """Return the routes of passwords and of the ways to get a new one."""
    return router_of(Routes(commands, queries, passwords, mails, entry), prefix="/v1", tags=["people"])
