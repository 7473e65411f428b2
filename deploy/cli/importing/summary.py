"""The summary of an import file: what it would create, what was assumed or changed, and what is refused and why."""

from collections.abc import Iterable, Iterator

from deploy.cli.importing.source.rows import FirstSeen, RefusedRow
from deploy.cli.importing.staging import Staging

REMARKS = {
    "date_without_zone": "dates without a time zone, taken as UTC",
    "date_ahead": "dates ahead of now, clamped to now",
    "date_unknown": "rows without a date: their date is unknown",
    "author_unknown": "rows without an author, or with a deleted one: each has an unknown author of its own",
    "removed": "removed or empty posts, imported as tombstones that only keep their threads together",
    "html_converted": "texts converted from HTML to Markdown",
    "html_suspected": "texts that look like HTML and were left as they are. If they are HTML, add: --html",
    "control_removed": "texts with NUL or control characters, which were left out",
    "hidden_removed": "titles and names with hidden or direction-changing characters, which were left out",
    "surrogate_replaced": "texts with broken Unicode escapes, which were replaced by �",
    "link": "link posts: the address is the first line of the text",
    "url_left_out": "addresses that are neither http nor https, left out",
    "title_shortened": "titles over 300 characters: shortened, the whole title starts the text",
    "text_shortened": "texts over 40,000 characters, cut there",
    "author_shortened": "author names over 80 characters, shortened with a hash",
    "community_shortened": "community names over 80 characters, shortened with a hash",
    "id_shortened": "ids over 200 characters, shortened with a hash",
    "comment_title": "comments with a title, which became the first line of the text",
    "parent_zero": "rows that answer the id 0, which no row has: taken as posts",
    "row_repeated": "rows that repeat an earlier row with the same words, skipped",
    "no_post": "rows that are no posts, skipped",
}


def is_empty(staging: Staging) -> bool:
    """Return whether the file has no rows."""
    return not (staging.count("SELECT count(*) FROM rows") or staging.count("SELECT count(*) FROM refused"))


def created(staging: Staging) -> str:
    """Return what the file would create, in one sentence."""
    posts = staging.count("SELECT count(*) FROM rows WHERE parent IS NULL AND NOT removed")
    comments = staging.count("SELECT count(*) FROM rows WHERE parent IS NOT NULL AND NOT removed")
    removed = staging.count("SELECT count(*) FROM rows WHERE removed")
    communities = staging.count("SELECT count(DISTINCT community) FROM rows WHERE parent IS NULL")
    authors = staging.count("SELECT count(DISTINCT author) FROM rows WHERE NOT removed")
    unknown = staging.count("SELECT count(*) FROM rows WHERE author IS NULL AND NOT removed")
    return (
        f"{posts} posts, {comments} comments and {removed} tombstones in {communities} communities, "
        f"by {authors} named and {unknown} unknown authors"
    )


def remarks(staging: Staging) -> Iterator[str]:
    """Yield a line for each kind of remark, with its first place."""
    findings = staging.findings()
    if findings.formats:
        yield "Formats: " + ", ".join(f"{name} ({count} rows)" for name, count in findings.formats.most_common())
    for code, text in REMARKS.items():
        if seen := findings.remarks.get(code):
            example = f": {seen.example}" if seen.example else ""
            yield f"{seen.count} {text} (first: line {seen.line}{example})"


def refusals(rows: Iterable[RefusedRow]) -> Iterator[str]:
    """Yield a line for each cause of refusal, with the number of rows and the first one."""
    causes: dict[str, FirstSeen] = {}
    for row in rows:
        named = f", id {row.id}" if row.id else ""
        seen = causes.setdefault(row.code, FirstSeen(0, row.line, f"line {row.line}{named}: {row.reason}"))
        seen.count += 1
    for code, seen in sorted(causes.items(), key=lambda item: -item[1].count):
        yield f"Refused ({code}): {seen.count}. First: {seen.example}"
