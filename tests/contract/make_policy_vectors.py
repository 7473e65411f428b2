"""Writes the vectors that hold the two implementations of the rules together.

Run as `python -m tests.contract.make_policy_vectors`.
Each file has a public view and cases: text → normalised form → public rules that fire, with spans in
code points → verdict. pytest checks that the files are current; Vitest runs them against `client/src/policy/`.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from services.moderation.domain import Facts, decide
from shared.policy import CATEGORIES, DEFAULT_POLICY, Policy, load_policy, match, normalize, public_view
from tests.contract.make_bundle_vectors import bundle_vectors
from tests.contract.policy_texts import DIALECT_TEXTS, NORMALIZER_TEXTS

VECTORS = Path(__file__).parent / "policy-vectors"
_NO_CONCERN: dict[str, float] = dict.fromkeys(CATEGORIES, 0.0)
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def vectors() -> dict[str, dict[str, Any]]:
    """File name → content of every vector file."""
    dialect = load_policy(VECTORS / "dialect.yaml")
    return {
        "default.json": _vectors(load_policy(DEFAULT_POLICY), default_texts()),
        "bundles.json": bundle_vectors(),
        "dialect.json": _vectors(dialect, [*DIALECT_TEXTS, *NORMALIZER_TEXTS]),
    }


def default_texts() -> list[str]:
    """The texts on which the default policy is tested, each also inside a longer text."""
    cases = yaml.safe_load((DEFAULT_POLICY / "cases.yaml").read_text(encoding="utf-8"))
    texts: list[str] = [text for of_rule in cases["fires"].values() for text in of_rule] + cases["passes"]
    return texts + [f"🙂 Ünlike before,\n\n{text}\u200b… and so on." for text in texts]


def rendered(content: dict[str, Any]) -> str:
    """A vector file's text."""
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def _vectors(policy: Policy, texts: list[str]) -> dict[str, Any]:
    return {"view": public_view(policy).model_dump(mode="json"), "cases": [_case(policy, text) for text in texts]}


def _case(policy: Policy, text: str) -> dict[str, Any]:
    hits = tuple(hit for hit in match(policy, text) if hit.public)
    return {
        "text": text,
        "normalized": normalize(text).text,
        "hits": [
            {
                "rule": hit.rule,
                "outcome": hit.outcome.value,
                "spans": [[span.start, span.end] for span in hit.spans],
            }
            for hit in hits
        ],
        "verdict": decide(policy, _NO_CONCERN, Facts(hits, _ANY_DAY)).outcome,
    }


if __name__ == "__main__":
    for name, content in vectors().items():
        (VECTORS / name).write_text(rendered(content), encoding="ascii")
