"""Fill the slots of a template.

    {word}            one of the words of slots/words.yaml
    {this|that|}      one of these alternatives
    {group} {member} {adjective}  one group of people: "Muslims", "a Muslim", "Muslim"; the same throughout a text
    {faith} {origin} {gender} {body}  the plural of a group of that kind; only in pairs, so that both sides get the same
    [[harm||fine]]    a pair: the harmful and the harmless side; each may list choices with |
    \\n               a line break

A slot with a capital letter, as in {Member}, starts with one. "a {adjective}" becomes "an" before a vowel.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

SLOT = re.compile(r"(\b[Aa] )?\{([^{}]*)\}")
PAIR = re.compile(r"\[\[(.*?)\|\|(.*?)\]\]")
FORMS = ("group", "member", "adjective")
KINDS = ("faith", "origin", "gender", "body")

Group = dict[str, str]


@dataclass(frozen=True)
class Words:
    """The words for slots: word lists, and groups of people with their forms and kind."""

    lists: dict[str, list[str]]
    groups: tuple[Group, ...]

    @classmethod
    def read(cls, folder: Path) -> "Words":
        """Read `words.yaml` and `groups.yaml` of `folder`."""
        lists = yaml.safe_load((folder / "words.yaml").read_text(encoding="utf-8"))
        groups = yaml.safe_load((folder / "groups.yaml").read_text(encoding="utf-8"))
        return cls(lists, tuple(dict(zip(("kind", *FORMS), group, strict=True)) for group in groups))


class GroupRotation:
    """Hands out the groups in rotation, separately for harmful texts, harmless texts and pairs.

    Rotation instead of random draws makes each group occur equally often in harmful and in harmless texts. Otherwise a
    model learns that naming a group is harmful.
    """

    def __init__(self, words: Words, rng: Random) -> None:
        self._words, self._rng = words, rng
        self._rotations: dict[tuple[str, str], list[Group]] = {}

    def draw(self, text: str, pair: bool, labels: dict[str, int | None]) -> Group | None:
        """Return the group for `text`, or None if it has no slot for one."""
        names = {name.lower() for _, name in SLOT.findall(text)}
        kind = next((kind for kind in KINDS if kind in names), "")
        if not kind and not names & set(FORMS):
            return None
        rotation = self._rotations.setdefault(
            (kind, "pair" if pair else "harm" if 1 in labels.values() else "fine"), []
        )
        if not rotation:
            rotation += [group for group in self._words.groups if not kind or group["kind"] == kind]
            self._rng.shuffle(rotation)
        return rotation.pop()


def fill(text: str, words: Words, group: Group | None) -> Callable[[Random], tuple[str, str | None]]:
    """Return a function that draws one filling of `text`, and the plural name of its group."""

    def drawn(rng: Random) -> tuple[str, str | None]:
        filled = SLOT.sub(lambda slot: _with_article(slot[1] or "", _word(slot[2], words, group, rng)), text)
        return filled.replace("\\n", "\n"), group["group"] if group else None

    return drawn


def pair_sides(text: str, rng: Random) -> Iterator[tuple[str, bool]]:
    """Yield both sides of a pair, with True for the side that has the function's labels; other texts have them too."""
    pair = PAIR.search(text)
    if pair is None:
        yield text, True
        return
    for number, labelled in ((1, True), (2, False)):
        choice = rng.choice(pair[number].split("|"))
        joined = text[: pair.start()] + choice + text[pair.end() :]
        yield joined[:1].upper() + joined[1:] if pair.start() == 0 else joined, labelled


def _with_article(article: str, word: str) -> str:
    return f"{article.strip()}n {word}" if article and word[:1].lower() in "aeio" else article + word


def _word(slot: str, words: Words, group: Group | None, rng: Random) -> str:
    name = slot.lower()
    if "|" in slot:
        return rng.choice(slot.split("|"))
    if group and (name in FORMS or name in KINDS):
        word = group["group" if name in KINDS else name]
    else:
        word = rng.choice(words.lists[name])
    return word[:1].upper() + word[1:] if slot[:1].isupper() else word
