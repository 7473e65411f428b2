"""Takes sign-ups as the site's setting says. Every way in which somebody can create an account passes here."""

from dataclasses import dataclass

from services.gateway.accounts.commands import AccountCommands, NewUser, Registered
from services.gateway.accounts.guess_limits import GuessLimits
from services.gateway.accounts.handle_entries import Admission
from services.gateway.accounts.handles import is_reserved
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.schemas import SignUpMode
from services.gateway.invitations.commands import InvitationCommands
from shared.ids import new_id
from shared.problems import Conflict, Forbidden, Invalid, NotFound

# Apart from guesses of passwords: somebody may try to sign in with an address as the handle.
INVITATIONS = "invitations"
GUESSED = "Too many wrong invitations from your address. Wait, and ask for a new invitation."


@dataclass(frozen=True)
class Wish:
    """A sign-up as it is asked for. `address`: of the browser, whose wrong invitations are counted.

    Without a password, the caller stores another way to sign in.
    """

    handle: str
    password: str
    address: str
    invitation: str = ""  # a code
    reason: str = ""  # for those who approve


@dataclass(frozen=True)
class SignUps:
    """Admits new users: checks the invitation and the handle, creates the account, and gives a use back otherwise."""

    commands: AccountCommands
    queries: AccountQueries
    invitations: InvitationCommands
    mode: SignUpMode
    guesses: GuessLimits

    def require_open(self) -> None:
        """Check that somebody may sign up.

        Raises:
            Forbidden: `sign_ups_closed`.
        """
        if self.mode == "closed":
            raise Forbidden("This site takes no new members.", "sign_ups_closed")

    async def create(self, wish: Wish, user_id: str = "") -> Registered:
        """Create an account. `user_id`: of a sign-up without a password; a repeat has the same one.

        Raises:
            Forbidden: `sign_ups_closed`, `invitation_needed` or `invitation_invalid`.
            TooManyRequests: `too_many_guesses`, after several wrong invitations from one address.
            Conflict: `handle_taken` or `handle_looks_alike`.
            Invalid: `handle_reserved`, or the password is too easy to guess.
        """
        self._check_open(wish)
        if wish.password and (repeated := await self.commands.repeat(wish.handle, wish.password, self._reason(wish))):
            return repeated
        user_id = user_id or new_id()
        admission = await self._admit(wish, user_id)
        try:
            await self.check_handle(wish.handle)
            new = NewUser(admission, self._reason(wish) if admission.waits else "")
            created = await self.commands.create(wish.handle, wish.password, user_id=user_id, new=new)
        except (Conflict, Invalid):
            await self._give_back(admission, user_id)
            raise
        if created.user_id != user_id:  # another request with the same sign-up was faster
            await self._give_back(admission, user_id)
        return created

    def may_invite(self, user_id: str) -> bool:
        """Return whether this user may make invitations, and the site asks for them."""
        return self.mode in ("invitation", "approval") and self.invitations.may_invite(user_id)

    async def finish(self, user_id: str, handle: str) -> Registered | None:
        """Finish a sign-up that stopped after taking the handle; None if the handle is another user's.

        Raises:
            Forbidden: `invitation_invalid`, the use of its invitation has lapsed and went to somebody else.
        """
        entry = await self.commands.handles.read(handle)
        if entry is None or entry.id != user_id:
            return None
        if entry.admission.invitation:
            await self.invitations.take_by_id(entry.admission.invitation, user_id)
        return await self.commands.register(user_id, handle, NewUser(entry.admission))

    async def check_handle(self, handle: str) -> None:
        """Check that a new user may have a handle.

        Raises:
            Conflict: `handle_looks_alike`, or `handle_taken` if its entry is lost.
            Invalid: `handle_reserved`.
        """
        if is_reserved(handle):
            raise Invalid(f"The handle {handle} could be taken for the site itself.", "handle_reserved")
        if self.queries.looks_like_another(handle):
            raise Conflict(f"The handle {handle} looks like that of another user.", "handle_looks_alike")
        if self.queries.user_by_handle(handle):
            try:
                await self.commands.id_of(handle)
            except NotFound as lost:  # the entry of the user with this handle is lost
                raise Conflict(f"The handle {handle} is taken.", "handle_taken") from lost

    def _check_open(self, wish: Wish) -> None:
        self.require_open()
        if self.mode == "invitation" and not wish.invitation:
            raise Forbidden("To sign up here, you need an invitation.", "invitation_needed")

    async def _admit(self, wish: Wish, user_id: str) -> Admission:
        """Return the admission of a new user. An open site needs no invitation, so it does not look at one."""
        if self.mode == "open" or not wish.invitation:
            return Admission(waits=self.mode == "approval")
        try:
            used = await self.invitations.take(wish.invitation, user_id)
        except Forbidden:
            # Counted afterwards: nobody guesses a code, and others at this address must be able to use theirs.
            await self.guesses.take(wish.address, INVITATIONS)
            raise
        return Admission(invitation=used.id, invited_by=used.invitation.made_by)

    async def _give_back(self, admission: Admission, user_id: str) -> None:
        if admission.invitation:
            await self.invitations.give_back(admission.invitation, user_id)

    def _reason(self, wish: Wish) -> str:
        return wish.reason if self.mode == "approval" else ""
