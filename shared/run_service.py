"""Runs a FastStream app as a service process."""

import asyncio
import gc
import sys

import uvloop
from faststream import FastStream

# Requests and messages leave few reference cycles, and each collection walks the live objects: with Python's default
# of 700 new objects, collection took an eighth of the time of every accepted post.
COLLECT_EVERY = 50_000
# A thread that returns from the encoder or the index waits this long for the interpreter lock; Python's default is
# 5 ms. With 8 concurrent searches over 20,288 posts this gave 236 instead of 205 searches a second.
SWITCH_S = 0.0005


def run(app: FastStream) -> None:
    """Run until SIGTERM or SIGINT, on uvloop."""
    gc.set_threshold(COLLECT_EVERY)
    sys.setswitchinterval(SWITCH_S)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(app.run())
