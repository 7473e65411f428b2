"""Tests of the rules for handles and passwords."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.accounts.handles import is_reserved, skeleton
from services.gateway.accounts.passwords import check_password
from services.gateway.view.tables import SKELETON
from shared.problems import Invalid


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_short"),
        ("password12", "password_common"),
        ("qwertyuiop", "password_common"),
        ("iloveyou2024", "password_common"),
        ("aaaaaaaaaaaa", "password_common"),
        ("margaret-1815", "password_has_handle"),
        ("MARGARETmargaret", "password_has_handle"),
        ("ottit-2026!", "password_has_site_name"),
    ],
)
def test_an_easy_password_is_refused_with_its_reason(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password(password, "margaret")
    assert refused.value.code == code


@pytest.mark.parametrize(
    "password", ["a long pass phrase", "xK9fjq2lw0", "rainy margaret counts tulips", "ü" * 5 + "xq7Kfw"]
)
def test_a_password_that_is_hard_to_guess_is_accepted(password: str) -> None:
    check_password(password, "margaret")


@pytest.mark.parametrize(
    "handle", ["admin", "system", "deleted", "adm1n", "admln", "sys-tem", "sys_tem_", "rnoderator", "0ttit", "r00t"]
)
def test_reserved_handles_and_their_look_alikes_are_recognized(handle: str) -> None:
    assert is_reserved(handle)


@pytest.mark.parametrize("handle", ["ada", "adminton", "systematic", "first-admin", "someone-1234"])
def test_other_handles_are_free(handle: str) -> None:
    assert not is_reserved(handle)


@given(st.text("abcilmnorvw01_-", min_size=3, max_size=30))
def test_the_view_computes_the_same_skeleton(handle: str) -> None:
    with sqlite3.connect(":memory:") as db:
        assert db.execute(f"SELECT {SKELETON} FROM (SELECT ? AS handle)", (handle,)).fetchone() == (skeleton(handle),)
    db.close()
