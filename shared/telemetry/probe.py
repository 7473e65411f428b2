"""The health probe of a container: `python -m shared.telemetry.probe PORT` exits with 0 if the process is ready."""

import sys
import urllib.error
import urllib.request

# The platform counts a probe that takes longer as failed.
TIMEOUT_S = 3.0


def main(port: int) -> int:
    """Request `/readyz` on this machine and print what is not ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=TIMEOUT_S) as answer:
            return 0 if answer.status == 200 else 1
    except urllib.error.HTTPError as refusal:
        print(refusal.read(500).decode(errors="replace"))
    except OSError as error:
        print(error)
    return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
