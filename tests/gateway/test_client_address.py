"""The client's address behind proxies: what is believed, and what is counted as one client."""

import pytest
from pydantic import ValidationError
from starlette.types import Scope

from services.gateway.http.client_address import UNPARSABLE, TrustedProxies
from services.gateway.settings import Settings
from tests.collected_data import cases

PROXY, STRANGER = "10.0.0.2", "203.0.113.9"


def client_of(*forwarded: str, peer: str = PROXY, trusted: str = "10.0.0.0/8") -> str:
    """Return the client of a request over this connection. `forwarded`: one X-Forwarded-For header each."""
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return TrustedProxies(trusted).client_of({"type": "http", "client": (peer, 4711), "headers": headers})


@pytest.mark.parametrize(("header", "expected"), cases("forwarded.json"))
def test_the_collected_forms_of_an_address_have_their_bucket(header: str, expected: str) -> None:
    assert client_of(header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", UNPARSABLE),
        ("_hidden", UNPARSABLE),
        ("", PROXY),
        ("198.51.100.7,", UNPARSABLE),
        ("999.1.1.1", UNPARSABLE),
        ("1.2.3.4.example", UNPARSABLE),
    ],
)
def test_an_address_has_one_bucket_in_every_form(header: str, expected: str) -> None:
    assert client_of(header) == expected


def test_without_a_trusted_proxy_the_header_is_not_believed() -> None:
    assert client_of("198.51.100.7", peer=STRANGER) == STRANGER
    assert client_of("198.51.100.7", trusted="") == PROXY


def test_the_claim_of_the_client_itself_is_not_believed() -> None:
    assert client_of("1.1.1.1, 198.51.100.7, 10.0.0.3") == "198.51.100.7"
    assert client_of("1.1.1.1", "198.51.100.7, 10.0.0.3") == "198.51.100.7"


def test_a_request_that_comes_from_a_proxy_itself_has_its_address() -> None:
    assert client_of("10.0.0.9, 10.0.0.3") == "10.0.0.9"


@pytest.mark.parametrize(
    ("peer", "said", "expected"),
    [(PROXY, "https", "https"), (PROXY, "http, HTTPS", "https"), (PROXY, "", "http"), (STRANGER, "https", "http")],
)
def test_only_a_trusted_proxy_says_that_a_connection_is_encrypted(peer: str, said: str, expected: str) -> None:
    headers = [(b"x-forwarded-proto", said.encode())] if said else []
    scope: Scope = {"type": "http", "scheme": "http", "client": (peer, 4711), "headers": headers}
    assert TrustedProxies("private").scheme_of(scope) == expected


def test_a_mistyped_proxy_is_named_at_the_start() -> None:
    with pytest.raises(ValidationError, match=r"10\.0\.0\.0/99"):
        Settings(trusted_proxies="10.0.0.0/99")
