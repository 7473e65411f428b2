"""Running a service made of a FastStream app until it is told to stop."""

import asyncio
import gc

import uvloop
from faststream import FastStream

# Requests and messages leave few cycles, and each collection walks what lives: with Python's own 700 new objects,
# collecting took an eighth of every accepted post.
COLLECT_EVERY = 50_000


def run(app: FastStream) -> None:
    """Run until SIGTERM or SIGINT, on uvloop."""
    gc.set_threshold(COLLECT_EVERY)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(app.run())
