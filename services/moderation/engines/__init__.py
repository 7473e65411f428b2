"""Who scores texts: `local` in this process, `openai` at a provider, and the routing between them that a policy asks
for. Nothing here decides: `domain.py` makes the outcome of the scores."""

from services.moderation.engines.assessment import Assessment, Engine, Judge, Question
from services.moderation.engines.local import LocalEngine
from services.moderation.engines.routing import RoutedEngine

__all__ = ["Assessment", "Engine", "Judge", "LocalEngine", "Question", "RoutedEngine"]
