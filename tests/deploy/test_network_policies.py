"""States who may reach whom on Kubernetes, computed from the policies for every pair of pods and every port."""

from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

import yaml

from deploy.installation.secret_files import SERVICES
from deploy.installation.settings import ROOT

K8S = ROOT / "deploy" / "k8s"
OWN = {"kubernetes.io/metadata.name": "ottit"}
# Peer → labels of its pod and of its namespace. A peer without labels is an address outside of the cluster.
Labels = dict[str, str]
OTHERS: dict[str, tuple[Labels, Labels]] = {
    "nats": ({"app.kubernetes.io/name": "nats"}, OWN),
    "qdrant": ({"app.kubernetes.io/name": "qdrant"}, OWN),
    "stranger": ({"app": "stranger"}, OWN),
    "ingress": ({}, {"ottit/ingress": "yes"}),
    "monitoring": ({}, {"ottit/monitoring": "yes"}),
    "keda": ({}, {"kubernetes.io/metadata.name": "keda"}),
    "collector": ({}, {"ottit/traces": "yes"}),
    "elsewhere": ({}, {"kubernetes.io/metadata.name": "elsewhere"}),
    "names": ({"k8s-app": "kube-dns"}, {"kubernetes.io/metadata.name": "kube-system"}),
}
ADDRESSES = {"internet": "203.0.113.7", "private": "10.1.2.3", "metadata": "169.254.169.254"}
PORTS = (53, 80, 443, 465, 587, 4222, 4318, 6222, 6333, 6334, 6335, 8222, 8700, 9464)
# Who connects to whom, on which ports. Everything else is blocked.
ALLOWED: dict[tuple[str, str], set[int]] = {
    **{(client, "nats"): {4222} for client in (*SERVICES, "provision")},
    **{(service, "collector"): {4318} for service in SERVICES},
    **{("monitoring", service): {9464} for service in SERVICES},
    **{(pod, "names"): {53} for pod in (*SERVICES, "provision", "nats", "qdrant", "stranger")},
    ("ingress", "gateway"): {8700},
    ("embeddings", "qdrant"): {6333, 6334},
    ("nats", "nats"): {6222},
    ("qdrant", "qdrant"): {6335},
    ("keda", "nats"): {8222},
    ("moderation", "internet"): {443},
}
OUTSIDE = {("gateway", "internet"): {443, 465, 587}}


@cache
def manifests(folder: str) -> list[dict[str, Any]]:
    texts = [path.read_text(encoding="utf-8") for path in sorted((K8S / folder).glob("*.yaml"))]
    return [manifest for text in texts for manifest in yaml.safe_load_all(text)]


@cache
def peers() -> dict[str, tuple[Labels, Labels]]:
    """Return all peers with labels: the pods of the manifests, and others."""
    pods = {
        one["metadata"]["name"]: (one["spec"]["template"]["metadata"]["labels"], OWN)
        for one in manifests("base")
        if one["kind"] in {"Deployment", "Job"}
    }
    return pods | OTHERS


def selects(selector: dict[str, Any], labels: Labels) -> bool:
    """Tell if a selector chooses something with these labels."""
    equal = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    rules = selector.get("matchExpressions", [])
    assert all(rule["operator"] == "In" for rule in rules)
    return equal and all(labels.get(rule["key"]) in rule["values"] for rule in rules)


def matches(peer: dict[str, Any], name: str) -> bool:
    """Tell if a peer of a rule is the named one."""
    if block := peer.get("ipBlock"):
        address = ip_address(ADDRESSES.get(name, "127.0.0.1"))
        inside = [ip_network(one) for one in block.get("except", [])]
        return address in ip_network(block["cidr"]) and not any(address in one for one in inside) and name in ADDRESSES
    if name in ADDRESSES:
        return False
    pod, namespace = peers()[name]
    if "namespaceSelector" in peer:
        return selects(peer["namespaceSelector"], namespace) and selects(peer.get("podSelector", {}), pod)
    return namespace == OWN and selects(peer["podSelector"], pod)


def lets(policies: list[dict[str, Any]], direction: str, of: str, other: str, port: int) -> bool:
    """Tell if the policies of one peer let a connection pass. Other namespaces have policies of their own."""
    if of in ADDRESSES or peers()[of][1] != OWN:
        return True
    own = [one["spec"] for one in policies if selects(one["spec"]["podSelector"], peers()[of][0])]
    applying = [spec for spec in own if direction in spec["policyTypes"]]
    assert applying, f"no policy blocks {direction} of {of}"
    side = "to" if direction == "Egress" else "from"
    rules = [rule for spec in applying for rule in spec.get(direction.lower(), [])]
    return any(
        any(matches(peer, other) for peer in rule[side]) and port in {entry["port"] for entry in rule["ports"]}
        for rule in rules
    )


def connections(*folders: str) -> dict[tuple[str, str], set[int]]:
    """Return every pair between which a connection is possible, with its ports."""
    policies = [one for folder in folders for one in manifests(folder) if one["kind"] == "NetworkPolicy"]
    names = [*peers(), *ADDRESSES]
    inside = {name for name, (_, namespace) in peers().items() if namespace == OWN}
    found = {
        (source, target): {
            port
            for port in PORTS
            if lets(policies, "Egress", source, target, port) and lets(policies, "Ingress", target, source, port)
        }
        for source in names
        for target in names
        if source in inside or target in inside
    }
    return {pair: ports for pair, ports in found.items() if ports}


def test_only_the_listed_connections_are_possible() -> None:
    assert connections("base") == ALLOWED


def test_the_component_for_mail_and_sign_in_opens_only_the_gateway() -> None:
    assert connections("base", "outside") == ALLOWED | OUTSIDE


def test_no_service_reaches_another() -> None:
    assert [pair for pair in connections("base", "outside") if set(pair) <= set(SERVICES)] == []
