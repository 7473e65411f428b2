"""All capabilities, declared once: class, roles, the side that runs them and why, rate, recorded facts.

Derived from this table: the guard of each route, the scopes of tokens, `GET /v1/capabilities`, the table in the
docs, and the test of every role on every route.
"""

from dataclasses import dataclass
from typing import Literal

AccessRole = Literal["visitor", "member", "moderator", "admin", "importer", "suspended", "waiting"]
Kind = Literal["advisory", "verified", "authoritative"]
Side = Literal["client", "server", "both"]

EVERYBODY: frozenset[AccessRole] = frozenset({"visitor", "member", "moderator", "admin"})
MEMBERS: frozenset[AccessRole] = frozenset({"member", "moderator", "admin"})
MODERATORS: frozenset[AccessRole] = frozenset({"moderator", "admin"})
ADMINS: frozenset[AccessRole] = frozenset({"admin"})
# Suspended users, and those who wait for an approval, have access to their own data.
OWN_DATA: frozenset[AccessRole] = MEMBERS | {"suspended", "waiting"}
# The role of the command line: imports posts and may do nothing else.
IMPORTERS: frozenset[AccessRole] = frozenset({"admin", "importer"})


@dataclass(frozen=True)
class Capability:
    """One capability. `per_minute` applies per user, or per address for visitors."""

    name: str
    title: str
    kind: Kind
    who: frozenset[AccessRole]
    runs: Side
    reason: str
    per_minute: int
    records: str = "nothing"
    proof: bool = False  # only within minutes after the user has proved who they are


# Rates: users read faster than they write; sign-in is slow on purpose, against password guessing.
READ, LOOK, WRITE, RARE, SIGN_IN = 600, 120, 60, 20, 20
# Each report costs a moderator's time, and nobody reads and judges more posts in a minute.
REPORTS = 5

TABLE: tuple[Capability, ...] = (
    Capability("preview_rules", "Preview with the rules", "advisory", EVERYBODY, "client",
               "an answer per keystroke, and the draft stays on the device", READ),
    Capability("preview_model", "Preview with the model", "advisory", EVERYBODY, "client",
               "an answer while you type, and the draft stays on the device", READ),
    Capability("search_device", "Search the newest posts on the device", "advisory", EVERYBODY, "client",
               "an answer per keystroke", READ),
    Capability("keep_draft", "Keep a draft on the device", "advisory", EVERYBODY, "client",
               "the text survives a lost connection", READ),
    Capability("create_account", "Sign up", "authoritative", EVERYBODY, "server",
               "handles are unique", SIGN_IN, "user.registered"),
    Capability("see_site", "See how one can sign up", "authoritative", EVERYBODY, "server",
               "it is a setting of the server", READ),
    Capability("sign_in", "Sign in", "authoritative", EVERYBODY, "server",
               "passwords are checked on the server", SIGN_IN),
    Capability("sign_out", "Sign out", "authoritative", EVERYBODY, "server", "the session ends immediately", WRITE),
    Capability("create_token", "Create an access token", "authoritative", MEMBERS, "server",
               "secrets are created on the server", RARE, proof=True),
    Capability("see_tokens", "See your sessions and tokens", "authoritative", OWN_DATA, "server",
               "it is private", LOOK),
    Capability("revoke_token", "Revoke one of your sessions or tokens", "authoritative", OWN_DATA, "server",
               "access ends immediately", WRITE),
    Capability("erase_me", "Erase your account", "authoritative", OWN_DATA, "server",
               "the key to your texts is destroyed on the server", SIGN_IN, "user.erased", proof=True),
    Capability("see_security", "See how you sign in", "authoritative", OWN_DATA, "server",
               "it is private", LOOK),
    Capability("prove_identity", "Confirm that it is you", "authoritative", OWN_DATA, "server",
               "passwords, passkeys and identities are checked on the server", SIGN_IN),
    Capability("change_password", "Change your password", "authoritative", OWN_DATA, "server",
               "passwords are checked on the server", SIGN_IN, "user.security_changed", proof=True),
    Capability("change_sign_in", "Change the ways in which you sign in", "authoritative", OWN_DATA, "server",
               "they are checked on the server", RARE, "user.security_changed", proof=True),
    Capability("reset_password", "Get a new password without the old one", "authoritative", EVERYBODY, "server",
               "codes are checked on the server", SIGN_IN, "user.security_changed"),
    Capability("see_me", "See your account", "authoritative", OWN_DATA, "server", "it is private", READ),
    Capability("see_capabilities", "See your capabilities", "authoritative", EVERYBODY, "server",
               "client and server use the same table", READ),
    Capability("see_communities", "See the communities", "authoritative", EVERYBODY, "server", "shared data", READ),
    Capability("create_community", "Create a community", "authoritative", MODERATORS, "server",
               "names are unique", RARE, "community.created"),
    Capability("read_posts", "Read posts and comments", "authoritative", EVERYBODY, "server",
               "held and withdrawn posts stay hidden", READ),
    Capability("read_feed", "Read the feed", "authoritative", EVERYBODY, "server",
               "ranking uses the votes of all users", READ),
    Capability("search_posts", "Search all posts", "authoritative", EVERYBODY, "server",
               "the full index is too large for a device", LOOK),
    Capability("see_timeline", "See the timeline of a post", "authoritative", EVERYBODY, "server",
               "facts and spans are stored on the server", LOOK),
    Capability("submit_post", "Submit a post or comment", "verified", MEMBERS, "server",
               "the client proposes id and community, the server validates them", RARE, "post.submitted"),
    Capability("edit_post", "Edit your post", "verified", MEMBERS, "server",
               "each revision is moderated", RARE, "post.edited"),
    Capability("withdraw_post", "Withdraw your post", "authoritative", OWN_DATA, "server",
               "every view must remove it", RARE, "post.withdrawn"),
    Capability("appeal_decision", "Appeal a decision on your post", "authoritative", MEMBERS, "server",
               "a moderator decides again", RARE, "post.appealed"),
    Capability("report_post", "Report a post to the moderators", "authoritative", MEMBERS, "server",
               "a moderator reviews it once, however many users report it", REPORTS, "report.filed"),
    Capability("vote", "Vote", "authoritative", MEMBERS, "server", "one vote per user, less for a new account",
               2 * WRITE, "signals.vote"),
    Capability("mark_read", "Mark posts as read, or ask for less like them", "authoritative", MEMBERS, "server",
               "it only affects your own feed", 2 * WRITE, "signals.read, signals.less"),
    Capability("see_recommendations", "See recommended communities and people", "authoritative", MEMBERS, "server",
               "they follow from your votes, and hidden places stay hidden", LOOK),
    Capability("see_interests", "See what you are not interested in", "authoritative", OWN_DATA, "server",
               "it is private", LOOK),
    Capability("change_interests", "Say that you are not interested in a community or a person, or are again",
               "authoritative", MEMBERS, "server", "every order of posts and recommendations for you respects it",
               WRITE, "interest.changed"),
    Capability("see_own_posts", "See your posts in every state", "authoritative", OWN_DATA, "server",
               "it is private", READ),
    Capability("see_profile", "See a user's public profile", "authoritative", EVERYBODY, "server",
               "shared data", READ),
    Capability("follow_stream", "Follow live updates", "authoritative", EVERYBODY, "server",
               "the log is on the server", WRITE),
    Capability("see_policy", "See the public part of the policy", "authoritative", EVERYBODY, "server",
               "client and server use the same policy", LOOK),
    Capability("load_model", "Load the model", "authoritative", EVERYBODY, "server",
               "client and server must run the same file", LOOK),
    Capability("load_pack", "Load the search snapshot", "authoritative", EVERYBODY, "server",
               "removed posts stay hidden", RARE),
    Capability("check_draft", "Run a dry run of the moderation pipeline", "authoritative", MEMBERS, "server",
               "exact thresholds stay on the server", RARE),
    Capability("send_previews", "Send preview telemetry", "advisory", MEMBERS, "client",
               "telemetry without text, never evidence", RARE, "previews"),
    Capability("see_mode", "See if previews are on", "authoritative", EVERYBODY, "server",
               "one setting for all users", READ),
    Capability("verify_receipt", "Verify the receipt of a dry run", "verified", EVERYBODY, "server",
               "the server signed it, and anybody may verify it", LOOK),
    Capability("see_drift", "See the drift between previews and decisions", "authoritative", MODERATORS, "server",
               "it covers the posts of all users", LOOK),
    Capability("send_traces", "Send the browser's spans", "advisory", EVERYBODY, "client",
               "telemetry, never evidence", WRITE, "telemetry.spans"),
    Capability("see_modlog", "See the public moderation log", "authoritative", EVERYBODY, "server",
               "the log is the record", LOOK),
    Capability("review_posts", "Decide on held posts", "authoritative", MODERATORS, "server",
               "binding decisions by moderators", LOOK, "post.decided"),
    Capability("suspend_people", "Suspend and reinstate users", "authoritative", MODERATORS, "server",
               "binding for another user", RARE, "user.suspended, user.reinstated"),
    Capability("decide_sign_ups", "Approve and refuse people who wait", "authoritative", MODERATORS, "server",
               "binding for another user", LOOK, "user.approved, user.refused"),
    Capability("invite_people", "Invite people", "authoritative", MEMBERS, "server",
               "a setting says who may; codes are created on the server", RARE),
    Capability("manage_roles", "See, give and take away roles", "authoritative", ADMINS, "server",
               "binding for another user", RARE, "user.role_granted, user.role_revoked", proof=True),
    Capability("see_audit", "See what moderators and admins did", "authoritative", ADMINS, "server",
               "it names them and the users concerned", LOOK),
    Capability("import_posts", "Import posts", "authoritative", IMPORTERS, "server",
               "writes posts of other authors", 100 * READ, "post.submitted"),
    Capability("see_health", "See the health of the server", "authoritative", EVERYBODY, "server",
               "for operators", 10 * READ),
    Capability("see_metrics", "See the metrics", "authoritative", ADMINS, "server",
               "they reveal the activity on the server", 10 * READ),
    Capability("open_client", "Load the web client", "authoritative", EVERYBODY, "server", "static files", 10 * READ),
)  # fmt: skip

CAPABILITIES: dict[str, Capability] = {row.name: row for row in TABLE}


def allows(name: str, roles: frozenset[AccessRole]) -> bool:
    """Return whether one of the roles has the capability. Ownership of a post is checked later."""
    return bool(CAPABILITIES[name].who & roles)


def as_markdown() -> str:
    """Return the text of docs/capabilities.md."""
    lines = [
        "# Capabilities",
        "",
        "Generated by `python -m shared.security.capabilities > docs/capabilities.md`: do not edit.",
        "*Advisory*: not binding. *Verified*: the client proposes, the server checks. *Authoritative*: server only.",
        "The rate applies per user, or per address for visitors. *Proof*: only within 10 minutes after the user has",
        "proved who they are, by signing in or again.",
        "",
        "| Capability | Description | Class | Roles | Runs on | Reason | Per minute | Records | Proof |",
        "|---|---|---|---|---|---|---:|---|---|",
    ]
    return "\n".join([*lines, *map(_as_row, TABLE)]) + "\n"


def _as_row(row: Capability) -> str:
    cells = [
        f"`{row.name}`", row.title, row.kind, _WHO[row.who], row.runs, row.reason, str(row.per_minute), row.records,
        "yes" if row.proof else "",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


_WHO = {
    EVERYBODY: "everybody",
    MEMBERS: "members",
    MODERATORS: "moderators",
    ADMINS: "admins",
    OWN_DATA: "members, also suspended or waiting",
    IMPORTERS: "admins, importers",
}

if __name__ == "__main__":
    print(as_markdown(), end="")
