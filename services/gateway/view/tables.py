"""The tables of the view."""

from shared.log.events import FULL_WEIGHT

# Raise it whenever the tables or the folds change: the view is then rebuilt beside the old one.
VERSION = 15
# Earlier versions with the same columns: their file is read until the new one has caught up. Versions 1 to 14 lacked
# take-downs, reports, repeat keys, unknown dates, acts and several roles in one place, weights of votes
# and reports, approvals, or interests: an upgrade from those waits for the new view.
READABLE: frozenset[int] = frozenset()

# The last part of the review queue: published posts whose reports weigh less together than one full report, so that new
# accounts cannot crowd out what else waits. Above that, weight moves nothing: the loudest are not first.
REVIEWED_LATER = f"(state = 'published' AND report_weight < {FULL_WEIGHT})"

# The order of the review queue: the most urgent first, then by sequence. `later` comes after everything else.
URGENCIES = ("minors", "crisis", "danger", "usual", "later")
USUAL = URGENCIES.index("usual")
QUEUE_PLACE = f"CASE WHEN {REVIEWED_LATER} THEN {URGENCIES.index('later')} ELSE urgency END"

# A removed root takes its comments out of sight. `p`: the post, `r`: its root.
IS_PUBLIC = "p.state = 'published' AND coalesce(r.state, 'published') = 'published'"

# A decision on a text in a language that no engine judges.
IS_UNJUDGED = "json_extract(detail, '$.unjudged') IS NOT NULL"

# A form that two handles share if they look alike, as `accounts/handles.py` computes it.
SKELETON = (
    "replace(replace(replace(replace(replace(replace(replace(handle, '-', ''), '_', ''), '0', 'o'), '1', 'l'),"
    " 'i', 'l'), 'm', 'rn'), 'w', 'vv')"
)

TABLES = f"""
CREATE TABLE posts (
    id TEXT PRIMARY KEY, author_id TEXT NOT NULL, community TEXT NOT NULL, parent_id TEXT, root_id TEXT,
    state TEXT NOT NULL, revision INTEGER NOT NULL, sequence INTEGER NOT NULL, created_at TEXT NOT NULL,
    edited_at TEXT, origin_score INTEGER NOT NULL, imported INTEGER NOT NULL,
    date_known INTEGER NOT NULL, decision INTEGER, waiting INTEGER NOT NULL, reported INTEGER,
    report_weight INTEGER NOT NULL, was_public INTEGER NOT NULL, support INTEGER NOT NULL, urgency INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX posts_by_author ON posts (author_id, sequence);
CREATE INDEX comments_by_root ON posts (root_id) WHERE root_id IS NOT NULL;
CREATE INDEX posts_waiting ON posts ({QUEUE_PLACE}, sequence) WHERE waiting;

CREATE TABLE texts (post_id TEXT PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL) STRICT;

CREATE TABLE decisions (
    sequence INTEGER PRIMARY KEY, post_id TEXT NOT NULL, author_id TEXT NOT NULL, community TEXT NOT NULL,
    revision INTEGER NOT NULL, outcome TEXT NOT NULL, decided_by TEXT NOT NULL, decided_at TEXT NOT NULL,
    traceparent TEXT, published INTEGER NOT NULL, logged INTEGER NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_by_author ON decisions (author_id, sequence);
CREATE INDEX publications ON decisions (sequence) WHERE published;
CREATE INDEX publications_by_community ON decisions (community, sequence) WHERE published;
CREATE INDEX modlog ON decisions (sequence) WHERE logged;
CREATE INDEX unjudged ON decisions (sequence) WHERE {IS_UNJUDGED};
CREATE INDEX modlog_by_community ON decisions (community, sequence) WHERE logged;

-- When a post was last taken down: devices with copies ask what has gone since.
CREATE TABLE takedowns (post_id TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX takedowns_in_order ON takedowns (sequence);

-- The last appeal of each post; it counts until the next decision.
CREATE TABLE appeals (
    post_id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, appealed_at TEXT NOT NULL, reason TEXT
) STRICT, WITHOUT ROWID;
-- Reports about published posts. `reason` is NULL once the reporter is erased. Weights are in percent.
CREATE TABLE reports (
    post_id TEXT NOT NULL, sequence INTEGER NOT NULL, revision INTEGER NOT NULL, reporter_id TEXT NOT NULL, reason TEXT,
    weight INTEGER NOT NULL, PRIMARY KEY (post_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX reports_by_reporter ON reports (reporter_id);

CREATE TABLE timeline (
    post_id TEXT NOT NULL, sequence INTEGER NOT NULL, type TEXT NOT NULL, occurred_at TEXT NOT NULL,
    actor TEXT NOT NULL, revision INTEGER, outcome TEXT, took_ms REAL, traceparent TEXT,
    PRIMARY KEY (post_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id TEXT PRIMARY KEY, handle TEXT, registered_at TEXT NOT NULL, suspended_until TEXT,
    suspended_for TEXT, erased INTEGER NOT NULL, imported INTEGER NOT NULL, approval TEXT NOT NULL,
    application TEXT, refused_for TEXT, decided_at TEXT, invited_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX users_by_handle ON users (handle) WHERE handle IS NOT NULL;
CREATE INDEX users_not_approved ON users (approval, registered_at) WHERE approval <> 'approved';
CREATE INDEX users_by_skeleton ON users ({SKELETON}) WHERE handle IS NOT NULL;

CREATE TABLE roles (
    user_id TEXT NOT NULL, community TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (user_id, community, role)
) STRICT, WITHOUT ROWID;
-- What administrators, moderators and the operator did to users and their posts. `reason` is NULL once the user whom it
-- concerns is erased.
CREATE TABLE acts (
    sequence INTEGER PRIMARY KEY, type TEXT NOT NULL, actor TEXT NOT NULL, about_id TEXT NOT NULL, post_id TEXT,
    community TEXT, detail TEXT NOT NULL, reason TEXT, at TEXT NOT NULL
) STRICT;
CREATE INDEX acts_about ON acts (about_id, sequence);

CREATE TABLE communities (
    name TEXT PRIMARY KEY, title TEXT NOT NULL, guideline TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE community_posts (name TEXT PRIMARY KEY, posts INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE votes (
    post_id TEXT NOT NULL, user_id TEXT NOT NULL, value INTEGER NOT NULL, weight INTEGER NOT NULL,
    PRIMARY KEY (post_id, user_id)
) STRICT, WITHOUT ROWID;
-- Sums of weights.
CREATE TABLE vote_counts (post_id TEXT PRIMARY KEY, up INTEGER NOT NULL, down INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE comment_counts (post_id TEXT PRIMARY KEY, comments INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- The communities and people that a reader is not interested in. `kind`: community or person; `target`: name or id.
CREATE TABLE not_interested (
    user_id TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL, since TEXT NOT NULL,
    PRIMARY KEY (user_id, kind, target)
) STRICT, WITHOUT ROWID;

-- Keys of rare facts that were folded: a stored copy of one changes nothing.
CREATE TABLE repeat_keys (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Messages that could not be decoded: left out of the view, and recorded.
CREATE TABLE unreadable (stream TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (stream, sequence))
STRICT, WITHOUT ROWID;

-- The progress of each stream, written in the transaction of the fold.
CREATE TABLE reached (stream TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

# The content of the view in the order of its digest, each table by its key. The progress of the streams is not content:
# a signal that this view ignores advances it too.
CONTENT = (
    ("posts", "id"),
    ("texts", "post_id"),
    ("decisions", "sequence"),
    ("takedowns", "post_id"),
    ("appeals", "post_id"),
    ("reports", "post_id, sequence"),
    ("timeline", "post_id, sequence"),
    ("users", "id"),
    ("roles", "user_id, community, role"),
    ("acts", "sequence"),
    ("communities", "name"),
    ("community_posts", "name"),
    ("votes", "post_id, user_id"),
    ("vote_counts", "post_id"),
    ("comment_counts", "post_id"),
    ("not_interested", "user_id, kind, target"),
    ("repeat_keys", "key"),
    ("unreadable", "stream, sequence"),
)
