"""Wire models of a post's timeline."""

from datetime import datetime
from typing import Any

from pydantic import Field

from services.gateway.http.schemas import ResponseModel


class TimelineFact(ResponseModel):
    sequence: int
    type: str
    occurred_at: datetime
    actor: str
    revision: int | None
    outcome: str | None
    took_ms: float | None


class TimelineSpan(ResponseModel):
    name: str
    service: str
    trace_id: str
    span_id: str
    parent_span_id: str | None
    start_ns: int
    end_ns: int
    attributes: dict[str, Any]
    status: str


class Timeline(ResponseModel):
    code: str = Field(description="A short code to quote.", examples=["OT-7F3K"])
    facts: list[TimelineFact]
    spans: list[TimelineSpan]
