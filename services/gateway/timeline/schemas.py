"""Wire models of a post's timeline."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from services.gateway.http.schemas import ResponseModel
from shared.log.events.field_types import within

# Since 1970, up to the year 2262.
Nanoseconds = Annotated[int, AfterValidator(within(0, 2**63 - 1))]


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
    start_ns: Nanoseconds
    end_ns: Nanoseconds
    attributes: dict[str, Any]
    status: str


class Timeline(ResponseModel):
    code: str = Field(description="A short code to quote.", examples=["OT-7F3K"])
    facts: list[TimelineFact]
    spans: list[TimelineSpan]
