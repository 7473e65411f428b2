"""What a text must be before it is tokenized or hashed."""


def well_formed(text: str) -> str:
    """Return `text` with every lone surrogate replaced by U+FFFD.

    The same as `String.prototype.toWellFormed()`: JavaScript strings and JSON escapes can hold half a pair, which
    neither the tokenizer nor UTF-8 can express.
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
