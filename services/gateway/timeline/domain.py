"""The short code of a post."""

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32, without letters that are easily confused


def short_code(post_id: str) -> str:
    """Return a short code to quote, made from the end of the id: `OT-7F3K`."""
    value = int(post_id.replace("-", "")[-5:], 16)
    return "OT-" + "".join(CODE_LETTERS[value >> shift & 31] for shift in (15, 10, 5, 0))
