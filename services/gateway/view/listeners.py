"""Calls the listeners of the view's changes."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from services.gateway.view.change_notifications import Change

Listener = Callable[[Change], None]


def call_soon(listeners: Iterable[Listener], changes: Sequence[Change]) -> None:
    """Call every listener with every change, each on its own: one failing listener does not affect the others."""
    loop = asyncio.get_running_loop()
    for listener in listeners:
        for change in changes:
            loop.call_soon(listener, change)
