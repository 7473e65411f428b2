"""Writes the contract vectors of the two policy implementations.

Run as `python -m tests.contract.make_policy_vectors`; `--draw` draws new random texts.
Each file has a public view and cases: text, normal form, forms without disguises, public rules that fire (with spans
in code points), scores, flagged categories, outcome of the rules; rendered prompts; windows. pytest checks that the
files are current; Vitest runs them against `client/src/policy/`.
"""

import json
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from services.moderation.domain import Facts, decide
from shared.policy import (
    ANY_HARM,
    CATEGORIES,
    DEFAULT_POLICY,
    Policy,
    load_policy,
    match,
    normalize,
    public_view,
    render,
)
from shared.policy.density import is_too_dense
from shared.policy.disguises import forms
from shared.policy.threshold_bands import flagged_categories
from shared.policy.windows import in_context, parts, windows
from tests.contract.generated_texts import DISGUISES, drawn_texts, window_texts
from tests.contract.make_bundle_vectors import bundle_vectors
from tests.contract.policy_texts import (
    DENSE_TEXTS,
    DIALECT_TEXTS,
    DISGUISE_TEXTS,
    HARD_TEXTS,
    NORMALIZER_TEXTS,
    PROMPT_VALUES,
)

VECTORS = Path(__file__).parent / "policy-vectors"
_NO_CONCERN: dict[str, float] = dict.fromkeys((*CATEGORIES, ANY_HARM), 0.0)
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_SEED = 7
# A small cost, so that most texts have several parts.
_PART_COST = 600


def vectors(generated: list[str]) -> dict[str, dict[str, Any]]:
    """Return file name → content of every vector file."""
    default, dialect = load_policy(DEFAULT_POLICY), load_policy(VECTORS / "dialect.yaml")
    by_hand = [*DIALECT_TEXTS, *NORMALIZER_TEXTS, *DISGUISE_TEXTS, *HARD_TEXTS]
    return {
        "default.json": _vectors(default, default_texts(default)),
        "bundles.json": bundle_vectors(),
        "dialect.json": _vectors(dialect, by_hand),
        "generated.json": _vectors(dialect, generated),
        "density.json": _density(default),
        "prompts.json": _prompts(default),
        "windows.json": _window_vectors(),
    }


def committed_texts() -> list[str]:
    """Return the random texts in the committed vectors."""
    content = json.loads((VECTORS / "generated.json").read_text(encoding="ascii"))
    return [case["text"] for case in content["cases"]]


def default_texts(policy: Policy) -> list[str]:
    """Return the test texts of the default policy: plain, in a longer text, and in one disguise each."""
    cases = policy.cases
    texts = [text for of_rule in cases.fires.values() for text in of_rule] + [*cases.passes, *cases.steers]
    longer = [f"🙂 Ünlike before,\n\n{text}\u200b… and so on." for text in texts]
    return texts + longer + [DISGUISES[i % len(DISGUISES)](text.lower()) for i, text in enumerate(texts)]


def rendered(content: dict[str, Any]) -> str:
    """Return the text of a vector file."""
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def _vectors(policy: Policy, texts: list[str]) -> dict[str, Any]:
    chance = Random(_SEED)
    view = public_view(policy).model_dump(mode="json")
    return {"view": view, "cases": [_case(policy, text, chance) for text in texts]}


def _case(policy: Policy, text: str, chance: Random) -> dict[str, Any]:
    plain = normalize(text)
    hits = tuple(hit for hit in match(policy, text) if hit.public)
    scores = {name: round(chance.random(), 3) for name in (*CATEGORIES, ANY_HARM)}
    return {
        "text": text,
        "normalized": plain.text,
        "forms": [form.text for form in forms(plain)[1:]],
        "hits": [
            {
                "rule": hit.rule,
                "outcome": hit.outcome.value,
                "spans": [[span.start, span.end] for span in hit.spans],
            }
            for hit in hits
        ],
        "verdict": decide(policy, _NO_CONCERN, Facts(hits, _ANY_DAY)).outcome,
        "scores": scores,
        "leanings": [
            [leaning.category, leaning.outcome, leaning.near]
            for leaning in flagged_categories(public_view(policy).categories, scores)
        ],
    }


def _window_vectors() -> dict[str, Any]:
    texts = window_texts()
    answers = [(answered, body[:length]) for (_, answered), (_, body) in pairwise(texts) for length in (20, 60, 120)]
    contexts = [
        {"answered": answered, "body": body, "context": in_context(answered, body)} for answered, body in answers
    ]
    return {"cases": [_windows(title, body) for title, body in texts], "contexts": contexts[::4]}


def _windows(title: str, body: str) -> dict[str, Any]:
    found = [[window.start, window.end, *window.forms] for window in windows(title, body)]
    return {"title": title, "body": body, "windows": found, "parts": parts(body, _PART_COST)}


def _density(policy: Policy) -> dict[str, Any]:
    """Return texts around the limit, as parts and how often each is repeated, and what is decided about them."""
    cases = []
    for pieces in DENSE_TEXTS:
        text = "".join(part * count for part, count in pieces)
        decision = decide(policy, _NO_CONCERN, Facts((), _ANY_DAY, too_dense=True)) if is_too_dense(text) else None
        fields = {"rule", "category", "message", "spans"}
        reasons = [reason.model_dump(mode="json", include=fields) for reason in decision.reasons] if decision else []
        cases.append({"parts": pieces, "held": decision is not None, "reasons": reasons})
    return {"view": public_view(policy).model_dump(mode="json"), "cases": cases}


def _prompts(policy: Policy) -> dict[str, Any]:
    cases = []
    for name in policy.prompts:
        for values in PROMPT_VALUES:
            prompt = render(policy, name, values)
            cases.append({"name": name, "values": values, "system": prompt.system, "user": prompt.user})
    return {"view": public_view(policy).model_dump(mode="json"), "cases": cases}


if __name__ == "__main__":
    texts = drawn_texts() if "--draw" in sys.argv else committed_texts()
    for name, content in vectors(texts).items():
        (VECTORS / name).write_text(rendered(content), encoding="ascii")
