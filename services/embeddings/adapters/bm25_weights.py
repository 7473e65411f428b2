"""BM25 weights of posts and queries, in every script.

English words are stemmed by Qdrant's BM25, which also knows its stop words. Of other words the plain form counts.
"""

from collections import Counter
from functools import lru_cache

from qdrant_edge import Bm25, Bm25Config

from services.embeddings.adapters.hidden_words import HiddenWords
from services.embeddings.search_words import characters_of, parts_of, spellings, words_of

# The usual constants: Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009. Community posts have
# 18.5 distinct stems on average.
_K1, _B, _AVERAGE_LENGTH = 1.2, 0.75, 20.0
# A part of a compound, a character of a pair and a second spelling say less than the word itself.
_PART_WEIGHT, _CHARACTER_WEIGHT = 0.4, 0.5

_ENGLISH = Bm25(Bm25Config(language="english"))


def bm25_document(title: str, body: str, words: HiddenWords) -> tuple[list[int], list[float]]:
    """Return the weights of a post as hashed terms in rising order. The index applies the inverse frequencies."""
    text = f"{title}\n{body}"
    terms = Counter(term for word in words_of(text) if (term := _term(word)))
    saturation = _K1 * (1 - _B + _B * terms.total() / _AVERAGE_LENGTH)
    weights = {term: count * (_K1 + 1) / (count + saturation) for term, count in terms.items()}
    for term, share in _more_terms(text).items():
        weights.setdefault(term, share * (_K1 + 1) / (1 + saturation))
    return words.terms(weights)


def bm25_query(text: str, words: HiddenWords) -> tuple[list[int], list[float]]:
    """Return the terms of a query with their weights; empty if it has only stop words."""
    weights: dict[str, float] = {}
    for word in dict.fromkeys(word for spelling in spellings(text) for word in words_of(spelling)):
        if term := _term(word):
            weights[term] = 1.0
        parts = [term for part in parts_of(word) if (term := _term(part))]
        for term in parts:
            weights.setdefault(term, _PART_WEIGHT / len(parts))
    return words.terms(weights)


def _more_terms(text: str) -> dict[str, float]:
    """Return further terms of a post, each with its share of a word's weight."""
    terms: dict[str, float] = {}
    for spelling in spellings(text)[1:]:
        terms |= dict.fromkeys(filter(None, map(_term, words_of(spelling))), 1.0)
    for character in characters_of(text):
        terms.setdefault(_term(character), _CHARACTER_WEIGHT)
    for word in dict.fromkeys(words_of(text)):
        for part in parts_of(word):
            if term := _term(part):
                terms.setdefault(term, _PART_WEIGHT)
    return terms


@lru_cache(20_000)
def _term(word: str) -> str:
    """Return the term of a word: the number of its English stem, or the word itself; empty for a stop word."""
    if not word.isascii():
        return word
    stems = _ENGLISH.embed_query(word).indices
    return str(stems[0]) if stems else ""
