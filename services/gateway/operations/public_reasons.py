"""Takes addresses, paths, names of replicas and words of others out of reasons that everybody may read.

`ottit status` shows the operator the whole reasons.
"""

import re

REPLICA = re.compile(r"\breplica [\w.-]+:\d+")
# An address with a scheme, an IP address, or a host name with a port; a time such as 12:30 has no letter.
ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\s;,'\"]+"
    r"|\[[0-9a-f:.]+\](?::\d+)?"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?"
    r"|\b(?=[\w.-]*[a-z])[\w.-]+:\d{2,5}\b",
    re.IGNORECASE,
)
# The sentence of an AI provider.
QUOTE = re.compile(r' \(it says: ".*?"\)(?=[.;]|$)')
PATH = re.compile(r"(?<![\w/.])/[^\s:;,'\"]+")


def public_reason(reason: str) -> str:
    """Return a reason without places in the operator's network and file system, and without quotes."""
    return PATH.sub("its file", ADDRESS.sub("its address", REPLICA.sub("a replica", QUOTE.sub("", reason))))
