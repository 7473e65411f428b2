"""The client's own-key code with llama.cpp's server, from a page of another origin."""

import json
from pathlib import Path

import httpx2
import pytest

from deploy.local.install.client import ensure_packages, npm
from shared.policy import DEFAULT_POLICY, load_policy, render
from tests.providers.llama_server import LlamaServer, running_server

pytestmark = pytest.mark.provider

PAGE, ELSEWHERE = "http://127.0.0.1:8700", "https://elsewhere.example"
PREFLIGHT = {
    "origin": PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}


def test_the_client_asks_and_reads_the_server_itself(
    tiny_model: str, tiny_server: LlamaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = load_policy(DEFAULT_POLICY)
    prompt = render(policy, "moderation", {"guideline": "", "title": "", "body": "They are ripe ~ and sweet."})
    with running_server(LlamaServer(tiny_model, origins=ELSEWHERE), tmp_path / "log") as elsewhere:
        question = {
            "prompt": {"system": prompt.system, "user": prompt.user},
            "schema": policy.output_schema,
            "key": tiny_server.key,
            "scores": dict.fromkeys(policy.output_schema["properties"]["scores"]["required"], 0.9),
            "elsewhere": elsewhere.url,
        }
        monkeypatch.setenv("PROVIDER_ADDRESS", tiny_server.url)
        monkeypatch.setenv("PROVIDER_QUESTION", json.dumps(question))
        ensure_packages()
        npm("exec", "--", "vitest", "run", "tests/features/own-key/real-provider.dom.test.ts")


@pytest.mark.parametrize(("origins", "allowed"), [("*", PAGE), (ELSEWHERE, ELSEWHERE)])
def test_the_server_says_which_pages_may_ask_it(tiny_model: str, tmp_path: Path, origins: str, allowed: str) -> None:
    with running_server(LlamaServer(tiny_model, origins=origins), tmp_path / "log") as server:
        answer = httpx2.options(f"{server.url}/chat/completions", headers=PREFLIGHT, timeout=60)
    assert answer.headers["access-control-allow-origin"] == allowed
    assert answer.headers["access-control-allow-headers"] == "*"
