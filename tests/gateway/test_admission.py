"""Tests that each kind of request has slots of its own, and that every temporary refusal says when to try again."""

from contextlib import ExitStack

import pytest

from services.gateway.http.admission import DRY_RUNS_PER_CALLER, KINDS, SLOTS, Admission, kind_of
from shared.problems import Problem, TooManyRequests, Unavailable
from shared.security.capabilities import CAPABILITIES

TEMPORARY = {429, 503, 507}


def test_forty_dry_runs_leave_the_slots_of_writes_free() -> None:
    admission = Admission()
    admitted = 0
    with ExitStack() as open_requests:
        for number in range(40):
            try:
                open_requests.enter_context(admission.admitted("dry_run", f"user:{number}"))
                admitted += 1
            except Unavailable:
                continue
        open_requests.enter_context(admission.admitted("write", "user:1"))
    assert admitted == SLOTS["dry_run"]


def test_one_caller_cannot_take_all_slots_of_dry_runs() -> None:
    admission = Admission()
    with ExitStack() as open_requests:
        for _ in range(DRY_RUNS_PER_CALLER):
            open_requests.enter_context(admission.admitted("dry_run", "user:1"))
        with pytest.raises(TooManyRequests), admission.admitted("dry_run", "user:1"):
            pass
        open_requests.enter_context(admission.admitted("dry_run", "user:2"))


def test_slots_are_free_again_after_an_answer_and_after_a_failure() -> None:
    admission = Admission({"dry_run": 1, "record": 1, "read": 1, "write": 1})
    for _ in range(3):
        with pytest.raises(ValueError, match="failed"), admission.admitted("dry_run", "user:1"):
            raise ValueError("failed")
    with admission.admitted("dry_run", "user:1"):
        pass


def test_kinds_follow_the_capability_and_then_the_method() -> None:
    assert set(KINDS) <= set(CAPABILITIES)
    assert kind_of("submit_post", safe=False) == "write"
    assert kind_of("read_feed", safe=True) == "read"
    assert kind_of("check_draft", safe=False) == "dry_run"


@pytest.mark.parametrize("kind", [Problem, *Problem.__subclasses__()])
def test_every_temporary_refusal_says_when_to_try_again(kind: type[Problem]) -> None:
    assert ("Retry-After" in kind("A detail.").headers) == (kind.status in TEMPORARY)
