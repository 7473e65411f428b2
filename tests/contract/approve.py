"""`python -m tests.contract.approve`: approves the current schemas.

Refuses a change that would break existing logs: increment the fact's `VERSION` and add an upcast instead.
"""

import sys

from tests.contract.compatibility import APPROVED, approved, as_text, breaks, present


def main() -> int:
    """Write the compatible schemas. Returns the exit code: 1 if a schema was refused."""
    agreed = approved()
    refused = False
    for name, schema in present().items():
        if name in agreed and (reasons := breaks(agreed[name], schema)):
            refused = True
            print(f"refused: {name}", *reasons, sep="\n  ", file=sys.stderr)
        elif agreed.get(name) != schema:
            (APPROVED / f"{name}.json").write_text(as_text(schema), encoding="utf-8")
            print(f"approved: {name}")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
