"""`python -m deploy.packages bills|audit`: what `make sbom` and `make audit` call.

Exit codes: 0 done, 1 a known weakness or a failure, 2 usage, 3 not checked, because a database could not be asked.
"""

import sys

from deploy.local.install.steps import StepFailed
from deploy.packages.advisories import ask_about_client, ask_about_python, exit_code
from deploy.packages.bills import write_bills


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    try:
        match arguments:
            case ["bills"]:
                print("\n".join(write_bills()))
                return 0
            case ["audit"]:
                findings = [ask_about_python(), ask_about_client()]
                print("\n".join(map(str, findings)))
                return exit_code(findings)
    except StepFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
