"""The header Retry-After of a provider's answer. Importing its SDK takes longer than most quick tests together."""

from datetime import UTC, datetime

import httpx2
import pytest

from services.moderation.engines.openai_transport import retry_after

pytestmark = pytest.mark.long
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2.0),
        ("0.5", 0.5),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("-5", 0.0),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after(httpx2.Headers({"retry-after": header}), NOON) == seconds
