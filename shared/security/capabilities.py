"""Every action, declared once: class, who may do it, where it runs and why, its rate, what is recorded.

Derived from this table: the guard of each route, the scopes of tokens, `GET /v1/capabilities`, the table in the
docs, and the test that walks every role over every route.
"""

from dataclasses import dataclass
from typing import Literal

AccessRole = Literal["visitor", "member", "moderator", "admin", "importer", "suspended"]
Kind = Literal["advisory", "verified", "authoritative"]
Side = Literal["client", "server", "both"]

EVERYBODY: frozenset[AccessRole] = frozenset({"visitor", "member", "moderator", "admin"})
MEMBERS: frozenset[AccessRole] = frozenset({"member", "moderator", "admin"})
MODERATORS: frozenset[AccessRole] = frozenset({"moderator", "admin"})
ADMINS: frozenset[AccessRole] = frozenset({"admin"})
# What is one's own stays so, also while one may not write.
ALSO_SUSPENDED: frozenset[AccessRole] = MEMBERS | {"suspended"}
# Brings posts in and has no other power: what the command line acts as.
IMPORTERS: frozenset[AccessRole] = frozenset({"admin", "importer"})


@dataclass(frozen=True)
class Capability:
    """One action. `per_minute` counts for each person, or for each address while nobody is signed in."""

    name: str
    title: str
    kind: Kind
    who: frozenset[AccessRole]
    runs: Side
    reason: str
    per_minute: int
    records: str = "nothing"


# Rates: a person reads faster than they write; sign-in is slow on purpose (password guessing).
READ, LOOK, WRITE, RARE, SIGN_IN = 600, 120, 60, 20, 20
# Each costs a moderator's time: nobody reads and judges more than this in a minute.
REPORTS = 5

TABLE: tuple[Capability, ...] = (
    Capability("preview_rules", "See at once what the rules would likely say", "advisory", EVERYBODY, "client",
               "an answer for each keystroke, and a draft need not leave the device", READ),
    Capability("preview_model", "See at once what the model would likely say", "advisory", EVERYBODY, "client",
               "an answer while you type, and a draft need not leave the device", READ),
    Capability("search_device", "Search at once among the newest posts", "advisory", EVERYBODY, "client",
               "an answer for each keystroke", READ),
    Capability("keep_draft", "Keep a draft on the device", "advisory", EVERYBODY, "client",
               "text must survive a lost connection", READ),
    Capability("create_account", "Sign up", "authoritative", EVERYBODY, "server",
               "a handle is unique over all", SIGN_IN, "user.registered"),
    Capability("sign_in", "Sign in", "authoritative", EVERYBODY, "server", "secrets are checked here", SIGN_IN),
    Capability("sign_out", "Sign out", "authoritative", EVERYBODY, "server", "a session ends at once", WRITE),
    Capability("create_token", "Make a token for a program", "authoritative", MEMBERS, "server",
               "secrets are made here", RARE),
    Capability("see_tokens", "See one's own sessions and tokens", "authoritative", ALSO_SUSPENDED, "server",
               "it is private", LOOK),
    Capability("revoke_token", "Revoke one of one's own sessions and tokens", "authoritative", ALSO_SUSPENDED, "server",
               "a grant ends at once", WRITE),
    Capability("erase_me", "Erase oneself", "authoritative", ALSO_SUSPENDED, "server",
               "the key to one's texts is destroyed here", SIGN_IN, "user.erased"),
    Capability("see_me", "See one's own account", "authoritative", ALSO_SUSPENDED, "server", "it is private", READ),
    Capability("see_capabilities", "See what one may do", "authoritative", EVERYBODY, "server",
               "one table for both sides", READ),
    Capability("see_communities", "See the communities", "authoritative", EVERYBODY, "server", "shared data", READ),
    Capability("create_community", "Open a community", "authoritative", MODERATORS, "server",
               "a name is unique over all", RARE, "community.created"),
    Capability("read_posts", "Read posts and comments", "authoritative", EVERYBODY, "server",
               "what is held or withdrawn must stay away", READ),
    Capability("read_feed", "Read the feed", "authoritative", EVERYBODY, "server",
               "ranking needs everybody's votes", READ),
    Capability("search_posts", "Search over everything", "authoritative", EVERYBODY, "server",
               "the whole index is too large for a device", LOOK),
    Capability("see_timeline", "See the timeline of a post", "authoritative", EVERYBODY, "server",
               "facts and spans are kept here", LOOK),
    Capability("submit_post", "Submit a post or comment", "verified", MEMBERS, "server",
               "the client proposes id and community, the log decides", RARE, "post.submitted"),
    Capability("edit_post", "Edit one's own post", "verified", MEMBERS, "server",
               "a new revision is judged again", RARE, "post.edited"),
    Capability("withdraw_post", "Withdraw one's own post", "authoritative", ALSO_SUSPENDED, "server",
               "every view must let go of it", RARE, "post.withdrawn"),
    Capability("appeal_decision", "Appeal against a decision on one's own post", "authoritative", MEMBERS, "server",
               "a person decides again", RARE, "post.appealed"),
    Capability("report_post", "Point a moderator to a post", "authoritative", MEMBERS, "server",
               "a person looks at it, however many report it", REPORTS, "report.filed"),
    Capability("vote", "Vote", "authoritative", MEMBERS, "server", "one voice for each person", 2 * WRITE,
               "signals.vote"),
    Capability("mark_read", "Tell what one has read, or wants less of", "authoritative", MEMBERS, "server",
               "it forms one's own feed only", 2 * WRITE, "signals.read, signals.less"),
    Capability("see_own_posts", "See one's own posts in every state", "authoritative", ALSO_SUSPENDED, "server",
               "it is private", READ),
    Capability("see_profile", "See a person's public profile", "authoritative", EVERYBODY, "server",
               "shared data", READ),
    Capability("follow_stream", "Get decisions and news as they happen", "authoritative", EVERYBODY, "server",
               "the log is here", WRITE),
    Capability("see_policy", "See the public part of the policy", "authoritative", EVERYBODY, "server",
               "one source for both sides", LOOK),
    Capability("load_model", "Load the model onto a device", "authoritative", EVERYBODY, "server",
               "both sides must run the same file", LOOK),
    Capability("load_pack", "Load the newest posts for quick search", "authoritative", EVERYBODY, "server",
               "what was taken down must stay away", RARE),
    Capability("check_draft", "Ask the official pipeline without effect", "authoritative", MEMBERS, "server",
               "exact thresholds stay on the server", RARE),
    Capability("send_previews", "Send summaries of one's previews", "advisory", MEMBERS, "client",
               "telemetry without text, never evidence", RARE, "previews"),
    Capability("see_mode", "See whether previews are on", "authoritative", EVERYBODY, "server",
               "one switch for everybody", READ),
    Capability("verify_receipt", "Check the receipt of a dry run", "verified", EVERYBODY, "server",
               "anybody may hold one, the server has signed it", LOOK),
    Capability("see_drift", "See how far previews and decisions are apart", "authoritative", MODERATORS, "server",
               "it is about everybody's posts", LOOK),
    Capability("send_traces", "Send the browser's spans", "advisory", EVERYBODY, "client",
               "telemetry, never evidence", WRITE, "telemetry.spans"),
    Capability("see_modlog", "See the public log of decisions", "authoritative", EVERYBODY, "server",
               "the log is the record", LOOK),
    Capability("review_posts", "Decide on held posts", "authoritative", MODERATORS, "server",
               "binding decisions by people", LOOK, "post.decided"),
    Capability("suspend_people", "Suspend people, and let them write again", "authoritative", MODERATORS, "server",
               "binding for somebody else", RARE, "user.suspended, user.reinstated"),
    Capability("import_posts", "Bring in posts from elsewhere", "authoritative", IMPORTERS, "server",
               "writes in other people's names", 100 * READ, "post.submitted"),
    Capability("see_health", "See whether the house works", "authoritative", EVERYBODY, "server",
               "for people who run it", 10 * READ),
    Capability("see_metrics", "Read the numbers that operators watch", "authoritative", ADMINS, "server",
               "they tell how much is going on", 10 * READ),
    Capability("open_client", "Load the web client", "authoritative", EVERYBODY, "server", "static files", 10 * READ),
)  # fmt: skip

CAPABILITIES: dict[str, Capability] = {row.name: row for row in TABLE}


def allows(name: str, roles: frozenset[AccessRole]) -> bool:
    """Whether someone with these roles may do the action at all; whose post it is, is asked later."""
    return bool(CAPABILITIES[name].who & roles)


def as_markdown() -> str:
    """The table as it stands in docs/capabilities.md."""
    lines = [
        "# Who may do what",
        "",
        "Generated by `python -m shared.security.capabilities > docs/capabilities.md`: do not edit.",
        "*Advisory* binds nobody;",
        "*verified* is proposed by the client and checked by the server; *authoritative* is the server's alone.",
        "The rate counts for each person, or for each address while nobody is signed in.",
        "",
        "| Capability | What | Class | Who | Runs on | Why there | a minute | Records |",
        "|---|---|---|---|---|---|---:|---|",
    ]
    return "\n".join([*lines, *map(_as_row, TABLE)]) + "\n"


def _as_row(row: Capability) -> str:
    cells = [
        f"`{row.name}`", row.title, row.kind, _WHO[row.who], row.runs, row.reason, str(row.per_minute), row.records
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


_WHO = {
    EVERYBODY: "everybody",
    MEMBERS: "members",
    MODERATORS: "moderators",
    ADMINS: "admins",
    ALSO_SUSPENDED: "members, also suspended ones",
    IMPORTERS: "admins, importers",
}

if __name__ == "__main__":
    print(as_markdown(), end="")
