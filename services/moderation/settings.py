"""Moderation's settings."""

from pathlib import Path

from pydantic import Field

from shared.policy import DEFAULT_POLICY
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Values of one moderation replica."""

    service: str = "moderation"
    # The policy that decides; its content digest stands in every decision.
    policy_file: Path = DEFAULT_POLICY
    # Threads of one encoder pass: both cores of the smallest machine that we measure on.
    encoder_threads: int = Field(default=2, ge=1)
