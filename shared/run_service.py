"""Running a service made of a FastStream app until it is told to stop."""

import asyncio
import gc
import sys

import uvloop
from faststream import FastStream

# Requests and messages leave few cycles, and each collection walks what lives: with Python's own 700 new objects,
# collecting took an eighth of every accepted post.
COLLECT_EVERY = 50_000
# A thread that comes back from the encoder or the index waits this long for the interpreter, not Python's 5 ms:
# 8 searches at once were answered 15% faster (236 against 205 a second over 20,288 posts).
SWITCH_S = 0.0005


def run(app: FastStream) -> None:
    """Run until SIGTERM or SIGINT, on uvloop."""
    gc.set_threshold(COLLECT_EVERY)
    sys.setswitchinterval(SWITCH_S)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(app.run())
