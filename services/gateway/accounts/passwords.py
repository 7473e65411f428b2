"""Rules for new passwords. Pure.

The list of common passwords and the estimate of guesses are those of `zxcvbn` (MIT), which ships 30,000 passwords.
"""

from services.gateway.http.schemas import PASSWORD_MIN
from shared.problems import Invalid

SITE = "ottit"
# zxcvbn's scores run from 0 to 4. Below 2 a password falls within a million guesses: about a day of guessing at the
# sign-in's rate from a handful of addresses.
LOWEST_SCORE = 2
# The library refuses longer texts; what follows can only make a password stronger.
ESTIMATED_CHARACTERS = 72


def check_password(password: str, handle: str) -> None:
    """Check a new password. It takes up to 40 ms: call it in a thread.

    Raises:
        Invalid: `password_short`, `password_has_handle`, `password_has_site_name` or `password_common`.
    """
    if len(password) < PASSWORD_MIN:
        raise Invalid(f"The password needs at least {PASSWORD_MIN} characters.", "password_short")
    if _is_made_of(password, handle):
        raise Invalid("The password contains your handle. Choose one that others cannot derive.", "password_has_handle")
    if _is_made_of(password, SITE):
        raise Invalid("The password contains the name of this site. Choose another one.", "password_has_site_name")
    if _score(password, handle) < LOWEST_SCORE:
        raise Invalid(
            "This password is common or easy to guess. Three or four unrelated words make a good one.",
            "password_common",
        )


def _is_made_of(password: str, name: str) -> bool:
    """Return whether too few characters are left without the name."""
    lowered = password.casefold()
    return bool(name) and name in lowered and len(lowered.replace(name, "")) < PASSWORD_MIN


def _score(password: str, handle: str) -> int:
    from zxcvbn import zxcvbn  # 15 MB of word lists, loaded when somebody first chooses a password

    found: int = zxcvbn(password[:ESTIMATED_CHARACTERS], user_inputs=[handle, SITE])["score"]
    return found
