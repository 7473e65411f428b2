"""`python -m shared.telemetry.probe PORT`: exits with 0 when the process in this container is ready, else 1."""

import sys
import urllib.error
import urllib.request

# A probe that hangs longer than this counts as failed anyway.
WITHIN_S = 3.0


def main(port: int) -> int:
    """Ask `/readyz` of this machine."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=WITHIN_S) as answer:
            return 0 if answer.status == 200 else 1
    except urllib.error.HTTPError as refusal:
        print(refusal.read(500).decode(errors="replace"))
    except OSError as error:
        print(error)
    return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
