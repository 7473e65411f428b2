"""Runs a FastStream app as a service process."""

import asyncio
import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvloop
from faststream import FastStream
from pydantic import ValidationError

from shared.loop_watchdog import watching_loop
from shared.problems import REFUSED_EXIT, StartRefused

logger = logging.getLogger(__name__)

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
        runner.run(_watched(app))


async def _watched(app: FastStream) -> None:
    async with watching_loop():
        await app.run()


@contextmanager
def explaining_refusals() -> Iterator[None]:
    """End the process with `REFUSED_EXIT` and one line in its log if a start is refused or a setting is invalid."""
    try:
        yield
    except (StartRefused, ValidationError, ExceptionGroup) as error:
        reasons = [reason for one in leaves(error) if (reason := _refusal(one))]
        if not reasons:
            raise
        # A wrong setting may have stopped the process before its logs were configured.
        if logging.getLogger().handlers:
            logger.critical(reasons[0])
        else:
            print(reasons[0], flush=True)
        sys.exit(REFUSED_EXIT)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, or the errors of a group of errors."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from leaves(one)
    else:
        yield error


def setting_problems(error: ValidationError) -> Iterator[str]:
    """Yield what is wrong with each setting; a rule about several names them in its message."""
    for one in error.errors():
        name = "_".join(map(str, one["loc"])).upper()
        message = one["msg"].removeprefix("Value error, ")
        yield f"OTTIT_{name}: {message}" if name else message


def _refusal(error: BaseException) -> str:
    if isinstance(error, StartRefused):
        return str(error)
    if isinstance(error, ValidationError):
        return f"A setting is invalid: {'; '.join(setting_problems(error))}. Correct it and start again."
    return ""
