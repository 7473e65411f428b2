"""The configuration of a provider; errors never show its key."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from services.moderation.settings import OPENAI, Settings

NEVER_LOADED = """
import sys
import services.moderation.app
from services.moderation.settings import Settings
services.moderation.app.create_app(Settings())
print([name for name in ("openai", "httpx2") if name in sys.modules])
"""


def test_without_a_key_and_an_address_there_is_no_provider() -> None:
    assert Settings().provider is None


def test_a_key_alone_means_openai_with_its_moderation_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", " sk-1\n")
    config = Settings().provider
    assert config is not None
    assert (config.api_key, config.base_url, config.moderation_model) == ("sk-1", OPENAI, "omni-moderation-latest")


def test_a_self_hosted_server_needs_no_key_and_uses_the_chat_model_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8080/v1/")
    monkeypatch.setenv("OTTIT_OPENAI_MODEL", "qwen")
    config = Settings().provider
    assert config is not None
    assert (config.api_key, config.base_url, config.models) == ("", "http://127.0.0.1:8080/v1", "qwen")


@pytest.mark.parametrize("key", ["sk-canary with a space", "sk-canäry", "sk-canary\r\nX-Other: 1"])
def test_an_invalid_key_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "sk-can" not in str(refused.value)


@pytest.mark.parametrize("url", ["ftp://x", "api.openai.com/v1", "https://user:word@x/v1", "https://x/v1?key=1"])
def test_an_address_without_http_or_with_credentials_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("key", ["", "sk-1"])
@pytest.mark.long
def test_the_sdk_is_not_loaded_before_a_text_needs_it(key: str) -> None:
    environment = {"OPENAI_API_KEY": key} if key else {}
    done = subprocess.run(
        [sys.executable, "-c", NEVER_LOADED], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
