"""The shipped set-ups of nginx and Caddy in front of a real installation. Skipped where the program is missing."""

import datetime
import getpass
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.installation.settings import ROOT
from shared.ids import new_id
from shared.testing import free_port
from tests.e2e.steps import PASSWORD
from tests.faults.waiting import TIMEOUT_S, wait_until
from tests.running_installation import RunningInstallation, running_installation

pytestmark = pytest.mark.e2e
BASE = "/forum"
SETUP = ROOT / "deploy" / "proxy"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    """An installation as compose.https.yaml sets it up, below a path."""
    settings = {"OTTIT_BASE_PATH": BASE, "OTTIT_TRUSTED_PROXIES": "private", "OTTIT_SECURE_COOKIES": "true"}
    with running_installation(tmp_path_factory.mktemp("site"), **settings) as running:
        yield running


@contextmanager
def nginx(site: RunningInstallation, folder: Path, plain_port: int) -> Iterator[httpx.AsyncClient]:
    """Run nginx with the shipped template and a certificate of our own."""
    port = free_port()
    write_certificate(folder)
    values = {"OTTIT_HTTPS_PORT": str(port), "OTTIT_HTTP_PORT": str(plain_port)} | address_of(site)
    server = (SETUP / "nginx.conf.template").read_text().replace("/etc/nginx/certs", str(folder))
    for name, value in (values | {"OTTIT_DOMAIN": "localhost"}).items():
        server = server.replace(f"${{{name}}}", value)
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; user {getpass.getuser()}; pid {folder}/pid; events {{}} http {{ {places} {server} }}"
    )
    with running(["nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]):
        yield browser(port)


@contextmanager
def caddy(site: RunningInstallation, folder: Path, plain_port: int) -> Iterator[httpx.AsyncClient]:
    """Run Caddy with the shipped file. It makes its own certificate for `localhost`."""
    port = free_port()
    values = {"OTTIT_HTTPS_PORT": str(port), "OTTIT_HTTP_PORT": str(plain_port)} | address_of(site)
    own = {
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "HOME": str(folder),
        "OTTIT_DOMAIN": "localhost",
    }
    with running(["caddy", "run", "--config", str(SETUP / "Caddyfile"), "--adapter", "caddyfile"], **values, **own):
        yield browser(port)


PROXIES = {"nginx": nginx, "caddy": caddy}


@pytest.fixture
def plain_port() -> int:
    """The proxy's port without encryption."""
    return free_port()


@pytest.fixture(params=PROXIES)
def proxied(
    request: pytest.FixtureRequest, site: RunningInstallation, tmp_path: Path, plain_port: int
) -> Iterator[httpx.AsyncClient]:
    """A browser at the proxy."""
    if shutil.which(request.param) is None:
        pytest.skip(f"no {request.param} on this machine")
    with PROXIES[request.param](site, tmp_path, plain_port) as http:
        yield http


async def test_a_site_works_behind_the_shipped_set_up(proxied: httpx.AsyncClient, plain_port: int) -> None:
    async def answers() -> bool:
        try:
            return (await proxied.get("/healthz")).status_code == 200
        except httpx.TransportError:
            return False

    await wait_until(answers, "the proxy answers over HTTPS")
    await signs_in(proxied)
    await is_counted_by_its_own_address(proxied)
    await is_told_at_once(proxied)
    await sends_long_bodies(proxied)
    await leads_people_to_https_and_no_program(plain_port)
    assert [speaks(proxied, one) for one in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA")] == [
        True,
        False,
    ]


async def leads_people_to_https_and_no_program(port: int) -> None:
    """A program that forgot HTTPS must fail: a redirect would hide that it sends its token in the clear each time."""
    async with httpx.AsyncClient(base_url=f"http://localhost:{port}{BASE}", timeout=TIMEOUT_S) as http:
        page = await http.get("/communities")
        assert (page.status_code, page.headers["location"].split(":")[0]) == (308, "https")
        assert {(await http.get("/v1/feed")).status_code, (await http.post("/v1/posts")).status_code} <= {403, 404}


def speaks(http: httpx.AsyncClient, cipher: str) -> bool:
    """Return whether the proxy accepts this cipher of TLS 1.2."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    try:
        with (
            socket.create_connection(("localhost", http.base_url.port or 0), TIMEOUT_S) as connection,
            context.wrap_socket(connection, server_hostname="localhost"),
        ):
            return True
    except ssl.SSLError:
        return False


async def signs_in(http: httpx.AsyncClient) -> None:
    """Sign up and in: the session stays in the cookie jar, for HTTPS only."""
    account = {"handle": f"user-{new_id()[-8:]}", "password": PASSWORD}
    (await http.post("/v1/accounts", json=account)).raise_for_status()
    session = (await http.post("/v1/sessions", json=account)).raise_for_status()
    assert "secure" in session.headers["set-cookie"].lower()
    assert session.headers["strict-transport-security"]
    assert (await http.get("/v1/me")).json()["user"]["handle"] == account["handle"]
    http.headers["x-csrf-token"] = session.json()["csrf_token"]


async def is_counted_by_its_own_address(http: httpx.AsyncClient) -> None:
    """Claim another address with each request: all of them count against one rate."""
    wrong = {"handle": "nobody-here", "password": PASSWORD}
    seen = []
    for _ in range(2):  # a rate begins again with each minute
        rest = []
        for number in range(3):
            claimed = {"x-forwarded-for": f"203.0.113.{number}"}
            answer = await http.post("/v1/sessions", json=wrong, headers=claimed)
            rest.append(int(answer.headers["ratelimit-remaining"]))
        seen.append(rest[0] > rest[1] > rest[2])
    assert True in seen


async def is_told_at_once(http: httpx.AsyncClient) -> None:
    """Read the first bytes of the event stream, which a buffering proxy would keep."""
    async with http.stream("GET", "/v1/stream") as stream:
        async for line in stream.aiter_lines():
            assert line == ": open"
            break


async def sends_long_bodies(http: httpx.AsyncClient) -> None:
    """Send more than a proxy's usual limit of 1 MiB: the refusal comes from Ottit."""
    answer = await http.post("/v1/posts", content=b" " * (2 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def browser(port: int) -> httpx.AsyncClient:
    """Return a browser of the site at a proxy. It takes every certificate: these are of our own."""
    return httpx.AsyncClient(base_url=f"https://localhost:{port}{BASE}", verify=False, timeout=TIMEOUT_S)


def address_of(site: RunningInstallation) -> dict[str, str]:
    """Return the proxies' setting for the gateway."""
    return {"OTTIT_GATEWAY": site.url.removeprefix("http://").removesuffix(BASE)}


@contextmanager
def running(command: list[str], **environment: str) -> Iterator[None]:
    """Run a program during the block."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(TIMEOUT_S)


def write_certificate(folder: Path) -> None:
    """Write a certificate for `localhost` under the names that the set-up expects."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "privkey.pem").write_bytes(private)
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
