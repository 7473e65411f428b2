"""The way to the provider, made when the first text needs it."""

import asyncio
from typing import TYPE_CHECKING

from services.moderation.engines.calls import Calls
from services.moderation.engines.terms import Terms
from shared.telemetry.tracing import Telemetry

if TYPE_CHECKING:
    from services.moderation.engines.sdk import Sdk


class Reach:
    """`await reach()` gives the calls; the SDK is loaded once, beside the event loop, which it would hold for 0.7 s."""

    def __init__(self, terms: Terms, telemetry: Telemetry) -> None:
        self._terms = terms
        self._telemetry = telemetry
        self._loading = asyncio.Lock()
        self._sdk: Sdk | None = None

    async def __call__(self) -> Calls:
        """The calls to this provider."""
        async with self._loading:
            if self._sdk is None:
                self._sdk = await asyncio.to_thread(_load, self._terms)
        return Calls(self._sdk, self._terms, self._telemetry)

    async def close(self) -> None:
        """Close the connections, if there ever were any."""
        if self._sdk is not None:
            await self._sdk.close()


def _load(terms: Terms) -> "Sdk":
    from services.moderation.engines.sdk import Sdk

    return Sdk(terms)
