"""A client that sends whatever the document allows, and what it does not allow."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from shared.security.capabilities import ADMINS, TABLE
from tests.faults.waiting import TIMEOUT_S
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e
PASSWORD = "a long pass phrase"
# A valid shape can still be refused (an empty post, a parent elsewhere), so acceptance of all valid data is not asked.
# Forged credentials are tried beside the valid token, which lets the request in: what each caller may do is walked
# through in tests/gateway/test_capabilities_on_broker.py.
LEFT_OUT = "positive_data_acceptance,ignored_auth"


@pytest.fixture(scope="module")
def token(product: RunningInstallation) -> str:
    """A token of an administrator for everything that ends."""
    made = product.ottit("admin", "create", "fuzzer", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stdout + made.stderr
    with httpx.Client(base_url=product.url, timeout=TIMEOUT_S) as http:
        session = http.post("/v1/sessions", json={"handle": "fuzzer", "password": PASSWORD}).json()
        scopes = [row.name for row in TABLE if row.who & ADMINS and row.name not in ("follow_stream", "sign_out")]
        wanted = {"name": "fuzzer", "scopes": scopes, "expires_in_days": 1}
        made_token = http.post("/v1/tokens", json=wanted, headers={"x-csrf-token": session["csrf_token"]}).json()
        return str(made_token["token"])


def test_no_request_breaks_the_server_or_the_document(product: RunningInstallation, token: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            f"{product.url}/openapi.json",
            "--header", f"Authorization: Bearer {token}",
            "--exclude-path", "/v1/stream",
            "--exclude-checks", LEFT_OUT,
            "--phases", "examples,coverage,fuzzing",
            "--max-examples", "10",
            "--seed", "1",
            "--generation-database", ":memory:",
        ],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-6000:]
    assert "Tested: " in run.stdout
