"""Writes the contract vectors of preview hashes: `python -m tests.contract.make_preview_hashes`."""

import json
from pathlib import Path
from typing import Any

from services.gateway.posts.schemas import NewPost
from shared.content import Content
from shared.ids import derived_id
from shared.log.preview_records import salted_hash

VECTORS = Path(__file__).with_name("preview-hashes.json")
# Texts on which JSON, trimming and Unicode could differ between two languages.
TITLES = (
    "",
    "Tomatoes",
    "  both ends\t",
    "\u0085next line\u0085",
    "\ufeffmark\ufeff",
    "\u00a0\u3000wide\u2003",
    "\u200bzero width\u200b",
)
BODIES = (
    "They are ripe.",
    " kept  as it is \n",
    'quotes " and \\ backslashes / slashes',
    "tab\tnew\nreturn\r\nbreak",
    "\u2028 line \u2029 paragraph",
    "Zażółć gęślą jaźń, 漢字, عربى",
    "👩‍👩‍👧 🇪🇺 \U0001f600",
    "e\u0301 is not é",
    "x" * 3000,
)


def vectors() -> list[dict[str, Any]]:
    """Return the cases: title as typed, body, salt, and the hash of the content that the gateway stores."""
    made = []
    for at, (title, body) in enumerate((title, body) for title in TITLES for body in BODIES):
        preview_id = derived_id(at, "preview", title, body)
        post = NewPost(id=derived_id(1_700_000_000_000, "post"), community="garden", title=title, body=body)
        name = salted_hash(preview_id, Content(title=post.title, body=post.body))
        made.append({"preview_id": preview_id, "title": title, "body": body, "hash": name})
    return made


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
