"""The passwords of the programs beside Ottit: who gets which, and what happens to a lost one."""

import base64
import hashlib
from pathlib import Path

import pytest

from deploy.containers import prepare
from deploy.containers.secrets_beside import SECRETS_BESIDE, htpasswd, service_secrets_beside
from deploy.installation.passwords import BESIDE, INDEX_KEY, SPANS, forget_passwords, open_passwords_beside
from deploy.installation.secret_files import SERVICES, Secrets

PASSWORDS = {name: f"p{name}" for name in BESIDE}


def test_a_start_keeps_them_and_replaces_damaged_and_lost_ones(tmp_path: Path) -> None:
    notes: list[str] = []
    first = open_passwords_beside(tmp_path, notes)
    assert len(set(first.values())) == len(BESIDE)
    assert open_passwords_beside(tmp_path, notes) == first
    assert notes == []

    (tmp_path / SPANS).write_text("x")
    second = open_passwords_beside(tmp_path, notes)
    assert second[SPANS] != first[SPANS]
    assert second[INDEX_KEY] == first[INDEX_KEY]
    assert SPANS in notes[0]


def test_a_rotation_replaces_all(tmp_path: Path) -> None:
    first = open_passwords_beside(tmp_path, [])
    (tmp_path / "broker-gateway").write_text("p")
    assert forget_passwords(tmp_path) == ["gateway", *BESIDE]
    assert not set(first.values()) & set(open_passwords_beside(tmp_path, []).values())


def test_only_embeddings_and_qdrant_get_the_key_of_the_index() -> None:
    services = {name: service_secrets_beside(name, PASSWORDS) for name in SERVICES}
    others = {name: contents(PASSWORDS) for name, contents in SECRETS_BESIDE.items()}
    holders = {name for name, files in (services | others).items() if PASSWORDS[INDEX_KEY] in files.values()}
    assert holders == {"embeddings", "qdrant"}


def test_jaeger_gets_no_password_that_it_could_use_itself() -> None:
    text = "".join(SECRETS_BESIDE["jaeger"](PASSWORDS).values())
    assert not any(password in text for password in PASSWORDS.values())
    digest = base64.b64encode(hashlib.sha1(PASSWORDS[SPANS].encode(), usedforsecurity=False).digest()).decode()
    assert htpasswd("ottit", PASSWORDS[SPANS]) == f"ottit:{{SHA}}{digest}\n"


def test_secrets_are_written_only_to_volumes_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "SECRETS", tmp_path)
    mounted = ("operator", *SERVICES, "broker", "qdrant", "jaeger")  # Grafana belongs to another compose file
    for name in mounted:
        (tmp_path / name).mkdir()
    secrets = Secrets("00" * 32, dict.fromkeys(("operator", *SERVICES), "p"), "k", "a", "[]")
    prepare.write_all(secrets, PASSWORDS)
    assert {path.name for path in tmp_path.iterdir()} == set(mounted)
    assert (tmp_path / "qdrant" / "api-key").read_text() == PASSWORDS[INDEX_KEY]
    assert (tmp_path / "embeddings" / "ottit_qdrant_api_key").read_text() == PASSWORDS[INDEX_KEY]
    assert not list(tmp_path.glob("ranking/*qdrant*"))
    assert all(file.stat().st_mode & 0o777 == 0o400 for file in tmp_path.glob("*/*"))
