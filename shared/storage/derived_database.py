"""SQLite files that are derived from the log: a damaged one is noticed and removed, and its owner builds it again."""

import logging
import os
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from shared.storage.durable_files import write_durably
from shared.storage.seal import remove_seal, seal, take_seal

logger = logging.getLogger(__name__)

DAMAGE_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
PASSING_CODES = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM,
    }
)  # fmt: skip
# A truncated file can end within a page.
SHORT_READ = 522  # SQLITE_IOERR_SHORT_READ
# Python's own error, without a code: the bytes of a text have changed.
UNDECODABLE = "Could not decode to UTF-8"
# Above this size only the structure of the file is checked after a crash: comparing every index with its table takes
# longer than to read the file.
FULL_CHECK_BYTES = 256 * 2**20
# A check of this much takes a tenth of a second, which a stop can wait.
CHECK_AT_CLOSE_BYTES = 32 * 2**20
OWNER_ACCESS = 0o600
# The write-ahead log and its index.
COMPANIONS = ("-wal", "-shm")
END_TIMEOUT_S = 20.0


def is_damage(error: BaseException) -> bool:
    """Return whether an error of SQLite means that the file is damaged, not that it is busy or the disk is full."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in DAMAGE_CODES or code == SHORT_READ or str(error).startswith(UNDECODABLE)


def is_passing(error: sqlite3.DatabaseError) -> bool:
    """Return whether an error of SQLite says nothing about the file: it is busy, or the disk or memory is full."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in PASSING_CODES


def discard_if_damaged(path: Path, tables: str = "", *, keep: bool = False) -> None:
    """Remove the file of a database unless it is whole; the caller then creates an empty one.

    A file that was closed in order has a seal, which shows every changed byte. After a crash SQLite's own check is run.

    Args:
        path: the file, which nobody has open.
        tables: the statements that create its tables: other tables count as damage. Empty: not compared.
        keep: keep the damaged file beside it, under another name.
    """
    if reason := _damage(path, tables):
        logger.error("a derived file is damaged and is built again", extra={"file": path.name, "reason": reason})
        put_aside(path, keep=keep)
    elif not path.exists():
        remove_database(path)  # a write-ahead log without its file


def put_aside(path: Path, *, keep: bool) -> None:
    """Remove a closed, damaged file; or keep it beside its place as `NAME.damaged-TIME`."""
    now = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{time.time_ns() % 1_000_000_000:09}"
    for suffix in ("", *COMPANIONS):
        part = path.with_name(path.name + suffix)
        if part.is_dir() or (keep and part.exists()):
            part.rename(path.with_name(f"{path.name}.damaged-{now}{suffix}"))
    remove_database(path)


def remove_database(path: Path) -> None:
    """Delete a closed database with everything that lies beside it."""
    for suffix in ("", *COMPANIONS, ".damaged"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    if path.parent.exists():
        remove_seal(path)


def seal_database(path: Path) -> None:
    """Seal a database that was closed in order. One that is still open, or was damaged meanwhile, gets no seal."""
    if path.with_name(f"{path.name}-wal").exists() or _mark(path).exists() or not path.is_file():
        return
    if not (path.stat().st_size < CHECK_AT_CLOSE_BYTES and _check(path, "", "integrity_check")):
        seal(path)


def end_if_damaged(path: Path, error: BaseException) -> None:
    """End this process in order if the error means that an open file is damaged: the next start builds it again."""
    if not is_damage(error) or _mark(path).exists():
        return
    write_durably(_mark(path), f"{error}\n")
    reason = f"The file {path.name} is damaged ({error}) and is derived from the log"
    logger.critical(f"{reason}: this process ends, and its next start builds it again.")
    threading.Thread(target=_end, name="end-after-damage", daemon=True).start()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(END_TIMEOUT_S)
    os._exit(os.EX_SOFTWARE)  # a damaged file may also hinder the end


def _damage(path: Path, tables: str) -> str:
    """Return what is wrong with a file, or an empty text. Takes its seal."""
    parts = [path, *(path.with_name(path.name + suffix) for suffix in COMPANIONS)]
    if any(part.is_dir() for part in parts):
        return "a folder is in its place"
    if not path.exists():
        return ""
    for part in parts:
        if part.exists() and part.stat().st_mode & OWNER_ACCESS != OWNER_ACCESS:
            part.chmod(OWNER_ACCESS)
    if _mark(path).exists():
        return "damage was found while it was in use"
    fits = take_seal(path)
    if fits is False:
        return "its bytes have changed since it was closed"
    full = "integrity_check" if path.stat().st_size < FULL_CHECK_BYTES else "quick_check"
    return _check(path, tables, "" if fits else full)


def _check(path: Path, tables: str, check: str) -> str:
    """Return what SQLite finds wrong with a closed file. Without the name of a check only its tables are read."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            found = db.execute(f"PRAGMA {check}(1)").fetchone()[0] if check else "ok"
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if found == "ok" and tables and _schema(db) != _declared(tables):
                return "it has other tables"
            return "" if found == "ok" else str(found)
    except UnicodeDecodeError:
        return "a table's definition is not text"
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return str(error)


def _schema(db: sqlite3.Connection) -> set[tuple[str, str]]:
    return set(db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"))


def _declared(tables: str) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.executescript(tables)
        return _schema(db)


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.damaged")
