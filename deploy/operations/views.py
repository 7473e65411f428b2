"""The views of a running installation: how they are, and building them anew."""

import asyncio
from collections.abc import Callable

from nats.aio.client import Client

from shared.log.operator_requests import RebuildReply, ViewState, rebuild_subject, request_all, view_subject

VIEWS = ("gateway", "embeddings", "ranking")
LOOK_S = 0.25  # between two looks at how far a rebuild has come

# A replica, and how far it has come.
Tell = Callable[[str, str], None]


class NoAnswer(Exception):
    """No replica of the service answers."""


async def views(broker: Client, *services: str) -> dict[str, list[ViewState]]:
    """Service → how each of its replicas' views is; an empty list where nobody answers."""
    names = services or VIEWS
    answers = await asyncio.gather(*(request_all(broker, view_subject(name)) for name in names))
    return {
        name: [ViewState.model_validate_json(one) for one in found] for name, found in zip(names, answers, strict=True)
    }


async def rebuild(broker: Client, service: str, tell: Tell) -> list[RebuildReply]:
    """Have every replica build its view anew, and wait until all have. What went wrong is in `refused`.

    Raises:
        NoAnswer: none of them is there.
    """
    answers = [RebuildReply.model_validate_json(one) for one in await request_all(broker, rebuild_subject(service))]
    if not answers:
        raise NoAnswer(f"{service} does not answer: does it run?")
    begun = {answer.replica for answer in answers if not answer.refused}
    ended: dict[str, str] = {}
    while begun - ended.keys():
        await asyncio.sleep(LOOK_S)
        states = {state.replica: state for state in (await views(broker, service))[service]}
        for replica in begun - ended.keys():
            state = states.get(replica)
            building = state.building if state else "failed: it has gone"
            tell(replica, building or "done")
            if not building or building.startswith("failed"):
                ended[replica] = building
    return [answer.model_copy(update={"refused": answer.refused or ended[answer.replica]}) for answer in answers]
