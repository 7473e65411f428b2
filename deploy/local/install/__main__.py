"""`python3 -m deploy.local.install [environment [GROUP] | client | npm ARGUMENTS...]`: what the Makefile calls."""

import sys

from deploy.local.install.client import ensure_built, ensure_packages, npm
from deploy.local.install.python_environment import ensure_environment
from deploy.local.install.steps import StepFailed


def main(arguments: list[str]) -> int:
    """Run one command. Return the exit code: 0 done, 1 failed (with a message), 2 usage."""
    try:
        match arguments:
            case ["environment", "local" | "dev" | "mutants" | "provider" | "audit" as group]:
                ensure_environment(group)
            case ["client"]:
                ensure_built()
            case ["npm", *rest]:
                ensure_packages()
                npm(*rest)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except StepFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
