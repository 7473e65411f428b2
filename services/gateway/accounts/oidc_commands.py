"""Identities at the identity provider: linked, unlinked, and reserved for new users."""

from datetime import UTC, datetime

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.credential_store import Identity, UserCredentials
from services.gateway.accounts.notices import OwnerNotices
from services.gateway.accounts.password_commands import PasswordCommands
from shared.problems import Conflict, NotFound
from shared.security.data_keys import DataKeyStore

# An account at work and one at home.
MOST = 5
NOT_YOU = "If it was not you, remove it on your account page, set a new password, and sign out everywhere else."


class OidcCommands:
    """The write side of identities. An e-mail address links nobody: providers do not all check them."""

    def __init__(
        self, accounts: AccountCommands, passwords: PasswordCommands, keys: DataKeyStore, notices: OwnerNotices
    ) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._keys = keys
        self._notices = notices
        self._index = accounts.identities

    async def id_of(self, issuer: str, subject: str) -> str:
        """Return the id of an identity, which names nobody."""
        return await self._index.id_of(issuer, subject)

    async def owner(self, identity_id: str) -> str:
        """Return the id of the user who has linked an identity; empty if nobody has.

        An entry that its user's credentials do not list has come back from a damaged file: it counts no more.
        """
        user_id = await self._index.owner(identity_id)
        return user_id if user_id and await self._lists(user_id, identity_id) else ""

    async def linked(self, user_id: str) -> list[tuple[Identity, str]]:
        """Return a user's identities with their names at the provider, the oldest first."""
        stored = (await self._accounts.credentials.read(user_id)).identities
        return [(one, await self._keys.open_label(user_id, one.label, user_id)) for one in stored]

    async def link(self, user_id: str, identity_id: str, issuer: str, username: str) -> None:
        """Link an identity with a user who has just proved who they are. Repeating it is harmless.

        Raises:
            Conflict: `identity_of_another` or `too_many_identities`.
        """
        sealed = (await self._keys.key_of(user_id)).seal(username.encode(), user_id)
        is_new = identity_id not in {one.id for one, _ in await self.linked(user_id)}
        await self._take(user_id, Identity(id=identity_id, issuer=issuer, label=sealed, created_at=datetime.now(UTC)))
        try:
            await self._passwords.note(user_id, "sign_in_linked")
        except NotFound:  # erased meanwhile
            await self.release(user_id, identity_id)
            raise
        if is_new:
            text = f"An identity at {issuer} can now sign in to your account. {NOT_YOU}"
            await self._notices.mail(user_id, "A way to sign in was added", text)

    async def check_unlink(self, user_id: str, handle: str, identity_id: str) -> Identity:
        """Return an identity that may be unlinked.

        Raises:
            NotFound: there is none.
            Conflict: `last_sign_in`, nothing else would let the user in.
        """
        stored = await self._accounts.credentials.read(user_id)
        identity = next((one for one in stored.identities if one.id == identity_id), None)
        if identity is None:
            raise NotFound("You have no such identity.")
        _require_another_way(
            _without(stored, identity_id), await self._accounts.has_password(handle), self._accounts.issuer
        )
        return identity

    async def unlink(self, user_id: str, handle: str, identity_id: str) -> None:
        """Unlink an identity. Raises like `check_unlink`."""
        identity = await self.check_unlink(user_id, handle, identity_id)
        has_password = await self._accounts.has_password(handle)
        await self._index.release(identity_id, user_id)

        def unlinked(now: UserCredentials) -> UserCredentials:
            after = _without(now, identity_id)
            _require_another_way(after, has_password, self._accounts.issuer)
            return after

        try:
            await self._accounts.credentials.change(user_id, unlinked)
        except Conflict:  # the other way to sign in was removed at the same moment
            await self._index.take(identity_id, user_id)
            raise
        await self._passwords.note(user_id, "sign_in_unlinked")
        text = f"An identity at {identity.issuer} can no longer sign in to your account. {NOT_YOU}"
        await self._notices.mail(user_id, "A way to sign in was removed", text)

    async def reserve(self, user_id: str, identity_id: str, issuer: str) -> None:
        """Give an identity to a user who is about to be created.

        Raises:
            Conflict: `identity_of_another`.
        """
        await self._take(user_id, Identity(id=identity_id, issuer=issuer, label="", created_at=datetime.now(UTC)))

    async def name(self, user_id: str, identity_id: str, username: str) -> None:
        """Store the name of a new user at the provider, and note that they sign in there."""
        sealed = (await self._keys.key_of(user_id)).seal(username.encode(), user_id)

        def named(now: UserCredentials) -> UserCredentials:
            changed = (
                one.model_copy(update={"label": sealed}) if one.id == identity_id else one for one in now.identities
            )
            return _with(now, tuple(changed))

        await self._accounts.credentials.change(user_id, named)
        await self._passwords.note(user_id, "sign_in_linked")

    async def release(self, user_id: str, identity_id: str) -> None:
        """Take an identity back from a user who was not created, or is erased. What else they have stays."""
        await self._index.release(identity_id, user_id)
        left = await self._accounts.credentials.change(user_id, lambda now: _without(now, identity_id))
        if left == UserCredentials(id=user_id, generation=left.generation):
            await self._accounts.credentials.erase(user_id)

    async def _lists(self, user_id: str, identity_id: str) -> bool:
        stored = await self._accounts.credentials.read(user_id)
        return any(one.id == identity_id for one in stored.identities)

    async def _take(self, user_id: str, identity: Identity) -> None:
        """List an identity in a user's credentials, then take it; undo the first if it is another user's."""

        def listed(now: UserCredentials) -> UserCredentials:
            others = tuple(one for one in now.identities if one.id != identity.id)
            if len(others) >= MOST:
                raise Conflict(f"An account has at most {MOST} identities.", "too_many_identities")
            return now if len(others) < len(now.identities) else _with(now, (*others, identity))

        before = await self._accounts.credentials.read(user_id)
        await self._accounts.credentials.change(user_id, listed)
        owner = await self._index.take(identity.id, user_id)
        if owner != user_id and not await self._lists(owner, identity.id):
            await self._index.release(identity.id, owner)
            owner = await self._index.take(identity.id, user_id)
        if owner != user_id:
            await self._accounts.credentials.change(user_id, lambda now: _without(now, identity.id))
            if before.model_copy(update={"identities": ()}) == UserCredentials(id=user_id):
                await self._accounts.credentials.erase(user_id)
            raise Conflict("This identity is linked with another account.", "identity_of_another")


def _with(now: UserCredentials, identities: tuple[Identity, ...]) -> UserCredentials:
    return now.model_copy(update={"identities": identities})


def _without(now: UserCredentials, identity_id: str) -> UserCredentials:
    return _with(now, tuple(one for one in now.identities if one.id != identity_id))


def _require_another_way(after: UserCredentials, has_password: bool, issuer: str) -> None:
    if not has_password and not after.let_in(issuer):
        raise Conflict("Set a password first: nothing else would let you in.", "last_sign_in")
