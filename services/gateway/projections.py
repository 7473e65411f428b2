"""How the gateway's view follows from the facts: pure folds over the part of the state that a batch touches."""

from services.gateway.accounts.projection import fold_community, fold_user
from services.gateway.posts.projection import fold_post
from services.gateway.review.report_projection import fold_report
from services.gateway.view.change_set import (
    ChangeSet,
    Opened,
)
from shared.log.events import CommunityChanged, CommunityCreated, Event, ReportFiled

TIMELINE = {"post", "embedding"}  # the entities whose facts make up a post's timeline


def fold(world: ChangeSet, event: Event, opened: Opened = None) -> None:
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
