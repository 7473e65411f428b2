"""Search queries with a known answer, from posts: their first sentence for the rest, and a paraphrase for the whole."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from gzip import open as open_gzip
from pathlib import Path

# Words that a paraphrase replaces, both ways.
SYNONYMS = """
begin start|buy purchase|child kid|car vehicle|house home|job work|boss manager|money cash|phone mobile
photo picture|movie film|friend buddy|girlfriend partner|help assist|fix repair|broken faulty|cheap inexpensive
big large|small tiny|good great|bad awful|happy glad|sad unhappy|angry mad|scared afraid|tired exhausted
fast quick|old ancient|new recent|talk speak|tell inform|ask inquire|think believe|want wish|need require
get obtain|make create|use employ|try attempt|find discover|lose misplace|stop quit|leave depart|stay remain
eat consume|sleep rest|wake awaken|learn study|teach instruct|doctor physician|hospital clinic|school college
city town|street road|shop store|food meal|drink beverage|dog puppy|cat kitten|game match|computer pc
picture image|song track|book novel|trip journey|plan idea|problem issue|question query|answer reply|advice tip
favorite preferred|funny amusing|weird strange|hard difficult|easy simple|important vital|right correct
wrong mistaken|people folks|man guy|woman lady|parents family|mother mom|father dad|brother sibling
night evening|today now|always constantly|never not|often frequently|maybe perhaps|really truly|very extremely
about regarding|choose pick|show display|hide conceal
""".replace("\n", "|").strip("|")
_REPLACED = {
    word: other
    for pair in SYNONYMS.split("|")
    for one, two in [pair.split()]
    for word, other in ((one, two), (two, one))
}
_DROPPED = frozenset(
    re.findall(
        r"\S+",
        """a an the i i'm i've my me we our you your he she it its they is are was were be been am to of in on at for
        with and or but so that this these those just do does did have has had would could should will can if as from
        by not""",
    )
)
_OPENINGS = ("", "looking for", "thoughts on", "help with", "somebody who wrote about")


@dataclass(frozen=True)
class Judged:
    """A text of the collection, and the query that should find it; without a query it is only a distractor."""

    post_id: str
    text: str
    query: str = ""
    kind: str = ""
    tuned: bool = False  # the weights of the fusion were chosen with it


def read_texts(file: Path) -> list[tuple[str, str]]:
    """Return (id, text) of the posts in a JSONL file, with `text`, or `title` and `body`; packed or not."""
    with open_gzip(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    texts = (row.get("text") or "\n".join(filter(None, (row.get("title"), row.get("body")))) for row in rows)
    return [(str(row.get("id", at)), text) for at, (row, text) in enumerate(zip(rows, texts, strict=True)) if text]


def judged_posts(texts: Iterable[tuple[str, str]], queries: int) -> list[Judged]:
    """Return posts in a random but repeatable order, of which up to `queries` have a query, half of each kind."""
    judged: list[Judged] = []
    asked = 0
    for post_id, text in sorted(texts, key=lambda row: _hash(row[0])):
        title, rest = _split(text)
        if asked < queries and 4 <= len(title.split()) <= 25 and len(rest.split()) >= 12:
            tuned, asked = asked % 4 < 2, asked + 1
            if asked % 2:
                judged.append(Judged(post_id, rest, title, "title", tuned))
            else:
                judged.append(Judged(post_id, text, paraphrase(title, seed=_hash(post_id)), "paraphrase", tuned))
        else:
            judged.append(Judged(post_id, text))
    return judged


def paraphrase(title: str, *, seed: int) -> str:
    """Say a title in other words: without function words, with synonyms, and with its halves exchanged."""
    words = [word for word in re.findall(r"[\w']+", title.lower()) if word not in _DROPPED]
    other = [_REPLACED.get(word, word) for word in words]
    middle = len(other) // 2
    return " ".join([_OPENINGS[seed % len(_OPENINGS)], *other[middle:], *other[:middle]]).strip()


def _split(text: str) -> tuple[str, str]:
    title, *rest = re.split(r"(?<=[.!?])\s+|\n+", text.strip(), maxsplit=1)
    return title, " ".join(rest)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
