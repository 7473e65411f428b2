"""How the gateway's view follows from the facts: pure folds over the part of the state that a batch touches."""

from services.gateway.projections.ballots import Ballots
from services.gateway.projections.people import fold_community, fold_user
from services.gateway.projections.posts import fold_post
from services.gateway.projections.reports import fold_report
from services.gateway.projections.world import (
    FOREVER,
    Appeal,
    Community,
    Decision,
    Opened,
    Person,
    Post,
    Report,
    World,
    time_of,
)
from shared.events import CommunityChanged, CommunityCreated, Event, ReportFiled

__all__ = [
    "FOREVER",
    "Appeal",
    "Ballots",
    "Community",
    "Decision",
    "Opened",
    "Person",
    "Post",
    "Report",
    "World",
    "fold",
    "time_of",
]

TIMELINE = {"post", "embedding"}  # the entities whose facts make up a post's timeline


def fold(world: World, event: Event, opened: Opened = None) -> None:
    """Fold one fact into the world. `opened` is what was sealed in it."""
    fact = event.data
    if fact.ENTITY in TIMELINE:
        world.timeline.append(event)
    if fact.ENTITY == "post":
        fold_post(world, event, opened)
    elif fact.ENTITY == "user":
        fold_user(world, event, opened if isinstance(opened, str) else None)
    elif isinstance(fact, ReportFiled):
        fold_report(world, event, fact, opened if isinstance(opened, str) else None)
    elif isinstance(fact, CommunityCreated | CommunityChanged):
        fold_community(world, event, fact)
