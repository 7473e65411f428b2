"""What the facts of people and communities do to the view."""

from services.gateway.posts.projection import withdraw
from services.gateway.view.change_set import FOREVER, ChangeSet, Community, Person, time_of
from shared.log.events import (
    CommunityChanged,
    CommunityCreated,
    Event,
    UserErased,
    UserRegistered,
    UserReinstated,
    UserRoleGranted,
    UserSuspended,
)


def fold_user(world: ChangeSet, event: Event, handle: str | None) -> None:
    fact, user_id = event.data, event.entity_id
    if isinstance(fact, UserErased):
        _erase(world, event)
    person = world.people.get(user_id)
    if isinstance(fact, UserRegistered) and person is None:
        person = Person(user_id, handle, time_of(event.occurred_at), imported=fact.imported)
        world.people[user_id] = person
    if person is None:
        return
    world.touched.add(user_id)
    match fact:
        case UserRoleGranted():
            world.roles[user_id, fact.community or ""] = fact.role
        case UserSuspended():
            person.suspended_until, person.suspended_for = time_of(fact.until or FOREVER), fact.reason
        case UserReinstated():
            person.suspended_until, person.suspended_for = None, None


def _erase(world: ChangeSet, event: Event) -> None:
    user_id = event.entity_id
    person = world.people.setdefault(user_id, Person(user_id, None, time_of(event.occurred_at)))
    world.forgotten = world.forgotten or person.handle is not None
    person.handle, person.suspended_for, person.erased = None, None, True
    world.erased.add(user_id)
    world.leaving.add(user_id)
    for post in world.posts.values():
        if post.author_id == user_id:
            withdraw(world, post, event.sequence)
            world.texts[post.id] = None
            world.touched.add(post.id)


def fold_community(world: ChangeSet, event: Event, fact: CommunityCreated | CommunityChanged) -> None:
    name = event.entity_id
    known = world.communities.get(name)
    if known is None:
        if isinstance(fact, CommunityCreated):
            world.communities[name] = Community(name, fact.title, fact.guideline, time_of(event.occurred_at))
            world.touched.add(name)
        return
    if isinstance(fact, CommunityChanged):
        known.title = known.title if fact.title is None else fact.title
        known.guideline = known.guideline if fact.guideline is None else fact.guideline
        world.touched.add(name)
