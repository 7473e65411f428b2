"""Tests of the assignment of users to the preview experiment."""

import pytest

from services.gateway.previews.experiment_assignment import ExperimentAssignment
from services.gateway.previews.schemas import PreviewMode
from shared.ids import derived_id

KEY = bytes(range(32))
PEOPLE = [derived_id(number, "person") for number in range(4000)]


def without(share: float, key: bytes = KEY) -> set[str]:
    arms = ExperimentAssignment("client_preview_off_for_share", share, key)
    return {person for person in PEOPLE if not arms.shows_previews(person)}


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_the_configured_share_of_users_gets_no_previews(share: float) -> None:
    assert len(without(share)) / len(PEOPLE) == pytest.approx(share, abs=0.03)  # 3.8 standard errors for a share of 0.5


def test_replicas_assign_the_same_users_and_a_larger_share_keeps_them() -> None:
    assert without(0.3) == without(0.3)
    assert without(0.3) < without(0.6)


def test_another_master_key_assigns_other_users() -> None:
    same = without(0.5) & without(0.5, key=bytes(32))
    assert len(same) / len(PEOPLE) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(("mode", "shown"), [("hybrid", True), ("server_only", False)])
def test_other_modes_treat_all_users_alike(mode: PreviewMode, shown: bool) -> None:
    arms = ExperimentAssignment(mode, 0.5, KEY)
    assert {arms.shows_previews(person) for person in (*PEOPLE[:100], None)} == {shown}
    assert {arms.arm_of(person) for person in PEOPLE[:100]} == {mode}


def test_visitors_get_previews_unless_they_are_off_for_everybody() -> None:
    assert ExperimentAssignment("client_preview_off_for_share", 0.5, KEY).shows_previews(None)
