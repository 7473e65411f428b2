"""Checks before a start: data folder, disk, ports, installed files. Each error says what to do."""

import errno
import os
import re
import shutil
import socket
import sys
from pathlib import Path

from deploy.installation.settings import ROOT, LauncherSettings

GATEWAY_PORT = "OTTIT_PORT"
# Enough for the models, an index of a few thousand posts and the broker's first files.
MIN_FREE_BYTES = 300 * 1024 * 1024


class CannotStart(Exception):
    """Nothing was started; the message says why and what to do."""


def open_data_folder(data: Path) -> None:
    """Create the data folder, accessible only to its owner.

    Raises:
        CannotStart: it cannot be created or written to, or its disk is full.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        data.chmod(0o700)
        probe = data / ".writable"
        probe.touch()
        probe.unlink()
        free = shutil.disk_usage(data).free
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotStart(
            f"Cannot use the data folder {data}: {reason}. Choose another with OTTIT_DATA_DIR."
        ) from error
    if free < MIN_FREE_BYTES:
        raise CannotStart(
            f"The disk of the data folder {data} has only {free // 2**20} MiB left; a start needs "
            f"{MIN_FREE_BYTES // 2**20} MiB. Free some space, or choose another folder with OTTIT_DATA_DIR."
        )


def check_ports(settings: LauncherSettings, *, broker_only: bool = False) -> None:
    """Check that every port is free.

    Raises:
        CannotStart: a port is in use; the message names it and the setting that changes it.
    """
    for setting, (host, port) in settings.ports.items():
        if not (broker_only and setting == GATEWAY_PORT) and (reason := _listen_error(host, port)):
            raise CannotStart(f"{reason}. Choose another, for example {setting}={_alternative_port(port)}")


def check_installation() -> None:
    """Check that everything that `make up` installs is there.

    Raises:
        CannotStart: something is missing.
    """
    if broker_binary() is None:
        raise CannotStart("`nats-server` is not installed: run `make up`.")
    if lost := missing_client_file(ROOT / "client" / "dist"):
        raise CannotStart(f"The client is not built, or damaged: {lost} is missing or empty. Run `make client`.")


def missing_client_file(dist: Path) -> str:
    """Return the first file that the built client's page needs and that is missing or empty; empty if none is."""
    page = dist / "index.html"
    text = page.read_text(encoding="utf-8", errors="replace") if page.is_file() else ""
    assets = re.findall(r'(?:src|href)="\./(assets/[^"]+)"', text)
    if not assets:
        return page.name
    return next((name for name in assets if not (dist / name).is_file() or not (dist / name).stat().st_size), "")


def broker_binary() -> str | None:
    """Return the path of the `nats-server` installed beside this Python, or None."""
    return shutil.which("nats-server", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")


def _listen_error(host: str, port: int) -> str | None:
    """Return why the address cannot be listened on, or None if it can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        return f"OTTIT_HOST={host} is not an address of this machine"
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} on {host} is in use by another program"
        return f"Cannot listen on {host}, port {port}: {error.strerror}"
    return None


def _alternative_port(port: int) -> int:
    return port + 100 if port < 60_000 else port - 100
