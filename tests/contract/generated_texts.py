"""Random texts: drawn by Hypothesis with a fixed seed, committed, and run by both implementations.

`python -m tests.contract.make_policy_vectors --draw` draws new ones.
"""

import json
from collections.abc import Callable
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.contract.policy_texts import DIALECT_TEXTS, NORMALIZER_TEXTS

# Enough for every pair of ingredients to occur; the first draws are the simplest.
DRAWN, LONGEST = 200, 200
SEED = 20261123
LOOK_ALIKE = str.maketrans("aceopxyk", "асеорхук")
LEET = str.maketrans("aeiost", "4310$7")
# Parts of long texts: wrapped sentences, and what stands between two.
WRAPPED_TEXTS = [
    '{"comment": "Meet me at the gate.", "lang": "en"}',
    "```\nwait for the third bell\n```",
    "> She said so!\n> And then?",
    "[Meet me at the gate at nine.](https://pier.example/gate)",
    "Thank you so much! Warm wishes to everybody (and the dog).",
    "これは文です。これも文です！",
    "हाँ। नहीं॥",
]
BETWEEN = (" ", "  ", "\n", "\r\n\r\n", "", ". ", "\u00a0", "\u2028", "… ", '", ')
DISGUISED = 0.3

Disguise = Callable[[str], str]
DISGUISES: tuple[Disguise, ...] = (
    str.upper,
    lambda text: text.translate(LOOK_ALIKE),
    lambda text: text.translate(LEET),
    lambda text: "\u200b".join(text),
    lambda text: " ".join(text),
    lambda text: "  ".join(" ".join(word) for word in text.split(" ")),
    lambda text: ".".join(text),
    lambda text: "".join(char * 4 if char in "aeiou" else char for char in text),
    lambda text: "".join(char + "\u0336" for char in text),
    lambda text: "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text),
    lambda text: "".join(chr(ord(char) - 97 + 0x1F170) if "a" <= char <= "z" else char for char in text),
    lambda text: " ".join("\U0001f525".join(word) for word in text.split(" ")),
    lambda text: " ".join("+".join(word) for word in text.split(" ")),
    lambda text: " ".join(f"{word[:2]}*{word[2:]}" for word in text.split(" ")),
    lambda text: " ".join(f"{word[:2]}.{word[2:]}" for word in text.split(" ")),
)
# Lone surrogates, line ends, combining marks, removed marks, astral characters, and the characters of disguises.
TRICKY = st.text(
    alphabet=st.sampled_from(
        "aiklost01!|$@.-_*+~\\ \r\n\t\u200b\u0301\u0336\u093c\u3099\u1161\u11a8\u2028\ud83d\udd2a\U000e0041"
        "각かéßİıſﬁ½①κоиѕ🔪🅰🇰"
    ),
    max_size=12,
)
PIECES = st.builds(
    lambda text, disguise: disguise(text), st.sampled_from(DIALECT_TEXTS + NORMALIZER_TEXTS), st.sampled_from(DISGUISES)
)
PARTS = st.lists(PIECES | TRICKY | st.text(max_size=8), min_size=1, max_size=4)
# Through JSON, as the client reads them: there, two surrogates become one character.
TEXTS = PARTS.map(lambda parts: str(json.loads(json.dumps(" ".join(parts)[:LONGEST]))))


def drawn_texts() -> list[str]:
    """Return the distinct texts; they are the same for the same release of Hypothesis."""
    found: dict[str, None] = {}

    @seed(SEED)
    @settings(max_examples=DRAWN, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(TEXTS)
    def draw(text: str) -> None:
        found[text] = None

    draw()
    return list(found)


def window_texts() -> list[tuple[str, str]]:
    """Return titles and bodies to cut: all kinds of bounds, lengths at the limits, scripts without spaces, one word."""
    chance = Random(SEED)
    sentences = [*DIALECT_TEXTS, *NORMALIZER_TEXTS, *WRAPPED_TEXTS]
    texts = [("", ""), ("", " \n"), ("T", ""), ("", "b"), ("t" * 300, "b" * 40), ("\ud83d", "\udd2a" * 30)]
    texts += [
        ("", "w" * 1000),
        ("", "🔪" * 500),
        ("漢字" * 150, "日本語の文です。" * 90),
        ("", "각" * 300),
        ("", "x y " * 300),
    ]
    for _ in range(40):
        parts = chance.choices(sentences, k=chance.randrange(1, 30))
        disguised = (chance.choice(DISGUISES)(part) if chance.random() < DISGUISED else part for part in parts)
        body = "".join(part + chance.choice(BETWEEN) for part in disguised)[: chance.randrange(10, 1800)]
        texts.append((chance.choice(["", chance.choice(sentences)[:120]]), body))
    # Through JSON, as the client reads them: there, two surrogates become one character.
    return [(title, body) for title, body in json.loads(json.dumps(texts))]
