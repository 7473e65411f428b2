"""Rules for declaring facts."""

import pytest

from shared.log.events import Fact, PostFact
from tests.made_up_facts import PostMadeUp


def test_every_fact_about_a_post_has_its_revision() -> None:
    about_posts = [fact for fact in Fact.KINDS.values() if fact.ENTITY == "post"]
    assert len(about_posts) >= 5
    assert all(issubclass(fact, PostFact) for fact in about_posts)


def test_a_fact_about_a_post_without_a_revision_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="PostLoose must inherit from PostFact"):
        type("PostLoose", (Fact,), {})
    assert "post.loose" not in Fact.KINDS


def test_a_base_class_is_no_fact() -> None:
    assert "post.fact" not in Fact.KINDS
    assert PostMadeUp.TYPE == "post.made_up"


def test_a_fact_cannot_be_declared_twice() -> None:
    with pytest.raises(TypeError, match=r"post.made_up is declared in tests.made_up_facts already"):
        type("PostMadeUp", (PostFact,), {"__module__": "tests.another"})
    assert Fact.KINDS["post.made_up"] is PostMadeUp
