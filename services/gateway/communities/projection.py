"""Folds the facts of communities into the view."""

from services.gateway.view.change_set import ChangeSet, Community, Opened, time_of
from shared.log.events import CommunityChanged, CommunityCreated, Event


def fold_community(change_set: ChangeSet, event: Event, opened: Opened) -> None:
    """Fold a fact about a community; nothing in it is sealed."""
    fact, name = event.data, event.entity_id
    known = change_set.communities.get(name)
    if known is None:
        if isinstance(fact, CommunityCreated):
            change_set.communities[name] = Community(name, fact.title, fact.guideline, time_of(event.occurred_at))
            change_set.touched.add(name)
        return
    if isinstance(fact, CommunityChanged) and not change_set.is_repeat(event):
        known.title = known.title if fact.title is None else fact.title
        known.guideline = known.guideline if fact.guideline is None else fact.guideline
        change_set.touched.add(name)
