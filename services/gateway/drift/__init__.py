"""How far previews and decisions are apart, and whether previews are worth it: a view of its own that binds nobody."""

from services.gateway.drift.view import DriftView

__all__ = ["DriftView"]
