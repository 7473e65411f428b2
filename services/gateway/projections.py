"""Lists the pure folds that build the gateway's view from facts. `posts/vote_projection.py` folds votes."""

from services.gateway.accounts.projection import fold_user
from services.gateway.communities.projection import fold_community
from services.gateway.interests.projection import fold_interest
from services.gateway.posts.projection import fold_erased_author, fold_post
from services.gateway.review.report_projection import fold_report
from services.gateway.timeline.projection import fold_timeline
from services.gateway.view.change_set import ChangeSet, Fold, Opened
from shared.log.events import Event

# By entity, in the order in which they run.
FOLDS: dict[str, tuple[Fold, ...]] = {
    "post": (fold_timeline, fold_post),
    "embedding": (fold_timeline,),
    "user": (fold_user, fold_erased_author),
    "community": (fold_community,),
    "report": (fold_report,),
    "interest": (fold_interest,),
}


def fold(change_set: ChangeSet, event: Event, opened: Opened = None) -> None:
    """Fold one fact into the change set. `opened`: its opened content."""
    for one in FOLDS.get(event.data.ENTITY, ()):
        one(change_set, event, opened)
