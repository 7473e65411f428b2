"""Assigns previews to users: all, none, or all but a randomly drawn share."""

import hmac

from services.gateway.previews.schemas import PreviewMode
from shared.log.preview_records import ExperimentGroup


class ExperimentAssignment:
    """Assigns by a keyed hash of the user's id: stable, the same on all replicas, and impossible to choose."""

    def __init__(self, mode: PreviewMode, off_share: float, master_key: bytes) -> None:
        self.mode = mode
        self._off_share = off_share
        self._key = hmac.digest(master_key, b"ottit preview arms", "sha256")

    def arm_of(self, user_id: str) -> ExperimentGroup:
        """Return the user's group. With a larger share, users without previews stay without."""
        match self.mode:
            case "server_only" | "hybrid" as everybody:
                return everybody
            case "client_preview_off_for_share":
                drawn = int.from_bytes(hmac.digest(self._key, user_id.encode(), "sha256")[:8], "big") / 2**64
                return "trial_without" if drawn < self._off_share else "trial_with"

    def shows_previews(self, user_id: str | None) -> bool:
        """Return whether the user's client shows previews. Visitors cannot submit and belong to no group."""
        if user_id is None:
            return self.mode != "server_only"
        return self.arm_of(user_id) in ("hybrid", "trial_with")
