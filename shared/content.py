"""The text of a post or comment, in the form that server and client share."""

import unicodedata

import orjson
from pydantic import BaseModel, ConfigDict

# Categories of Unicode without a shape of their own; and the fillers of Hangul and the empty pattern of Braille.
INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Me"})
SHAPELESS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


class Content(BaseModel):
    """A title (empty for comments) and a body, Markdown as text."""

    model_config = ConfigDict(frozen=True)
    title: str = ""
    body: str

    @property
    def text(self) -> str:
        """The text that rules and models judge. The spans of a decision are code-point offsets into it."""
        return f"{self.title}\n\n{self.body}" if self.title and self.body else self.title or self.body

    def canonical(self) -> bytes:
        """The bytes that are sealed and hashed. Equal content gives equal bytes."""
        return orjson.dumps([self.title, self.body])

    @classmethod
    def from_canonical(cls, stored: bytes) -> "Content":
        """Return the content that `canonical` encoded.

        Raises:
            ValueError: the bytes are something else.
        """
        match orjson.loads(stored):
            case [str(title), str(body)]:
                return cls(title=title, body=body)
        raise ValueError("not a title and a body")


def is_blank(text: str) -> bool:
    """Return whether a text shows nothing: it has only spaces, characters without width, and marks on them."""
    return all(unicodedata.category(one) in INVISIBLE or one in SHAPELESS for one in text)
