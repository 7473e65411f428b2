"""Tests of the field types for titles and reasons."""

import pytest
from pydantic import ValidationError

from services.gateway.accounts.schemas import SuspensionIn
from services.gateway.http.schemas import TITLE_MAX
from services.gateway.posts.schemas import AppealIn, EditPost, ReportIn

KINDS = (AppealIn, ReportIn, SuspensionIn)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reason", ["", "  \n\t", "x" * 1001, "a NUL \x00 inside", "\u200b\u3164"])
def test_an_empty_or_long_reason_is_refused(kind: type[AppealIn | ReportIn | SuspensionIn], reason: str) -> None:
    with pytest.raises(ValidationError):
        kind(reason=reason)


@pytest.mark.parametrize("kind", KINDS)
def test_space_around_a_reason_is_stripped(kind: type[AppealIn | ReportIn | SuspensionIn]) -> None:
    assert kind(reason=f" {'x' * 1000}\n").reason == "x" * 1000


def test_space_around_a_title_is_stripped() -> None:
    assert EditPost(revision=1, title=f" {'x' * TITLE_MAX}\n").title == "x" * TITLE_MAX
