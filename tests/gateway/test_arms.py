"""Who is without previews: drawn by chance, for good, and by nobody's choice."""

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
def test_about_the_declared_share_is_without_previews(share: float) -> None:
    assert len(without(share)) / len(PEOPLE) == pytest.approx(share, abs=0.03)  # 3.8 standard errors at a half


def test_the_same_people_are_drawn_at_every_replica_and_a_larger_share_keeps_them() -> None:
    assert without(0.3) == without(0.3)
    assert without(0.3) < without(0.6)


def test_another_installation_draws_other_people() -> None:
    same = without(0.5) & without(0.5, key=bytes(32))
    assert len(same) / len(PEOPLE) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(("mode", "shown"), [("hybrid", True), ("server_only", False)])
def test_the_other_modes_are_for_everybody(mode: PreviewMode, shown: bool) -> None:
    arms = ExperimentAssignment(mode, 0.5, KEY)
    assert {arms.shows_previews(person) for person in (*PEOPLE[:100], None)} == {shown}
    assert {arms.arm_of(person) for person in PEOPLE[:100]} == {mode}


def test_visitors_see_what_the_composer_does_unless_nobody_has_it() -> None:
    assert ExperimentAssignment("client_preview_off_for_share", 0.5, KEY).shows_previews(None)
