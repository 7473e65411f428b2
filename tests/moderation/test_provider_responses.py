"""Reading providers' responses. Unreadable ones are in provider_faults.py."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from services.moderation.engines.chat_completion import read_usage
from services.moderation.engines.provider_errors import ProviderError
from services.moderation.engines.provider_responses import read_completion, read_moderation
from shared.policy import CATEGORIES, DEFAULT_POLICY, load_policy
from tests.collected_data import CASES
from tests.moderation.provider_double import OPENAI_CATEGORIES, completion
from tests.moderation.provider_faults import EXACTLY

VECTORS = orjson.loads(Path("tests/contract/provider-vectors.json").read_bytes())["cases"]
# The vectors' names of errors → ours, where they differ.
CODES = {"unavailable": "provider_error"}
COLLECTED = CASES / "providers.json"


def _moderation(**scores: object) -> bytes:
    named = dict.fromkeys(OPENAI_CATEGORIES, 0.1) | {
        name.replace("__", "/").replace("_", "-"): s for name, s in scores.items()
    }
    return orjson.dumps({"results": [{"category_scores": named}]})


@pytest.mark.parametrize(
    ("openai_category", "categories"),
    [
        ("hate", {"hate"}),
        ("hate__threatening", {"hate", "violence"}),
        ("harassment", {"harassment"}),
        ("harassment__threatening", {"harassment", "violence"}),
        ("self_harm", set()),
        ("self_harm__intent", {"self_harm"}),
        ("self_harm__instructions", {"self_harm", "self_harm_encouragement"}),
        ("sexual", {"sexual"}),
        ("sexual__minors", {"sexual", "sexual_minors"}),
        ("violence__graphic", {"violence"}),
        ("illicit__violent", {"violence"}),
        ("illicit", set()),
    ],
)
def test_provider_categories_map_to_ours(openai_category: str, categories: set[str]) -> None:
    scores = read_moderation(_moderation(**{openai_category: 0.9})).scores
    assert {name for name, score in scores.items() if score == 0.9} == categories
    assert set(scores) == set(CATEGORIES) - {"spam"}


def test_a_response_without_illicit_categories_is_read() -> None:
    scores = {name: 0.2 for name in OPENAI_CATEGORIES if not name.startswith("illicit")}
    assert read_moderation(orjson.dumps({"results": [{"category_scores": scores}]})).scores["violence"] == 0.2


@pytest.mark.parametrize("wrong", [None, "high", True, -1, 2, [0.1]])
def test_a_score_outside_0_to_1_is_unreadable(wrong: object) -> None:
    with pytest.raises(ProviderError, match="unreadable"):
        read_moderation(_moderation(sexual=wrong))


def test_responses_are_read_by_the_policys_schema() -> None:
    schema = load_policy(DEFAULT_POLICY).output_schema
    assert schema["required"] == list(orjson.loads(EXACTLY))
    assert schema["properties"]["scores"]["required"] == list(orjson.loads(EXACTLY)["scores"])


@pytest.mark.parametrize("case", VECTORS, ids=[case["name"] for case in VECTORS])
def test_responses_are_read_as_the_browser_reads_them(case: dict[str, Any]) -> None:
    body = case["body"] if isinstance(case["body"], str) else orjson.dumps(case["body"]).decode()
    expected = case["expect"]
    assert list(read_usage(body.encode())) == case.get("usage", [None, None])
    if "error" in expected:
        with pytest.raises(ProviderError) as raised:
            read_completion(body.encode())
        assert raised.value.code == CODES.get(expected["error"], expected["error"])
        return
    read = read_completion(body.encode())
    assert read.scores == expected["scores"]
    assert [read.input_tokens, read.output_tokens] == case.get("usage", [None, None])


@pytest.mark.parametrize(
    "text", ["{" * 200_000, '{"a":' * 100_000, "[" * 200_000, "data:" * 50_000, "<think>" * 40_000]
)
def test_a_response_full_of_brackets_is_read_in_bounded_time(text: str) -> None:
    for body in (text, orjson.dumps(completion(text)).decode()):
        with pytest.raises(ProviderError, match="unreadable"):
            read_completion(body.encode())


@pytest.mark.skipif(not COLLECTED.is_file(), reason=f"{COLLECTED.name} is not beside the project")
def test_collected_responses_are_read_as_expected() -> None:
    for case in orjson.loads(COLLECTED.read_bytes())["cases"]:
        if case["status"] != 200:
            continue
        body = case["raw"].encode() if "raw" in case else orjson.dumps(case["body"])
        if scores := case["expect"].get("scores"):
            assert read_completion(body).scores == scores, case["name"]
            continue
        with pytest.raises(ProviderError) as raised:
            read_completion(body)
        expected = {"unreadable": "unreadable", "refused": "refused", "error": "provider_error"}
        assert raised.value.code == expected[next(iter(case["expect"]))], case["name"]
