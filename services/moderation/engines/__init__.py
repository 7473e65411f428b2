"""The engines that score texts: the local model, a provider, and the routing between them that a policy asks for.

They return scores. `domain.py` turns scores into an outcome.
"""

from services.moderation.engines.engine import Assessment, Engine, MonitoredEngine, ScoringRequest
from services.moderation.engines.local_engine import LocalEngine
from services.moderation.engines.routing import RoutedEngine

__all__ = ["Assessment", "Engine", "LocalEngine", "MonitoredEngine", "RoutedEngine", "ScoringRequest"]
