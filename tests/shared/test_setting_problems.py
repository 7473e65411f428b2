"""Tests of the sentences about wrong settings, which stop a start."""

from typing import Self

import pytest
from pydantic import Field, ValidationError, model_validator

from shared.run_service import setting_problems
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """A number with a limit, and a rule about two settings."""

    fewest: int = Field(default=1, ge=1)
    most: int = 5

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.most < self.fewest:
            raise ValueError("OTTIT_MOST must not be less than OTTIT_FEWEST")
        return self


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"fewest": 0}, "OTTIT_FEWEST: Input should be greater than or equal to 1"),
        ({"most": 0}, "OTTIT_MOST must not be less than OTTIT_FEWEST"),
    ],
)
def test_a_wrong_setting_is_named_once(values: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        Settings.model_validate(values)
    assert list(setting_problems(error.value)) == [sentence]
