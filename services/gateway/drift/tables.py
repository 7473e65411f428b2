"""The tables of the drift view. Times are Unix seconds of the gateway's clock, not of clients."""

# Raise it whenever the tables or the folds change: the file is then rebuilt.
VERSION = 3

TABLES = """
CREATE TABLE previews (
    person_id TEXT NOT NULL, preview_id TEXT NOT NULL, draft_id TEXT NOT NULL, tier INTEGER NOT NULL,
    policy TEXT NOT NULL, model TEXT NOT NULL, verdict TEXT NOT NULL, hash TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (person_id, preview_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX previews_of_draft ON previews (person_id, draft_id, tier);
CREATE INDEX previews_by_time ON previews (at);

CREATE TABLE submits (
    post_id TEXT NOT NULL, revision INTEGER NOT NULL, person_id TEXT NOT NULL, preview_id TEXT, hash TEXT,
    sequence INTEGER NOT NULL, arm TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (post_id, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX submits_by_time ON submits (at);

CREATE TABLE decisions (
    post_id TEXT NOT NULL, revision INTEGER NOT NULL, sequence INTEGER NOT NULL, outcome TEXT NOT NULL,
    policy TEXT NOT NULL, model TEXT NOT NULL, failed INTEGER NOT NULL, unjudged INTEGER NOT NULL,
    tokens INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (post_id, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX decisions_by_time ON decisions (at);

CREATE TABLE publications (post_id TEXT PRIMARY KEY, at REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX publications_by_time ON publications (at);

CREATE TABLE drafts (
    person_id TEXT NOT NULL, draft_id TEXT NOT NULL, changes INTEGER NOT NULL, writing_ms REAL NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (person_id, draft_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_by_time ON drafts (at);

CREATE TABLE checks (
    preview_id TEXT NOT NULL, person_id TEXT NOT NULL, arm TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (person_id, preview_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX checks_by_time ON checks (at);

CREATE TABLE reached (stream TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

CONTENT = ("previews", "submits", "decisions", "publications", "drafts", "checks")
