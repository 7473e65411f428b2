"""Made-up readers with known tastes: the posts that each of them likes, and the votes that they have cast."""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

# Communities about one thing. A reader of a theme likes all of them, as most people like more than two places.
THEMES = tuple(
    tuple(names.split())
    for names in (
        "android apple gadgets technology linux programming learnprogramming python learnpython javascript webdev",
        "baking cooking recipes slowcooking tea beer gardening homestead frugal diy",
        "minecraft gaming truegaming pcgaming leagueoflegends boardgames rpg chess",
        "science askscience astronomy biology chemistry math medicine space environment",
        "starwars anime comicbooks doctorwho gameofthrones movies television books booksuggestions",
        "backpacking bicycling camping hiking running fitness motorcycles travel soccer baseball hockey nba",
        "philosophy buddhism christianity meditation atheism history askhistory sociology",
        "news worldnews politics law truereddit environment legaladvice",
        "ainbow lgbt asktransgender twoxchromosomes oney relationships parenting adhd autism",
        "knitting crafts woodworking diy photography writing guitar wearethemusicmakers",
        "jobs personalfinance teachers teaching college talesfromretail talesfromtechsupport legaladvice",
        "dogs cats aww gardening camping parenting homestead",
    )
)
# Topics that many communities touch. A post is about one if it has two different words of it: one may be by chance.
# Words and not vectors, because ranking compares vectors: it would be compared with itself.
TOPICS = tuple(
    frozenset(words.split())
    for words in (
        "cook cooking recipe meal meals bake baking dinner lunch kitchen vegetarian vegan",
        "sleep sleeping insomnia bed bedtime nap awake asleep tired melatonin",
        "debt loan mortgage savings budget salary invest investing bank credit taxes retirement",
        "teacher teachers student students school classroom exam homework university college",
        "car cars driving engine brake tires highway vehicle mileage driver",
        "doctor hospital symptoms surgery diagnosis patient patients medication pain treatment",
        "climate warming carbon emissions fossil renewable solar pollution glacier drought",
        "war army soldiers military troops battle weapons invasion bomb navy",
        "mother father parents sister brother daughter son grandmother wedding divorce",
        "python javascript code function variable program compile database array loop",
        "run running marathon gym workout muscle training race squat cardio",
        "dog dogs cat cats puppy kitten vet pet pets",
    )
)
KINDS = ("a theme", "a topic", "one community", "two or three communities", "a newcomer", "a changed taste")
# Of the votes of all but newcomers: a share goes to posts outside of the taste, and as many of those are voted down.
STRAY, DOWN = 0.1, 0.1
NEWCOMERS_VOTES = 3
WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Vote:
    """A vote (1 or -1) on the post of this row, at `at` (Unix seconds)."""

    row: int
    value: int
    at: float


@dataclass(frozen=True)
class Reader:
    """A reader, the posts that they like (a mask over the rows), and their votes, oldest first."""

    id: str
    kind: str
    likes: Mask
    votes: tuple[Vote, ...]


@dataclass(frozen=True)
class PostedTexts:
    """The posts to draw from: communities and texts by row, times of posting in Unix seconds."""

    communities: NDArray[np.str_]
    texts: Sequence[str]
    created: NDArray[np.float64]

    def in_communities(self, names: Iterable[str]) -> Mask:
        """Return the posts of these communities."""
        return np.isin(self.communities, list(names))

    def about(self, topic: frozenset[str]) -> Mask:
        """Return the posts with at least two different words of a topic."""
        return np.array([len(topic.intersection(WORD.findall(text.lower()))) > 1 for text in self.texts])


def make_readers(posted: PostedTexts, count: int, half: int) -> list[Reader]:
    """Make `count` readers of each kind. The halves 0 and 1 draw from different topics, themes and communities."""
    chance = random.Random(half)
    names = sorted(set(posted.communities.tolist()))[half::2]
    topics = [posted.about(topic) for topic in TOPICS[half::2]]
    themes = [posted.in_communities(theme) for theme in THEMES[half::2]]

    def some(least: int, most: int) -> Mask:
        return posted.in_communities(chance.sample(names, chance.randint(least, most)))

    makers: dict[str, Callable[[], tuple[Mask, Mask | None]]] = {
        "a theme": lambda: (chance.choice(themes), None),
        "a topic": lambda: (chance.choice(topics), None),
        "one community": lambda: (some(1, 1), None),
        "two or three communities": lambda: (some(2, 3), None),
        "a newcomer": lambda: (chance.choice(themes), None),
        "a changed taste": lambda: (chance.choice(themes), some(1, 3)),
    }
    readers: list[Reader] = []
    for kind in KINDS:
        for number in range(count):
            likes, before = makers[kind]()
            if likes.any():
                votes = _votes(posted, likes, before, is_new=kind == "a newcomer", chance=chance)
                readers.append(Reader(f"{kind.replace(' ', '-')}-{number}", kind, likes, votes))
    return readers


def _votes(
    posted: PostedTexts, likes: Mask, before: Mask | None, *, is_new: bool, chance: random.Random
) -> tuple[Vote, ...]:
    """Draw votes at the times of the posts. `before`: a former taste, of the first half of the posts."""
    count = NEWCOMERS_VOTES if is_new else chance.randint(10, 40)
    rows = np.arange(posted.created.size)
    is_early = rows < rows.size // 2
    if before is None:
        drawn = _draw(likes, count, chance)
    else:
        drawn = _draw(before & is_early, count, chance) + _draw(likes & ~is_early, count, chance)
    cast = dict.fromkeys(drawn, 1)
    if not is_new:
        cast |= dict.fromkeys(_draw(~likes, round(count * STRAY), chance), 1)
        cast |= dict.fromkeys(_draw(~likes, round(count * DOWN), chance), -1)
    votes = [Vote(row, value, float(posted.created[row])) for row, value in cast.items()]
    return tuple(sorted(votes, key=lambda vote: (vote.at, vote.row)))


def _draw(mask: Mask, count: int, chance: random.Random) -> list[int]:
    """Return rows of the mask, without repeats; at most half of them, so that some are left to find."""
    rows = np.flatnonzero(mask).tolist()
    return chance.sample(rows, min(count, len(rows) // 2))
