"""A real OpenID Connect provider (pyop) behind a small HTTP server, and ways to make it answer as an attacker would."""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from Cryptodome.PublicKey import RSA
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwkest.jwk import RSAKey
from jwkest.jws import JWS
from pyop.authz_state import AuthorizationState
from pyop.provider import Provider
from pyop.subject_identifier import HashBasedSubjectIdentifierFactory
from pyop.userinfo import Userinfo

CLIENT_ID, CLIENT_SECRET = "ottit", "the secret of the client"


def new_key(key_id: str) -> RSAKey:
    """Return a new private key."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return RSAKey(key=RSA.import_key(pem), alg="RS256", kid=key_id, use="sig")


Claims = dict[str, Any]


@dataclass
class IdentityProvider:
    """The provider, and what a test changes about it.

    `user`: who signs in next. `claims`: further claims of their ID token. `token_of`: makes an ID token of claims.
    `answers`: raw answers by path. `delay_s`: before each answer. `requests`: paths so far.
    """

    url: str
    redirect_uris: list[str]
    signing_key: RSAKey = field(default_factory=lambda: new_key("first"))
    user: str = ""
    people: dict[str, Claims] = field(default_factory=dict)
    claims: Claims = field(default_factory=dict)
    token_of: Callable[[Claims], str] | None = None
    discovery: Claims = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    delay_s: float = 0.0
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        configuration = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "scopes_supported": ["openid", "profile"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        clients = {
            CLIENT_ID: {
                "redirect_uris": self.redirect_uris,
                "response_types": ["code"],
                "client_secret": CLIENT_SECRET,
                "token_endpoint_auth_method": "client_secret_basic",
                "subject_type": "public",
            }
        }
        state = AuthorizationState(HashBasedSubjectIdentifierFactory("salt"))
        # The library insists on HTTPS when it is made, which a provider on loopback need not have.
        secure = {name: _secured(value) for name, value in configuration.items()}
        self.provider = Provider(self.signing_key, secure, state, clients, Userinfo(self.people))
        self.provider.configuration_information.update(configuration)

    def sign_in_as(self, name: str, **claims: Any) -> None:
        """Let a person sign in next, and put claims into their ID token, which replace others."""
        self.user, self.claims = name, claims
        self.people.setdefault(name, {"preferred_username": name, "name": name})

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        self.provider.signing_key = self.signing_key = new_key(f"key-{time.monotonic_ns()}")

    def authorize(self, query: str) -> str:
        """Sign the user in without a question. Returns the address to which the browser goes."""
        wanted = self.provider.parse_authentication_request(query)
        answer: str = self.provider.authorize(wanted, self.user).request(wanted["redirect_uri"])
        return answer

    def token(self, body: str, headers: Mapping[str, str]) -> Claims:
        """Answer a token request, with a changed ID token if a test wants one."""
        extra = {"auth_time": int(time.time())}
        answer: Claims = self.provider.handle_token_request(body, headers, extra).to_dict()
        if self.token_of or self.claims:
            make = self.token_of or self.signed
            answer["id_token"] = make({**claims_in(answer["id_token"]), **self.claims})
        return answer

    def signed(self, claims: Claims, key: RSAKey | None = None) -> str:
        """Return claims as an ID token of this provider."""
        key = key or self.signing_key
        head = {"alg": "RS256", "typ": "JWT", "kid": key.kid}
        token: str = JWS(json.dumps(claims), **head).sign_compact([key])
        return token

    def answer_to(self, method: str, address: str, body: str, headers: Mapping[str, str]) -> Claims:
        """Return the JSON answer of a request that is not the browser's."""
        match urlsplit(address).path:
            case "/.well-known/openid-configuration":
                return {**self.provider.provider_configuration.to_dict(), **self.discovery}
            case "/keys":
                keys: Claims = self.provider.jwks
                return keys
            case "/token":
                return self.token(body, headers)
            case "/userinfo":
                found: Claims = self.provider.handle_userinfo_request(body, headers).to_dict()
                return found
        raise LookupError(address)


def _secured(value: Any) -> Any:
    return value.replace("http://", "https://") if isinstance(value, str) else list(value)


def claims_in(token: str) -> Claims:
    """Return the claims of a token."""
    part = token.split(".")[1]
    found: Claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def variables_of(provider: IdentityProvider) -> dict[str, str]:
    """Return the environment of an installation that uses a provider."""
    return {
        "OTTIT_OIDC_ISSUER": provider.url,
        "OTTIT_OIDC_CLIENT_ID": CLIENT_ID,
        "OTTIT_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "OTTIT_OIDC_NAME": "Example University",
    }


@contextmanager
def running_identity_provider(*redirect_uris: str) -> Iterator[IdentityProvider]:
    """Start and stop a provider for these pages of a site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    provider = IdentityProvider(f"http://127.0.0.1:{server.server_port}", list(redirect_uris))
    server.provider = provider  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
    thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self) -> None:
        provider: IdentityProvider = self.server.provider  # type: ignore[attr-defined]
        path = urlsplit(self.path)
        provider.requests.append(path.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        time.sleep(provider.delay_s)
        try:
            if path.path in provider.answers:
                self._send(200, provider.answers[path.path])
            elif path.path == "/authorize":
                self._send(302, b"", {"Location": provider.authorize(path.query)})
            else:
                answer = provider.answer_to(self.command, self.path, body, dict(self.headers.items()))
                self._send(200, json.dumps(answer).encode())
        except (ValueError, LookupError) as error:  # as any provider refuses a request: RFC 6749, section 5.2
            self._send(400, json.dumps({"error": getattr(error, "oauth_error", "invalid_grant")}).encode())

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass


def sign_in_at(address: str) -> dict[str, str]:
    """Sign in on a provider's page. Returns the parameters with which it sends the browser back."""
    page = urlsplit(address)
    connection = HTTPConnection(page.netloc, timeout=30)
    connection.request("GET", f"{page.path}?{page.query}")
    answer = connection.getresponse()
    assert answer.status == 302, answer.read()
    return parameters_of(answer.headers["Location"])


def parameters_of(address: str) -> dict[str, str]:
    """Return the query parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
