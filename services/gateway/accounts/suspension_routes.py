"""Who may write: suspensions by moderators of the whole house."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path

from services.gateway.accounts.routes import SEE_OWN_WRITE_S
from services.gateway.accounts.schemas import Standing, SuspensionIn
from services.gateway.dependencies import House, InHouse
from services.gateway.http.guard import CallerIn, guarded
from services.gateway.posts.domain import check_suspension
from services.gateway.view.records import User
from shared.log.events import UserReinstated, UserSuspended
from shared.problems import NotFound

router = APIRouter(prefix="/v1/users", tags=["people"])
HandlePath = Annotated[str, Path(max_length=100)]


@guarded(router, "POST", "/{handle}/suspension", "suspend_people", status_code=202)
async def suspend_person(handle: HandlePath, wanted: SuspensionIn, house: InHouse, caller: CallerIn) -> Standing:
    """Let somebody read like a visitor, and write nothing, for some days or until somebody ends it.

    They are told why and until when, and keep what is their own: their posts, their tokens, the way out.
    """
    person = _named(house, handle)
    check_suspension(caller.person, person)
    until = datetime.now(UTC) + timedelta(days=wanted.days) if wanted.days else None
    fact = UserSuspended(reason=wanted.reason, until=until)
    sequence = await house.accounts.change(person.id, fact, f"user:{caller.person.id}")
    await house.view.wait_for(sequence, SEE_OWN_WRITE_S)
    return Standing(handle=handle, standing="suspended", sequence=sequence)


@guarded(
    router, "DELETE", "/{handle}/suspension", "suspend_people", status_code=202, summary="Let somebody write again"
)
async def reinstate_person(handle: HandlePath, house: InHouse, caller: CallerIn) -> Standing:
    """End a suspension, before its time or where it has none."""
    person = _named(house, handle)
    check_suspension(caller.person, person)
    sequence = await house.accounts.change(person.id, UserReinstated(), f"user:{caller.person.id}")
    await house.view.wait_for(sequence, SEE_OWN_WRITE_S)
    return Standing(handle=handle, standing="good", sequence=sequence)


def _named(house: House, handle: str) -> User:
    person = house.view.user_by_handle(handle)
    if person is None:
        raise NotFound(f"Nobody is called {handle}.")
    return person
