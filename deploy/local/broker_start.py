"""Tells the operator why the broker does not open its port: it still reads its files, or cannot read them at all."""

import asyncio
import re
from pathlib import Path

from deploy.installation.broker_connection import wait_until_listening
from deploy.local.terminal import Terminal

# A broker with a hundred thousand facts opens its port within seconds.
FIRST_NOTE_S = 20.0
BEGUN, ENDED = re.compile(r"Starting restore for stream '\S+ > (\w+)'"), re.compile(r"for stream '\S+ > (\w+)' in ")
STARTED = "Starting nats-server"


async def wait_for_broker(broker_url: str, log: Path, terminal: Terminal, first_note_s: float = FIRST_NOTE_S) -> None:
    """Wait until the broker accepts connections, and say what it is doing if that takes long."""
    waiting = asyncio.ensure_future(wait_until_listening(broker_url))
    try:
        while not (await asyncio.wait([waiting], timeout=first_note_s))[0]:
            terminal.write_about("broker", slow_start_message(log), "warning")
            first_note_s *= 2
        await waiting
    finally:
        waiting.cancel()


def slow_start_message(log: Path) -> str:
    """Return what the broker's log says about a start that takes long."""
    streams = unread_streams(log)
    named = f" It is reading {', '.join(streams)}." if streams else ""
    return (
        f"has not opened its port yet.{named} If it does not within minutes, files of these streams are damaged: "
        f"stop Ottit, keep a copy of the data folder, and restore the newest backup (`ottit restore`). Log: {log}"
    )


def unread_streams(log: Path) -> list[str]:
    """Return the streams that the broker has begun to read since its last start and has not finished."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    current = text.rpartition(STARTED)[2]
    begun = dict.fromkeys(BEGUN.findall(current))
    return [name for name in begun if name not in set(ENDED.findall(current))]
