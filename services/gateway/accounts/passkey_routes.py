"""Routes of passkeys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, BackgroundTasks, Path, Request, Response
from pydantic import Field
from webauthn import generate_authentication_options, generate_registration_options, options_to_json
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.passkey_challenges import PasskeyChallenges
from services.gateway.accounts.passkey_commands import PasskeyCommands
from services.gateway.accounts.passwords import SITE
from services.gateway.accounts.schemas import Session
from services.gateway.accounts.sign_in import SignIn
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import Label, Line, RequestModel, ResponseModel
from shared.problems import Forbidden

ADD, USE = "add", "use"
VERIFIED = UserVerificationRequirement.REQUIRED


class PasskeyOptions(ResponseModel):
    """Options for the browser, as `PublicKeyCredential.parse…OptionsFromJSON` takes them."""

    options: dict[str, Any]


class PasskeyAnswer(RequestModel):
    """The browser's answer, as `PublicKeyCredential.toJSON` gives it."""

    credential: dict[str, Any] = Field(max_length=20)


class NewPasskey(PasskeyAnswer):
    name: Label = Field(examples=["my phone"])


class PasskeyOut(ResponseModel):
    id: str
    name: str
    created_at: datetime


class Passkeys(ResponseModel):
    items: list[PasskeyOut]


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    commands: AccountCommands
    passkeys: PasskeyCommands
    challenges: PasskeyChallenges
    entry: SignIn

    @guarded("GET", "/me/passkeys", "see_security", summary="List your passkeys")
    async def see_passkeys(self, caller: CallerIn) -> Passkeys:
        """List your passkeys, the oldest first."""
        names = await self.passkeys.names(caller.require_user().id)
        return Passkeys(items=[PasskeyOut(id=one.id, name=name, created_at=one.created_at) for one, name in names])

    @guarded("POST", "/me/passkeys/options", "change_sign_in", summary="Begin to add a passkey")
    async def begin_passkey(self, request: Request, response: Response, caller: CallerIn) -> PasskeyOptions:
        """Return options for the browser, and set the cookie of the challenge, which lasts five minutes."""
        user = caller.require_user()
        expected = self.challenges.issue(request, response, f"{ADD} {user.id}")
        stored = (await self.commands.credentials.read(user.id)).passkeys
        options = generate_registration_options(
            rp_id=expected.host,
            rp_name=SITE.title(),
            user_id=user.id.encode(),
            user_name=user.handle,
            challenge=expected.challenge,
            exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(one.id)) for one in stored],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
            ),
        )
        return PasskeyOptions(options=orjson.loads(options_to_json(options)))

    @guarded("POST", "/me/passkeys", "change_sign_in", status_code=204, summary="Add a passkey")
    async def add_passkey(self, wanted: NewPasskey, request: Request, response: Response, caller: CallerIn) -> None:
        """Add the passkey that the browser has made. If it does not fit: 422 `passkey_refused`."""
        user = caller.require_user()
        expected = await self.challenges.redeem(request, response, f"{ADD} {user.id}")
        await self.passkeys.add(user.id, wanted.name, wanted.credential, expected)

    @guarded("DELETE", "/me/passkeys/{passkey_id}", "change_sign_in", status_code=204, summary="Remove a passkey")
    async def remove_passkey(self, passkey_id: Annotated[Line, Path(max_length=1400)], caller: CallerIn) -> None:
        """Remove a passkey. If nothing else would let you in: 409 `last_sign_in`."""
        user = caller.require_user()
        await self.passkeys.remove(user.id, user.handle, passkey_id)

    @guarded("POST", "/passkeys/options", "sign_in", summary="Begin to use a passkey")
    async def begin_use(self, request: Request, response: Response) -> PasskeyOptions:
        """Return options for the browser to sign in or to confirm, and set the cookie of the challenge."""
        expected = self.challenges.issue(request, response, USE)
        options = generate_authentication_options(
            rp_id=expected.host, challenge=expected.challenge, user_verification=VERIFIED
        )
        return PasskeyOptions(options=orjson.loads(options_to_json(options)))

    @guarded("POST", "/sessions/passkey", "sign_in", status_code=201, summary="Sign in with a passkey")
    async def sign_in_with_passkey(self, answer: PasskeyAnswer, request: Request, response: Response) -> Session:
        """Sign in with a passkey, without handle and password. Otherwise 401 `passkey_unknown`."""
        expected = await self.challenges.redeem(request, response, USE)
        user_id = await self.passkeys.check(answer.credential, expected)
        return await self.entry.begin(user_id, "", request, response)

    @guarded("POST", "/me/proof/passkey", "prove_identity", status_code=204, summary="Confirm with a passkey")
    async def prove_with_passkey(
        self, answer: PasskeyAnswer, request: Request, response: Response, tasks: BackgroundTasks, caller: CallerIn
    ) -> None:
        """Prove by one of your passkeys that it is you, for 10 minutes. Another account's: 403 `passkey_of_another`."""
        expected = await self.challenges.redeem(request, response, USE)
        if await self.passkeys.check(answer.credential, expected) != caller.require_user().id:
            raise Forbidden("This passkey belongs to another account.", "passkey_of_another")
        await self.entry.renew(request, response, tasks)


def router(
    *, commands: AccountCommands, passkeys: PasskeyCommands, challenges: PasskeyChallenges, entry: SignIn
) -> APIRouter:
    """Return the routes of passkeys."""
    return router_of(Routes(commands, passkeys, challenges, entry), prefix="/v1", tags=["people"])
