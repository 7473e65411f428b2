"""Values as exports have them: CSV files and XML attributes have only texts, and table tools make fractions of ids."""


def is_true(flag: object) -> bool:
    """Return whether a flag is set."""
    return flag is True or str(flag).lower() in ("true", "t", "1", "1.0", "yes")


def whole(number: object) -> str:
    """Return a number as text without an empty fraction: a column of ids with gaps becomes `8863.0`."""
    return str(number).removesuffix(".0")


def is_id(number: object) -> bool:
    """Return whether this is a number of a row; sites that count from 1 write 0 for none."""
    return number is not None and number is not False and whole(number) not in ("", "0")
