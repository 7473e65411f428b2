"""Reads a whole import file into the staging file, before anything is sent."""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from deploy.cli.importing.options import Options
from deploy.cli.importing.parent_ids import settle_parents, zero_id
from deploy.cli.importing.record_reader import read_records
from deploy.cli.importing.row_builder import RowBuilder
from deploy.cli.importing.source.rows import Findings, Record
from deploy.cli.importing.staging import VERSION, Staging, delete_staging
from deploy.cli.importing.thread_order import sort_threads


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def import_name(digest: str, options: Options, target: str) -> str:
    """Return the name of an import: one for each content of a file, options and installation."""
    return hashlib.sha256(f"{VERSION}\0{digest}\0{options!r}\0{target}".encode()).hexdigest()[:40]


def stage(path: Path, options: Options, staging_file: Path, *, now: datetime, at: Callable[[int], None]) -> Staging:
    """Return the rows of a file in the order of submission; a complete staging file is used again.

    `at` receives the number of bytes of the file that were read.

    Raises:
        UnreadableFile: the file is damaged, or has another encoding.
        OSError: the file cannot be read, or the staging file cannot be written.
    """
    if known := _complete(staging_file):
        return known
    staging, findings = Staging(staging_file), Findings()
    try:
        builder = RowBuilder(options, now, findings)
        records = read_records(path, options.encoding, at)
        staging.fill((builder.build(row) if isinstance(row, Record) else row for row in records), findings)
        settle_parents(staging, findings, zero_id(options.site))
        sort_threads(staging)
        staging.finish(findings)
    except BaseException:
        staging.close()
        delete_staging(staging_file)
        raise
    return staging


def _complete(staging_file: Path) -> Staging | None:
    """Open a complete staging file; any other file is deleted."""
    if staging_file.exists():
        with suppress(sqlite3.DatabaseError):
            staging = Staging(staging_file)
            if staging.is_complete():
                return staging
            staging.close()
        delete_staging(staging_file)
    return None
