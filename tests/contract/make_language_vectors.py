"""Writes the contract vectors of the language detection: `python -m tests.contract.make_language_vectors`.

Own texts (`language-texts.yaml`), English in every disguise, and the difficult texts of the policy vectors. pytest
checks that the file is current; Vitest runs it against `client/src/policy/`.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypedDict

import yaml

from shared.policy.judged_languages import unjudged
from shared.policy.language_evidence import ENGLISH
from shared.policy.languages import passages
from tests.contract.generated_texts import DISGUISES
from tests.contract.make_policy_vectors import committed_texts
from tests.contract.policy_texts import DISGUISE_TEXTS, HARD_TEXTS, NORMALIZER_TEXTS

HERE = Path(__file__).parent
VECTORS = HERE / "language-vectors.json"
# Distant enough for every pair of languages to meet.
STRIDE = 7


class OwnTexts(TypedDict):
    """The own texts: those by language must be found to be in it, the others need not."""

    foreign: dict[str, list[str]]
    english: list[str]
    unknown: list[str]
    mixed: list[str]


def own_texts() -> OwnTexts:
    """Return the own texts of `language-texts.yaml`."""
    texts: OwnTexts = yaml.safe_load((HERE / "language-texts.yaml").read_text())
    return texts


def disguised() -> list[str]:
    """Return English texts, each in two disguises."""
    texts = [text for text in own_texts()["english"] if text.isascii() and len(text) > 12]
    return [
        DISGUISES[(number + shift) % len(DISGUISES)](text.lower())
        for number, text in enumerate(texts)
        for shift in (0, 4)
    ]


def vectors() -> dict[str, Any]:
    """Return the content of the vector file."""
    own = own_texts()
    foreign = [text for texts in own["foreign"].values() for text in texts]
    pairs = [f"{text}\n\n🙂 {foreign[(number + STRIDE) % len(foreign)]}" for number, text in enumerate(foreign[::3])]
    halves = [f"{text} {own['english'][number % 9]}" for number, text in enumerate(foreign[1::3])]
    long = [" ".join(foreign[start : start + 6]).replace(".", " 🙂") * 2 for start in range(0, len(foreign), 24)]
    texts = [*foreign, *own["english"], *own["unknown"], *own["mixed"], *disguised(), *pairs, *halves, *long]
    difficult = [*NORMALIZER_TEXTS, *DISGUISE_TEXTS, *HARD_TEXTS, *committed_texts()]
    return {"cases": [_case(text) for text in dict.fromkeys([*texts, *difficult])]}


def rendered(content: dict[str, Any]) -> str:
    """Return the text of the vector file."""
    cases = ",\n".join(json.dumps(case, ensure_ascii=True) for case in content["cases"])
    return f'{{"cases": [\n{cases}\n]}}\n'


def _case(text: str) -> dict[str, Any]:
    found = unjudged(text, [ENGLISH])
    return {
        "text": text,
        "passages": [[one.start, one.end, one.language] for one in passages(text)],
        "unjudged": found and asdict(found) | {"spans": [[span.start, span.end] for span in found.spans]},
    }


if __name__ == "__main__":
    VECTORS.write_text(rendered(vectors()), encoding="ascii")
