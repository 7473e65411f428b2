"""States who may reach whom in containers. A new service, port or network fails here until it is listed."""

import re
from functools import cache
from itertools import combinations
from typing import Any

import pytest
import yaml

from deploy.containers.secrets_beside import SECRETS_BESIDE
from deploy.installation.passwords import BESIDE as BESIDE_FILES
from deploy.installation.secret_files import SERVICES
from deploy.installation.settings import ROOT

VARIANTS = {
    "plain": (),
    "metrics": ("deploy/compose.metrics.yaml",),
    "https": ("deploy/compose.https.yaml",),
    "cluster": ("deploy/compose.cluster.yaml",),
    "all": ("deploy/compose.metrics.yaml", "deploy/compose.https.yaml", "deploy/compose.cluster.yaml"),
}
# Service → port → who may use it: a credential, or what the port shows to everybody who reaches it.
STATUS = {9464: "health and metrics, without a name or a text"}
BROKER = {4222: "a password", 6222: "a password, in a cluster only"}
PROXY = {80: "the site", 443: "the site", 8700: "the site"}
LISTENS: dict[str, dict[int, str]] = {
    "gateway": {8700: "the site"} | STATUS,
    "moderation": STATUS,
    "embeddings": STATUS,
    "ranking": STATUS,
    "nats": BROKER,
    "nats-2": BROKER,
    "nats-3": BROKER,
    "qdrant": {6333: "a key", 6334: "a key"},
    "jaeger": {4318: "a password", 16686: "a password"},
    "prometheus": {9090: "metrics, without a name or a text"},
    "grafana": {3000: "a password"},
    "proxy": PROXY,
    "caddy": PROXY,
    "nginx": PROXY,
    "traefik": PROXY,
    "prepare": {},
    "provision": {},
    "operator": {},
}
BROKERS = {"nats", "nats-2", "nats-3"}
# Client → the services that it connects to.
CONNECTS: dict[str, set[str]] = {
    "gateway": BROKERS | {"jaeger"},
    "moderation": BROKERS | {"jaeger"},
    "embeddings": BROKERS | {"jaeger", "qdrant"},
    "ranking": BROKERS | {"jaeger"},
    "provision": BROKERS,
    "operator": BROKERS | {"gateway"},
    "prometheus": set(SERVICES),
    "grafana": {"prometheus"},
    "nats": BROKERS,
    "nats-2": BROKERS,
    "nats-3": BROKERS,
    "proxy": {"gateway"},
    "caddy": {"gateway"},
    "nginx": {"gateway"},
    "traefik": {"gateway"},
}
# Pairs that need nothing of each other and share the network of a third. Each has a port with a password, or serves
# what the site serves anyway.
BESIDE = {
    *((broker, other) for broker in BROKERS for other in ("jaeger", "prometheus")),
    ("jaeger", "prometheus"),
    ("jaeger", "operator"),
    ("operator", "prometheus"),
    ("operator", "provision"),
    # One proxy at a time: each replaces the others.
    *combinations(("caddy", "nginx", "proxy", "traefik"), 2),
}
MAY_REACH_OTHER_MACHINES = {"gateway", "moderation", "proxy", "caddy", "nginx", "traefik"}
NO_WAY_OUT = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
LOCAL_ONLY = {"jaeger", "grafana"}
PUBLISHED = {"gateway", "proxy", "caddy", "nginx", "traefik"} | LOCAL_ONLY


class Loader(yaml.SafeLoader):
    """Reads compose files: `!override` and `!reset` do not matter for networks."""


Loader.add_multi_constructor("!", lambda loader, _, node: None)


@cache
def read(path: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((ROOT / path).read_text(encoding="utf-8"), Loader)
    return found


def files(variant: str) -> list[dict[str, Any]]:
    """Return the compose files of a variant."""
    return [read(path) for path in ("compose.yaml", *VARIANTS[variant])]


def definitions(variant: str) -> dict[str, list[dict[str, Any]]]:
    """Return service → its definition in each file, with those of the service that it extends."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in files(variant):
        for name, service in file["services"].items():
            inherited = found.get(service["extends"]["service"], []) if "extends" in service else []
            found.setdefault(name, list(inherited)).append(service)
    return found


def networks(variant: str) -> dict[str, set[str]]:
    """Return service → its networks."""
    return {
        name: {network for one in parts for network in one.get("networks", ())}
        for name, parts in definitions(variant).items()
    }


def settings(variant: str) -> dict[str, dict[str, Any]]:
    """Return network → its settings."""
    return {name: network or {} for file in files(variant) for name, network in file.get("networks", {}).items()}


@pytest.mark.parametrize("variant", VARIANTS)
def test_two_services_share_a_network_only_if_the_table_says_so(variant: str) -> None:
    joined = networks(variant)
    for one, other in combinations(sorted(joined), 2):
        needed = other in CONNECTS.get(one, ()) or one in CONNECTS.get(other, ())
        listed = needed or (one, other) in BESIDE or (other, one) in BESIDE
        assert bool(joined[one] & joined[other]) == listed, f"{one} and {other}: {joined[one] & joined[other]}"


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_four_services_cannot_reach_each_other(variant: str) -> None:
    joined = networks(variant)
    assert [pair for pair in combinations(SERVICES, 2) if joined[pair[0]] & joined[pair[1]]] == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_service_names_its_networks_and_its_ports(variant: str) -> None:
    found = definitions(variant)
    assert set(found) <= set(LISTENS), "list the new service"
    for name, parts in found.items():
        isolated = any(one.get("network_mode") == "none" for one in parts)
        assert networks(variant)[name] or isolated, f"{name} would join the network of all services"
        assert {network for network in networks(variant)[name] if network not in settings(variant)} == set()


def test_every_port_that_is_open_to_other_containers_is_listed() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    jaeger = (ROOT / "deploy" / "observability" / "jaeger.yaml").read_text(encoding="utf-8")
    broker = "".join(
        (ROOT / "deploy" / "nats" / name).read_text(encoding="utf-8") for name in ("cluster.conf", "start.sh")
    )
    assert set(map(int, re.findall(r"^EXPOSE (\d+)", dockerfile, re.MULTILINE))) == set(LISTENS["gateway"])
    assert set(map(int, re.findall(r"0\.0\.0\.0:(\d+)", jaeger))) == set(LISTENS["jaeger"])
    assert set(map(int, re.findall(r"0\.0\.0\.0:(\d+)", broker))) <= set(LISTENS["nats"])


def test_who_needs_nothing_of_a_service_finds_a_password_or_what_everybody_may_see() -> None:
    open_to_all = {"the site", *STATUS.values(), *LISTENS["prometheus"].values()}
    for pair in BESIDE:
        guards = {guard for name in pair for guard in LISTENS[name].values()}
        assert all(guard.startswith("a password") or guard in open_to_all for guard in guards), pair


def test_jaeger_asks_for_a_password_at_both_of_its_doors() -> None:
    jaeger = read("deploy/observability/jaeger.yaml")
    query, receiver = jaeger["extensions"]["jaeger_query"]["http"], jaeger["receivers"]["otlp"]["protocols"]["http"]
    people, services = query["auth"]["authenticator"], receiver["auth"]["authenticator"]
    assert (people, services) == ("basicauth/people", "basicauth/services")
    assert {people, services} <= set(jaeger["service"]["extensions"])
    files = {jaeger["extensions"][name]["htpasswd"]["file"] for name in (people, services)}
    assert files == {f"/run/secrets/{name}" for name in SECRETS_BESIDE["jaeger"](dict.fromkeys(BESIDE_FILES, "p"))}


@pytest.mark.parametrize("variant", VARIANTS)
def test_only_listed_services_reach_other_machines(variant: str) -> None:
    open_networks = {
        name
        for name, network in settings(variant).items()
        if not network.get("internal") and network.get("driver_opts") != NO_WAY_OUT
    }
    found = {name for name, joined in networks(variant).items() if joined & open_networks}
    assert found <= MAY_REACH_OTHER_MACHINES
    assert {"gateway", "moderation"} <= found


@pytest.mark.parametrize("variant", VARIANTS)
def test_only_the_site_is_published_to_other_machines(variant: str) -> None:
    published = {
        name: ports
        for name, parts in definitions(variant).items()
        if (ports := [str(port) for one in parts for port in one.get("ports") or ()])
    }
    assert set(published) <= PUBLISHED
    for name in set(published) & LOCAL_ONLY:
        assert all(port.startswith("127.0.0.1:") for port in published[name]), f"{name} is not encrypted"


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_container_is_confined(variant: str) -> None:
    for name, parts in definitions(variant).items():
        merged = {key: value for one in parts for key, value in one.items()}
        assert merged["cap_drop"] == ["ALL"], name
        assert merged["security_opt"] == ["no-new-privileges:true"], name
        if name not in {"caddy", "nginx", "traefik"}:  # their images start as root to open port 443
            assert merged["read_only"], name
        own_or_other_user = str(merged["image"]).startswith("ottit/") or name == "proxy"
        if not own_or_other_user and not {"web"} & networks(variant)[name]:
            assert not str(merged["user"]).startswith("0"), name
        assert merged.get("user") != "0:0" or name == "prepare", name


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_password_has_a_default(variant: str) -> None:
    for name, parts in definitions(variant).items():
        environment = {key: value for one in parts for key, value in (one.get("environment") or {}).items()}
        secret = {key for key in environment if any(word in key for word in ("PASSWORD", "SECRET", "_KEY"))}
        given = {key for key in secret if str(environment[key]) not in {"None", f"${{{key}:-}}"}}
        assert all(key.endswith("__FILE") for key in given), f"{name}: {given}"
