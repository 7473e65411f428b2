"""The environment and secrets of each process, and the launcher's settings."""

import re
from pathlib import Path

import pytest

from deploy.installation.secret_files import SERVICES, Secrets
from deploy.installation.settings import LauncherSettings
from deploy.local.process_specs import broker_process, service_process
from shared.security import permissions

SECRETS = Secrets("ab" * 32, {name: f"p-{name}" for name in ("operator", *SERVICES)})


@pytest.fixture
def settings(tmp_path: Path) -> LauncherSettings:
    return LauncherSettings(port=9000, data_dir=tmp_path / "my data")


def test_the_launcher_and_the_broker_have_the_same_services() -> None:
    assert set(SERVICES) == set(permissions.SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_only_its_own_password(name: str, settings: LauncherSettings) -> None:
    values = set(service_process(name, settings, SECRETS).environment.values())

    assert values & set(SECRETS.passwords.values()) == {f"p-{name}"}


def test_only_services_that_open_sealed_text_get_the_master_key(settings: LauncherSettings) -> None:
    holders = {
        name for name in SERVICES if SECRETS.master_key in service_process(name, settings, SECRETS).environment.values()
    }

    assert holders == {"gateway", "moderation", "embeddings"}


def test_provider_keys_reach_moderation_only(settings: LauncherSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-provider")
    holders = [
        name for name in SERVICES if "sk-provider" in service_process(name, settings, SECRETS).environment.values()
    ]

    assert holders == ["moderation"]
    assert "sk-provider" not in broker_process(settings, SECRETS).environment.values()


def test_the_broker_always_listens_on_loopback(tmp_path: Path) -> None:
    settings = LauncherSettings(host="0.0.0.0", port=9000, data_dir=tmp_path)
    broker = broker_process(settings, SECRETS)

    assert broker.environment["OTTIT_BROKER_HOST"] == "127.0.0.1"
    # Nothing listens that asks for no password: the health page of the containers' broker does.
    (config,) = (Path(part) for part in broker.command if part.endswith(".conf"))
    assert not re.search(r"^\s*(http|https|monitor_port|http_port)\b", config.read_text(), re.MULTILINE)


def test_a_second_installation_needs_only_another_port(tmp_path: Path) -> None:
    first, second = (LauncherSettings(port=port, data_dir=tmp_path) for port in (8700, 8800))
    ports = [port for settings in (first, second) for _, port in settings.ports.values()]

    assert len(set(ports)) == 4
    assert first.broker_url == "nats://127.0.0.1:8722"


def test_the_highest_port_still_leaves_valid_broker_ports(tmp_path: Path) -> None:
    settings = LauncherSettings(port=65_535, data_dir=tmp_path)

    assert all(0 < port <= 65_535 for _, port in settings.ports.values())


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:9000"),
        ("0.0.0.0", "http://127.0.0.1:9000"),
        ("::", "http://[::1]:9000"),
        ("::1", "http://[::1]:9000"),
    ],
)
def test_the_url_opens_on_this_machine(host: str, url: str, tmp_path: Path) -> None:
    assert LauncherSettings(host=host, port=9000, data_dir=tmp_path).url == url


@pytest.mark.parametrize("name", SERVICES)
def test_the_telemetry_of_the_model_runtime_is_off(name: str, settings: LauncherSettings) -> None:
    assert service_process(name, settings, SECRETS).environment["ORT_DISABLE_TELEMETRY"] == "1"
