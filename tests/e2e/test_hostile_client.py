"""Requests that the OpenAPI document allows, and invalid ones, never break the server."""

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
# Data of a valid shape may be refused (an empty post, a parent elsewhere), so not all of it has to be accepted.
# The check of forged credentials adds them to the valid token, which lets the request in; permissions are tested in
# tests/gateway/test_capabilities_on_broker.py.
EXCLUDED_CHECKS = "positive_data_acceptance,ignored_auth"


@pytest.fixture(scope="module")
def token(product: RunningInstallation) -> str:
    """An administrator's token for all requests with a finite response."""
    command = product.ottit("admin", "create", "fuzzer", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert command.returncode == 0, command.stdout + command.stderr
    with httpx.Client(base_url=product.url, timeout=TIMEOUT_S) as http:
        session = http.post("/v1/sessions", json={"handle": "fuzzer", "password": PASSWORD}).json()
        scopes = [row.name for row in TABLE if row.who & ADMINS and row.name not in ("follow_stream", "sign_out")]
        new_token = {"name": "fuzzer", "scopes": scopes, "expires_in_days": 1}
        created = http.post("/v1/tokens", json=new_token, headers={"x-csrf-token": session["csrf_token"]}).json()
        return str(created["token"])


def test_every_response_matches_the_openapi_document(product: RunningInstallation, token: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            f"{product.url}/openapi.json",
            "--header", f"Authorization: Bearer {token}",
            "--exclude-path", "/v1/stream",
            "--exclude-checks", EXCLUDED_CHECKS,
            "--phases", "examples,coverage,fuzzing",
            "--max-examples", "10",
            "--seed", "1",
            "--generation-database", ":memory:",
        ],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-6000:]
    assert "Tested: " in run.stdout
