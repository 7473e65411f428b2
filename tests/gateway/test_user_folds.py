"""The folds of users and communities into the gateway's view, fact by fact."""

from collections.abc import Sequence
from datetime import timedelta

from services.gateway.accounts.projection import FOREVER
from services.gateway.projections import fold
from services.gateway.view.change_notifications import AccountChanged, TakenDown
from services.gateway.view.change_set import Act, ChangeSet, Community, Opened, Post, User, time_of
from shared.log.events import (
    CommunityChanged,
    CommunityCreated,
    Event,
    Fact,
    PolicyRetired,
    UserApproved,
    UserErased,
    UserRefused,
    UserRegistered,
    UserReinstated,
    UserRoleGranted,
    UserRoleRevoked,
    UserSuspended,
    record,
)
from shared.testing import AT, decided, submitted

POST = submitted("post-1")
TIME, LATER = "2026-01-02T03:04:05.000000+00:00", AT + timedelta(days=1)


def about(entity_id: str, fact: Fact, **fields: object) -> Event:
    """Return a fact about an entity."""
    return record(fact, entity_id, actor="user:moderator-1", at=AT).model_copy(update=fields)


def folded(events: Sequence[Event], opened: Opened = None) -> ChangeSet:
    """Fold facts with the sequences 1, 2, 3 …, each with the same opened content."""
    change_set = ChangeSet()
    for sequence, event in enumerate(events, 1):
        fold(change_set, event.model_copy(update={"sequence": sequence}), opened)
    return change_set


def test_a_registration_adds_a_user_once() -> None:
    change_set = folded([about("ada", UserRegistered(handle="s1.none"))], "ada")
    assert change_set.users == {"ada": User("ada", "ada", TIME)}
    assert change_set.touched == {"ada"}
    fold(change_set, about("ada", UserRegistered(handle="s1.none")), "eve")
    assert change_set.users["ada"].handle == "ada"
    assert folded([about("ada", UserRegistered(handle="s1.none"))], ("a", "text")).users["ada"].handle is None
    imported = folded([about("ada", UserRegistered(handle="s1.none", imported=True))]).users["ada"]
    assert (imported.handle, imported.imported) == (None, True)


def test_a_grant_adds_a_role_and_is_noted_for_the_list_of_acts() -> None:
    granted = [
        about("ada", UserRegistered(handle="s1.none")),
        about("ada", UserRoleGranted(role="moderator", community="garden")),
        about("ada", UserRoleGranted(role="admin")),
    ]
    change_set = folded(granted)
    assert change_set.roles == {"ada": {("moderator", "garden"), ("admin", None)}}
    assert change_set.admins == {"ada"}
    first, second = change_set.acts
    assert first == Act(2, "user.role_granted", "user:moderator-1", "ada", None, "garden", "moderator", None, TIME)
    assert (second.sequence, second.community, second.detail) == (3, None, "admin")
    assert change_set.changes == [AccountChanged("ada", 2), AccountChanged("ada", 3)]


def test_a_removed_role_is_gone_and_the_last_admin_stays() -> None:
    change_set = folded(
        [
            about("ada", UserRegistered(handle="s1.none")),
            about("ada", UserRoleGranted(role="admin")),
            about("ada", UserRoleGranted(role="moderator", community="garden")),
            about("ada", UserRoleRevoked(role="moderator", community="garden")),
            about("ada", UserRoleRevoked(role="admin")),
        ]
    )
    assert change_set.roles == {"ada": {("admin", None)}}
    assert [act.type for act in change_set.acts] == ["user.role_granted", "user.role_granted", "user.role_revoked"]


def test_a_grant_replaces_the_roles_of_its_place_unless_it_keeps_them() -> None:
    granted = [
        about("ada", UserRegistered(handle="s1.none")),
        about("ada", UserRoleGranted(role="importer")),
        about("ada", UserRoleGranted(role="moderator")),
    ]
    assert folded(granted).roles == {"ada": {("moderator", None)}}
    kept = [*granted, about("ada", UserRoleGranted(role="importer", keeps_others=True))]
    assert folded(kept).roles == {"ada": {("moderator", None), ("importer", None)}}


def test_a_removal_takes_one_role_and_never_that_of_the_last_admin() -> None:
    admins = [
        event
        for name in ("ada", "bob")
        for event in (about(name, UserRegistered(handle="s1.none")), about(name, UserRoleGranted(role="admin")))
    ]
    first, second = (about(name, UserRoleRevoked(role="admin")) for name in ("ada", "bob"))
    change_set = folded([*admins, first, second])
    assert change_set.roles == {"ada": frozenset(), "bob": {("admin", None)}}
    assert change_set.admins == {"bob"}
    assert [act.type for act in change_set.acts] == ["user.role_granted"] * 2 + ["user.role_revoked"]


def test_an_erasure_takes_every_role() -> None:
    erased = [
        about("ada", UserRegistered(handle="s1.none")),
        about("ada", UserRoleGranted(role="admin")),
        about("ada", UserErased()),
        about("ada", UserRoleGranted(role="moderator")),
    ]
    assert folded(erased).roles == {"ada": frozenset()}


def test_a_suspension_lasts_until_its_end_or_forever_and_a_reinstatement_ends_it() -> None:
    registered = about("ada", UserRegistered(handle="s1.none"))
    until = folded([registered, about("ada", UserSuspended(reason="spam", until=LATER))]).users["ada"]
    assert (until.suspended_until, until.suspended_for) == (time_of(LATER), "spam")
    change_set = folded([registered, about("ada", UserSuspended(reason="spam"))])
    user = change_set.users["ada"]
    assert user.suspended_until == time_of(FOREVER) == "9999-12-31T23:59:59.999999+00:00"
    fold(change_set, about("ada", UserReinstated()))
    assert [user.suspended_until, user.suspended_for] == [None, None]


def test_a_fact_about_an_unknown_user_changes_nothing() -> None:
    change_set = folded([about("ada", UserSuspended(reason="spam"))])
    assert (change_set.users, change_set.touched, change_set.roles) == ({}, set(), {})


def test_a_repeated_suspension_does_not_undo_a_reinstatement() -> None:
    suspension = about("ada", UserSuspended(reason="spam"))
    registered = about("ada", UserRegistered(handle="s1.none"))
    user = folded([registered, suspension, about("ada", UserReinstated()), suspension]).users["ada"]
    assert user.suspended_until is None


def test_an_erasure_removes_the_handle_and_withdraws_the_posts() -> None:
    start = folded([about("author-1", UserRegistered(handle="s1.none")), POST, decided(POST)], "ada")
    start.users["author-1"].suspended_for = "spam"
    other = Post("post-2", "ben", "garden", None, None, "published", 1, 1, TIME)
    start.posts["post-2"] = other
    fold(start, about("author-1", UserErased(), sequence=9))
    user = start.users["author-1"]
    assert (user.handle, user.suspended_for, user.erased) == (None, None, True)
    assert (start.erased, start.leaving, start.handle_removed) == ({"author-1"}, {"author-1"}, True)
    assert (start.posts["post-1"].state, other.state) == ("withdrawn", "published")
    assert start.texts["post-1"] is None
    assert start.changes[-1] == TakenDown("post-1", "garden", 9)
    assert {"post-1", "author-1"} <= start.touched
    assert "post-2" not in start.touched


def test_an_erasure_of_an_unknown_user_is_remembered() -> None:
    change_set = folded([about("ada", UserErased())])
    assert change_set.users == {"ada": User("ada", None, TIME, erased=True)}
    assert (change_set.handle_removed, change_set.erased) == (False, {"ada"})
    assert "ada" in change_set.touched


def test_an_earlier_erasure_of_the_batch_is_not_forgotten_by_a_later_one() -> None:
    change_set = folded([about("ada", UserRegistered(handle="s1.none"))], "ada")
    fold(change_set, about("ada", UserErased()))
    fold(change_set, about("ben", UserErased()))
    assert change_set.handle_removed is True


def test_a_community_keeps_what_a_change_does_not_name() -> None:
    created = about("garden", CommunityCreated(title="Garden", guideline="Be kind."))
    change_set = folded([created])
    assert change_set.communities == {"garden": Community("garden", "Garden", "Be kind.", TIME)}
    assert change_set.touched == {"garden"}
    change_set.touched.clear()
    fold(change_set, about("garden", CommunityChanged(title="Gardens")))
    assert change_set.communities["garden"] == Community("garden", "Gardens", "Be kind.", TIME)
    fold(change_set, about("garden", CommunityChanged(guideline="")))
    assert change_set.communities["garden"] == Community("garden", "Gardens", "", TIME)
    assert change_set.touched == {"garden"}


def test_a_second_creation_and_a_repeated_change_of_a_community_change_nothing() -> None:
    created, change = about("garden", CommunityCreated(title="Garden")), about("garden", CommunityChanged(title="A"))
    change_set = folded([created, change, about("garden", CommunityChanged(title="B")), change, created])
    assert change_set.communities["garden"].title == "B"
    assert folded([change]).communities == {}


def test_only_facts_of_posts_and_vectors_are_in_the_timeline() -> None:
    change_set = folded([POST, about("garden", CommunityCreated(title="Garden")), about("ada", UserErased())])
    assert [event.type for event in change_set.timeline] == ["post.submitted"]


def test_an_erasure_removes_the_reasons_of_acts_about_this_user_only() -> None:
    change_set = ChangeSet()
    for name in ("ada", "ben"):
        fold(change_set, about(name, UserRegistered(handle="s1.none")))
        fold(change_set, about(name, UserSuspended(reason="spam")))
    fold(change_set, about("ada", UserErased()))
    assert [(act.about_id, act.reason) for act in change_set.acts] == [("ada", None), ("ben", "spam")]


WAITS = about("ada", UserRegistered(handle="s1.none", waits=True, reason="s1.none"))


def test_a_sign_up_that_waits_keeps_its_reason_until_it_is_approved() -> None:
    change_set = folded([WAITS], ("ada", "I like gardens."))
    user = change_set.users["ada"]
    assert (user.handle, user.approval, user.application) == ("ada", "waiting", "I like gardens.")
    fold(change_set, about("ada", UserApproved(), sequence=2))
    assert (user.approval, user.application, change_set.words_replaced) == ("approved", None, True)
    assert [(act.type, act.sequence, act.detail) for act in change_set.acts] == [("user.approved", 2, "")]
    assert change_set.changes == [AccountChanged("ada", 2)]
    fold(change_set, about("ada", UserRefused(reason="s1.none"), sequence=3), "No.")
    assert (user.approval, user.refused_for, len(change_set.acts)) == ("approved", None, 1)


def test_a_refusal_counts_once_and_an_approval_undoes_it() -> None:
    refusal = about("ada", UserRefused(reason="s1.none"))
    change_set = folded([WAITS, refusal, refusal], "No.")
    user = change_set.users["ada"]
    assert (user.approval, user.refused_for, user.decided_at) == ("refused", "No.", TIME)
    assert [(act.type, act.reason) for act in change_set.acts] == [("user.refused", "No.")]
    fold(change_set, about("ada", UserApproved()))
    assert (user.approval, user.refused_for, user.decided_at) == ("approved", None, None)
    fold(change_set, about("ada", UserApproved(), occurred_at=LATER))
    assert [act.type for act in change_set.acts] == ["user.refused", "user.approved"]


def test_a_sign_up_that_does_not_wait_keeps_no_reason() -> None:
    change_set = folded([about("ada", UserRegistered(handle="s1.none", reason="s1.none"))], ("ada", "I like gardens."))
    assert (change_set.users["ada"].handle, change_set.users["ada"].application) == ("ada", None)


def test_a_refusal_of_which_the_words_are_lost_has_no_reason() -> None:
    change_set = folded([WAITS, about("ada", UserRefused(reason="s1.none"))], ("ada", "I like gardens."))
    assert (change_set.users["ada"].approval, change_set.users["ada"].refused_for) == ("refused", None)


def test_a_fact_about_a_policy_changes_nothing_that_the_view_folds() -> None:
    assert folded([about("default", PolicyRetired(digest="d", version=1))]).touched == set()


def test_an_erasure_takes_the_words_of_an_application_and_of_its_refusal() -> None:
    change_set = folded([WAITS], ("ada", "I like gardens."))
    fold(change_set, about("ada", UserRefused(reason="s1.none")), "No.")
    fold(change_set, about("ada", UserErased()))
    user = change_set.users["ada"]
    assert (user.application, user.refused_for, user.approval) == (None, None, "approved")
    assert [act.reason for act in change_set.acts] == [None]


def test_a_sign_up_by_invitation_is_an_act_of_its_maker() -> None:
    change_set = folded([about("ada", UserRegistered(handle="s1.none", invited_by="user:ben"), sequence=1)], "ada")
    assert change_set.users["ada"] == User("ada", "ada", TIME, invited_by="user:ben")
    assert change_set.acts == [Act(1, "user.registered", "user:ben", "ada", None, None, "", None, TIME)]
