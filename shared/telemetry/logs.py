"""Structured logs: one JSON object a line, linked to traces by the trace id."""

import logging
import sqlite3
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType

import orjson
from nats.errors import Error as BrokerError
from opentelemetry import trace

from shared.settings import ServiceSettings

# The standard attributes of a record, and the colored copy that uvicorn adds.
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}

# Errors whose messages are words of the operating system, a database or the broker. The message of any other error may
# quote what somebody wrote (`KeyError: 'ada'`), so only its class is logged.
_WORDED = (OSError, ImportError, sqlite3.Error, BrokerError)
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class JsonLogFormatter(logging.Formatter):
    """Formats time, level, service, event, trace id and the fields in `extra` (only ids, sizes and durations)."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "event": record.getMessage(),
        }
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            line["trace_id"] = trace.format_trace_id(context.trace_id)
        line |= {key: value for key, value in vars(record).items() if key not in _PLAIN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()

    def formatException(self, ei: _ExcInfo) -> str:
        """Return the traceback with the messages of some errors only."""
        return "".join(_traceback(ei[1], ei[2])) if ei[1] else ""


def _traceback(error: BaseException, trace: TracebackType | None) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before:
        yield from _traceback(before, before.__traceback__)
        yield "then:\n"
    yield from traceback.format_tb(trace)
    yield f"{type(error).__name__}{f': {error}' if isinstance(error, _WORDED) else ''}\n"
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _traceback(one, one.__traceback__)


def configure_logging(settings: ServiceSettings) -> None:
    """Send all logs of this process to standard output as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLogFormatter(settings.service))
    logging.basicConfig(handlers=[handler], level=settings.log_level, force=True)
    # nats-py logs every reconnect attempt with a stack trace; `shared.messaging.broker` logs each state once.
    logging.getLogger("nats").setLevel(logging.CRITICAL)
