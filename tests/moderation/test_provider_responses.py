"""Reading providers' responses. Unreadable ones are in provider_faults.py."""

import orjson
import pytest

from services.moderation.engines.provider_errors import ProviderError
from services.moderation.engines.provider_responses import MAX_TOKENS, read_completion, read_moderation
from shared.policy import CATEGORIES, DEFAULT_POLICY, load_policy
from tests.moderation.provider_double import OPENAI_CATEGORIES, completion
from tests.moderation.provider_faults import EXACTLY


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
        ("self_harm__intent", {"self_harm"}),
        ("sexual__minors", {"sexual"}),
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


@pytest.mark.parametrize("tokens", [-1, MAX_TOKENS + 1, 1.5, "many"])
def test_impossible_token_counts_are_unreadable(tokens: object) -> None:
    answer = completion(EXACTLY) | {"usage": {"prompt_tokens": tokens, "completion_tokens": 1}}
    with pytest.raises(ProviderError, match="unreadable"):
        read_completion(orjson.dumps(answer))


def test_a_response_without_token_counts_is_read() -> None:
    answer = read_completion(orjson.dumps(completion(EXACTLY) | {"usage": None}))
    assert (answer.input_tokens, answer.output_tokens) == (0, 0)
