"""Running a service made of a FastStream app until it is told to stop."""

import asyncio

import uvloop
from faststream import FastStream


def run(app: FastStream) -> None:
    """Run until SIGTERM or SIGINT, on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(app.run())
