"""The base of all models of a policy, and the types of its texts: strict and immutable.

Policy stage: source. Other stages: compile and sign (`bundle`), activate (`bundle_store`), evaluate (`rule_matching`).
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=64)]
Sentence = Annotated[str, Field(min_length=10, max_length=500)]
Title = Annotated[str, Field(min_length=3, max_length=60)]


class PolicyModel(BaseModel):
    """A part of a policy. Unknown fields are errors."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
