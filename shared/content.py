"""The text of a post or comment, in the form that server and client share."""

import orjson
from pydantic import BaseModel, ConfigDict


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
