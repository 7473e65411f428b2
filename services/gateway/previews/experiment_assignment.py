"""Who gets previews: everybody, nobody, or all but a share of people that is drawn once and for good."""

import hmac
from typing import Literal

from shared.log.preview_records import ExperimentGroup

PreviewMode = Literal["server_only", "hybrid", "client_preview_off_for_share"]


class ExperimentAssignment:
    """Draws by a keyed hash of the person's id: stable, the same at every replica, and nobody can choose their side."""

    def __init__(self, mode: PreviewMode, off_share: float, master_key: bytes) -> None:
        self.mode = mode
        self._off_share = off_share
        self._key = hmac.digest(master_key, b"ottit preview arms", "sha256")

    def arm_of(self, person_id: str) -> ExperimentGroup:
        """How this person is served. A larger share keeps everybody without previews who had none."""
        match self.mode:
            case "server_only" | "hybrid" as everybody:
                return everybody
            case "client_preview_off_for_share":
                drawn = int.from_bytes(hmac.digest(self._key, person_id.encode(), "sha256")[:8], "big") / 2**64
                return "trial_without" if drawn < self._off_share else "trial_with"

    def shows_previews(self, person_id: str | None) -> bool:
        """Whether this person's client shows what it thinks; visitors cannot submit and belong to no side."""
        if person_id is None:
            return self.mode != "server_only"
        return self.arm_of(person_id) in ("hybrid", "trial_with")
